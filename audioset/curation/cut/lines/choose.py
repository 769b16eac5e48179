"""Which lines a source is cut by, and where it says them."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audioset.curation.cut.choose_cues import ChosenCues
from audioset.curation.cut.earlier import EarlierCut
from audioset.curation.cut.lines.pins import confirmed_spans, kept_clips, with_kept
from audioset.documents.transcripts import read_lexicon, read_lines
from audioset.errors import InvalidInputError, as_option
from audioset.hearing.align.ear.sound import Sound16k
from audioset.media.apart.decoding import ApartReader, open_audio_apart
from audioset.media.resample import Resampler
from audioset.records.cut_options import CutOptions
from audioset.records.languages import is_language_tag, language_of
from audioset.records.line_options import AlignOptions, TranscriptOptions
from audioset.records.line_report import LineReport
from audioset.records.lines import DOUBTS, Line, LineSpan, RowsWanted, edges_of
from audioset.records.plugin_contracts import SOUND_RATE
from audioset.records.span import Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audioset.hearing.align.voices.phone_models import PhoneModels

# Where nothing was held against decoys (`Alignment.credit`):
# shares of the takes that lines should have, not red, and without a flag of their own. Of six
# recordings and their damaged versions, own transcripts gave at least 0.6 and 0.43; of 30 of
# others one passes (0.6 and 0.4).
_LEAST_CREDIBLE = 0.5
_LEAST_SURE = 0.35
_HELP = {
    "language": f"; name the language with {as_option('language')}",
    "noise": f"; {as_option('aligner', 'hama')} hears English better in noise",
}
_ANYWAY = f"{as_option('anyway', 'True')} cuts what was found"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenLines:
    """The lines that one source is cut by.

    Attributes:
        file: the transcript.
        lines: how often each is said is filled in where the caller said it.
        digest: hash of all that decides where they are found.
        problems: what was left out of the file, a sentence each.
        pins: spans that stay, and that their neighbours go by; see `confirmed_spans`.
        kept: edges of these spans to those of their clips, which stay too.
    """

    file: Path
    lines: tuple[Line, ...]
    digest: str
    problems: tuple[str, ...] = ()
    pins: tuple[LineSpan, ...] = ()
    kept: Mapping[Span, Span] = field(default_factory=dict)

    def with_confirmed(
        self,
        earlier: EarlierCut,
        options: CutOptions,
        accepted: Mapping[str, str | None],
        clip_spans: Mapping[str, Span],
    ) -> "ChosenLines":
        """Hold on to what stays of an earlier cut of the same sound by lines: `confirmed_spans`.

        What is held on to decides where lines are found, so it is part of the digest.

        Args:
            earlier: what an earlier cut left.
            options: as asked for.
            accepted: clips that people accepted, as `accepted_clips` gives them.
            clip_spans: where the clips lay as they were cut, by root.
        """
        lines = earlier.lines
        # What was chosen for a source then is chosen again.
        if (
            lines is None
            or options.track not in (None, lines.track)
            or options.channels not in ("mix", lines.channels)
        ):
            return self
        pins = confirmed_spans(lines, self.lines, accepted)
        if not pins:
            return self
        places = [[pin.line, *edges_of(pin)] for pin in pins]
        return replace(
            self,
            pins=pins,
            kept=kept_clips(lines, pins, clip_spans),
            digest=_sha256({"digest": self.digest, "pins": places}),
        )


def align_options_of(
    transcript: TranscriptOptions, facts: Mapping[str, str] | None = None
) -> AlignOptions:
    """Read what the aligner needs to know.

    Args:
        transcript: what is asked for.
        facts: of the source: its `language` is taken where none is asked for.

    Raises:
        NotFoundError: no such lexicon.
        InvalidInputError: a value that is not allowed, or a lexicon that cannot be read.
    """
    given = language_of((facts or {}).get("language", ""))
    is_given = transcript.language is None and transcript.voice is None and is_language_tag(given)
    return AlignOptions(
        aligner=transcript.aligner,
        takes=transcript.takes,
        voice=transcript.voice,
        lexicon=read_lexicon(transcript.lexicon) if transcript.lexicon else {},
        language=given if is_given else transcript.language,
        language_source="fact" if is_given else "option",
    )


def choose_lines(
    file: Path,
    transcript: TranscriptOptions,
    align: AlignOptions,
    wanted: RowsWanted | None = None,
) -> ChosenLines:
    """Read the lines that a source is cut by.

    Args:
        file: that holds them.
        transcript: how it is read.
        align: part of what decides where the lines are found.
        wanted: whose rows are taken of a table for several sources; None takes all.

    Raises:
        NotFoundError: there is no such transcript.
        InvalidInputError: it cannot be read, no row is for the source, or nobody knows the aligner.
    """
    from audioset.hearing.align.align import aligner_version

    read = read_lines(file, column=transcript.column, speakers=transcript.speakers, wanted=wanted)
    lines = tuple(replace(line, takes=line.takes or align.takes) for line in read.lines)
    aligner = aligner_version(align.aligner)
    asked = asdict(align)
    del asked["language_source"]  # a fact that is set later cuts nothing again
    decides: dict[str, Any] = {
        "aligner": aligner,
        "align": asked,
        "lines": [_deciding(asdict(line)) for line in lines],
    }
    if transcript.second_opinion is not None:
        decides["second_opinion"] = transcript.second_opinion
    return ChosenLines(
        file=file,
        lines=lines,
        digest=_sha256(decides),
        problems=read.problems,
    )


def _deciding(line: dict[str, Any]) -> dict[str, Any]:
    """Give what of a line decides its clips; without facts as in the release before."""
    left_out = ("written",) if line["facts"] else ("written", "facts")
    return {name: value for name, value in line.items() if name not in left_out}


def _sha256(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def find_lines(
    path: Path,
    chosen: ChosenLines,
    options: CutOptions,
    align: AlignOptions,
    inside: Callable[[int], None] | None = None,
    *,
    models: "PhoneModels | None" = None,
    anyway: bool = False,
) -> LineReport:
    """Listen to a source once, and find its lines.

    Args:
        inside: called now and then with the position in the file, in bytes.
        models: the dataset's own aligner, to begin with.
        anyway: give also what looks like the transcript of another recording.

    Raises:
        MediaError: the source cannot be used.
        NotFoundError: no such voice or aligner.
        InvalidInputError: a line cannot be said, or most of the lines are not in the source: it is
            the transcript of something else.
    """
    from audioset.hearing.align.align import align_lines

    with open_audio_apart(path, track=options.track, channels=options.channels) as audio:
        alignment = align_lines(
            Sound16k(blocks_at_16k(audio, inside)), chosen.lines, align, chosen.pins, models
        )
    report = LineReport(
        transcript=chosen.file.name,
        lines=chosen.lines,
        alignment=with_kept(alignment, chosen.pins),
        track=audio.facts.track,
        channels=audio.facts.heard,
    )
    if not anyway and not alignment.spans and not alignment.unexplained:
        raise InvalidInputError(
            f"{path}: nobody was heard to speak in it, and no line of {chosen.file} found; nothing "
            "was cut"
        )
    why = None if anyway else why_not(report)
    if why is not None:
        raise InvalidInputError(
            f"{path}: {chosen.file} is hardly the transcript of this recording: {why}; nothing was "
            f"cut; {_ANYWAY}"
        )
    return report


def why_not(report: LineReport) -> str | None:
    """Tell why this looks like the transcript of something else; None where it does not."""
    alignment = report.alignment
    if alignment.credit is None:  # no voice said decoys, or there is too little to divide in two
        if report.credible_share >= _LEAST_CREDIBLE and report.sure_share >= _LEAST_SURE:
            return None
        return (
            f"{report.credible_share:.0%} of its takes were found well enough, "
            f"{report.sure_share:.0%} without doubt"
        )
    if alignment.doubt is None:
        return None
    return f"{DOUBTS[alignment.doubt]} ({report.said_in_words}){_HELP.get(alignment.doubt, '')}"


def blocks_at_16k(
    audio: ApartReader, inside: Callable[[int], None] | None = None
) -> "Iterator[NDArray[np.float32]]":
    """Give the sound of a source as aligners are given it.

    Args:
        audio: of the source, from its start.
        inside: called now and then with the position in the file, in bytes.
    """
    resampler = Resampler(audio.facts.sampling_rate, SOUND_RATE)
    for block in audio.blocks():
        if inside is not None:
            inside(audio.facts.position_bytes)
        yield resampler.push(block[0], last=False)
    yield resampler.push(np.empty(0, np.float32), last=True)


def cues_of(chosen: ChosenLines, report: LineReport) -> ChosenCues:
    """Give what was found as something to cut by."""
    return ChosenCues(
        text_source="transcript",
        digest=chosen.digest,
        problems=chosen.problems,
        found=report,
        kept=chosen.kept,
    )
