"""Front door: a file of timed text, whatever its kind, becomes a `CueFile`."""

from collections.abc import Callable
from pathlib import Path

from audioset.documents.cues.audacity import parse_audacity
from audioset.documents.cues.beside import is_labels
from audioset.documents.cues.captions.ass import parse_ass
from audioset.documents.cues.captions.lines import parse_sbv, parse_srt, parse_stream, parse_vtt
from audioset.documents.cues.captions.ttml import parse_ttml
from audioset.documents.cues.eaf import parse_eaf
from audioset.documents.cues.recognised import parse_json
from audioset.documents.cues.recordings import of_recording
from audioset.documents.cues.said.finish import finish
from audioset.documents.cues.sniff import sniff
from audioset.documents.cues.speech_lists import parse_ctm, parse_rttm, parse_stm, read_kaldi
from audioset.documents.cues.table import parse_csv, parse_xlsx
from audioset.documents.cues.textgrid import parse_textgrid
from audioset.documents.cues.units import in_unit
from audioset.documents.reading.text import first_problems, load_bytes, load_text
from audioset.errors import InvalidInputError, NotFoundError
from audioset.media.subtitle_stream import read_subtitle_stream
from audioset.records.cue_file import CueFile, Parsed, ParsedRecordings
from audioset.records.time_unit import TimeUnit

_SUFFIXES = {
    ".srt": "srt",
    ".vtt": "vtt",
    ".webvtt": "vtt",
    ".ass": "ass",
    ".ssa": "ass",
    ".sbv": "sbv",
    ".ttml": "ttml",
    ".dfxp": "ttml",
    ".xml": "ttml",
    ".aud": "audacity",
    ".txt": "audacity",
    ".textgrid": "textgrid",
    ".eaf": "eaf",
    ".rttm": "rttm",
    ".ctm": "ctm",
    ".stm": "stm",
    ".csv": "csv",
    ".tsv": "csv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".json3": "json",
    ".manifest": "json",
}
_SUBTITLES = frozenset({"srt", "vtt", "ass", "sbv", "ttml", "stream"})
_PLAIN: dict[str, Callable[[Path], Parsed]] = {
    "srt": lambda path: parse_srt(load_text(path)),
    "vtt": lambda path: parse_vtt(load_text(path)),
    "ass": lambda path: parse_ass(load_text(path)),
    "sbv": lambda path: parse_sbv(load_text(path)),
    "ttml": lambda path: parse_ttml(load_bytes(path)),
    "audacity": lambda path: parse_audacity(load_text(path)),
}
_WITH_TIERS: dict[str, Callable[[Path, str | None], Parsed]] = {
    "textgrid": lambda path, tier: parse_textgrid(load_text(path), tier),
    "eaf": lambda path, tier: parse_eaf(load_bytes(path), tier),
}
_WITH_RECORDINGS: dict[str, Callable[[Path], ParsedRecordings]] = {
    "rttm": lambda path: parse_rttm(load_text(path)),
    "ctm": lambda path: parse_ctm(load_text(path)),
    "stm": lambda path: parse_stm(load_text(path)),
    "kaldi": read_kaldi,
}
_TABLES = frozenset({"csv", "xlsx"})
_TIERED = frozenset({"xlsx", "json"})  # may have several sheets or tiers
_NUMBERS = frozenset(
    {"audacity", "textgrid", "rttm", "ctm", "stm", "kaldi"}
)  # which stand for seconds


def read_cues(
    path: Path,
    *,
    tier: str | None = None,
    recording: str | None = None,
    unit: TimeUnit | None = None,
) -> CueFile:
    """Read a subtitle or label file.

    The kind is told by what is in it where that is beyond doubt, and else by the ending (in large
    or small letters): srt, vtt, ass, ssa, sbv, ttml, dfxp, xml (TTML); aud and txt (Audacity),
    TextGrid, eaf, rttm, ctm, stm, csv, tsv, xlsx, and json of recognisers and aligners
    (`recognised.read.SHAPES`). A folder with `segments` in it, or that file, is Kaldi data. Rolling
    captions in srt and vtt become single lines (`captions.rolling`). Speakers that are written into
    texts, and what nobody says, are taken out (`said`).

    A file with the right form and nothing in it gives no cues, and says so in `problems`.

    Args:
        path: the file, of up to 64 MiB.
        tier: of a TextGrid or ELAN file; sheet of a workbook. Without it see `tiers.choose_tier`;
            a workbook's first sheet.
        recording: the source's file name or stem. Files that name recordings (RTTM, CTM, Kaldi,
            tables with a column for it) give only its cues, see `recordings.of_recording`.
        unit: what numbers count that stand for times; None takes seconds, or what a table says.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: not of its kind, not UTF-8, too large, several tiers or recordings and
            none named, nothing about this recording, or no cue that can be used; with file, line
            and reason.
    """
    try:
        kind, named = _kind(path)
        if tier is not None and kind not in _WITH_TIERS and kind not in _TIERED:
            raise InvalidInputError(f"a file of kind {kind} has no tiers; leave the tier out")
        if unit is not None and kind not in _TABLES | _NUMBERS and unit.name != "seconds":
            raise InvalidInputError(
                f"times of {kind} have a unit of their own; leave the time unit out, and stretch "
                "or shift them"
            )
        parsed = _parse(path, kind, tier, recording, unit)
    except InvalidInputError as error:
        raise InvalidInputError(f"{path}: {error}") from error
    told = (
        [] if named is None else [f"read as {kind} by what is in it, not as {named} by its ending"]
    )
    return _cue_file(path, parsed, kind, told, unit)


def read_embedded_cues(path: Path, *, stream: int = 1) -> CueFile:
    """Read a subtitle stream inside a media file; rolling captions become single lines.

    Args:
        path: the source.
        stream: which of its subtitle streams, from 1.

    Raises:
        NotFoundError: no such file or stream.
        MediaError: not a media file, or subtitles that are pictures.
        InvalidInputError: no cue of it can be used.
    """
    parsed = parse_stream(read_subtitle_stream(path, stream=stream))
    return _cue_file(path, parsed, "stream", [])


def _cue_file(
    path: Path, parsed: Parsed, kind: str, told: list[str], unit: TimeUnit | None = None
) -> CueFile:
    """Finish what was parsed, and say what became of it.

    Raises:
        InvalidInputError: there was something in it, and nothing of it can be used.
    """
    captions = kind in _SUBTITLES
    finished = finish(parsed, captions=captions)
    if parsed.num_unread:
        total = len(parsed.cues) + parsed.num_unread
        told = [*told, f"{parsed.num_unread} of {total} cues not understood"]
    told = [*told, *first_problems(finished.problems)]
    if not finished.cues and told:
        raise InvalidInputError(f"{path}: nothing in it can be cut: {'; '.join(told)}")
    return CueFile(
        format=kind,
        text_source=parsed.text_source or ("subtitles" if captions else "human"),
        cues=tuple(finished.cues),
        problems=tuple(told) if finished.cues else ("no cues in it",),
        tier=parsed.tier,
        unit=_unit_of(kind, parsed, unit),
    )


def _unit_of(kind: str, parsed: Parsed, told: TimeUnit | None) -> str | None:
    if told is not None:
        return told.name
    return parsed.unit if kind in _TABLES | _NUMBERS else "clock"


def _kind(path: Path) -> tuple[str, str | None]:
    """Give the kind of a file, and the kind that its name says where that is another one."""
    if path.is_dir():
        if not (path / "segments").is_file():
            raise InvalidInputError("a folder without a file named segments; name the label file")
        return "kaldi", None
    if path.name == "segments":
        return "kaldi", None
    if not path.exists():
        raise NotFoundError(f"{path}: no such file")
    named = _SUFFIXES.get(path.suffix.lower())
    found = sniff(path, named_table=named in _TABLES)
    kind = found or named or ("audacity" if is_labels(path) else None)
    if kind is None:
        endings = ", ".join(ending[1:] for ending in _SUFFIXES)
        raise InvalidInputError(
            f"neither the ending {path.suffix!r} nor its first lines tell what it is; audioset "
            f"reads {endings}"
        )
    if named is None or kind == named:
        return kind, None
    return kind, named


def _of_json(text: str, tier: str | None) -> ParsedRecordings:
    found, shape = parse_json(text, tier)
    writer = f"; its texts are of {found.text_source}" if found.text_source != "human" else ""
    notes = [f"JSON of {shape}{writer}", *found.notes]
    return ParsedRecordings(found.cues, notes, text_source=found.text_source)


def _parse(
    path: Path, kind: str, tier: str | None, recording: str | None, unit: TimeUnit | None
) -> Parsed:
    if kind in _PLAIN:
        parsed = _PLAIN[kind](path)
    elif kind in _WITH_TIERS:
        parsed = _WITH_TIERS[kind](path, tier)
    else:
        sheet = None
        if kind == "xlsx":
            named, sheet = parse_xlsx(load_bytes(path), tier, unit)
        elif kind == "csv":
            named = parse_csv(load_text(path), unit)
        elif kind == "json":
            named = _of_json(load_text(path), tier)
        else:
            named = _WITH_RECORDINGS[kind](path)
        one = all(name == "" for name, _ in named.cues)  # a table without a column for it
        cues = [cue for _, cue in named.cues] if one else of_recording(named.cues, recording)
        parsed = Parsed(
            cues,
            named.problems,
            sheet,
            num_unread=named.num_unread,
            unit=named.unit,
            text_source=named.text_source,
        )
    if unit is not None and kind in _NUMBERS:
        parsed.cues = in_unit(parsed.cues, unit)
    return parsed
