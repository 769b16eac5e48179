"""RTTM, CTM, STM and Kaldi: plain lists of speech research, fields between spaces.

Formats: NIST, "The 2009 (RT-09) Rich Transcription Meeting Recognition Evaluation Plan",
appendix A (RTTM) and B (CTM); Kaldi, "Data preparation" (segments, text, utt2spk).
"""

import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from audioset.documents.reading.clock import number_seconds
from audioset.documents.reading.text import load_text, shown
from audioset.errors import InvalidInputError
from audioset.records.cue import Cue
from audioset.records.cue_file import ParsedRecordings

_NOTHING = "<NA>"
_RTTM_FIELDS = 8  # up to the name of the speaker
_RTTM_OTHER_KINDS = (
    "SPKR-INFO LEXEME NON-LEX NON-SPEECH NOSCORE NO_RT_METADATA SEGMENT EDIT FILLER IP SU CB A/P"
)
_RTTM_OTHERS = frozenset(_RTTM_OTHER_KINDS.split())
_ALTERNATIVES: dict[str, Callable[[int], int]] = {
    "<ALT_BEGIN>": lambda _: 1,
    "<ALT>": lambda number: number + 1,
    "<ALT_END>": lambda _: 0,
}
_NO_WORD = "@"
_CTM_WITH_SPEAKER = 8  # file, channel, start, length, word, confidence, kind, speaker
_STM_LABELS = re.compile(r"<(?:[^<>]{0,80},[^<>]{0,80}|o|NA)>\s{0,8}", re.IGNORECASE)
_IGNORED = "ignore_time_segment_in_scoring"


def parse_rttm(text: str) -> ParsedRecordings:
    """Read the SPEAKER lines; lines of other kinds are about something else, and are counted.

    Names of files and speakers may have spaces, although the format knows none.

    Raises:
        InvalidInputError: no line is RTTM, or none of a SPEAKER.
    """
    parsed = ParsedRecordings()
    others: Counter[str] = Counter()
    for number, line in _lines(text):
        fields = _fields(line)
        if fields[0] in _RTTM_OTHERS:
            others[fields[0]] += 1
            continue
        at = _times_at(fields)
        span = _start_and_length(fields, at)
        if fields[0] != "SPEAKER" or span is None or len(fields) < at + 5:
            parsed.problems.append(
                f"line {number}: {shown(line)} is not SPEAKER, file, channel, start, length, ..., "
                "speaker; left out"
            )
            parsed.num_unread += 1
            continue
        spoken = "" if fields[at + 2] == _NOTHING else fields[at + 2]
        recording = " ".join(fields[1 : at - 1])
        parsed.cues.append((recording, _cue(span, spoken, _rttm_speaker(fields[at + 4 :]))))
    if not parsed.cues and others:
        raise InvalidInputError(
            f"has lines of {', '.join(others)} and none of SPEAKER that can be read, which say who "
            "speaks when"
        )
    if not parsed.cues and "SPEAKER" not in text:
        raise InvalidInputError("line 1: no line starts with SPEAKER; is this an RTTM file?")
    about_speech = [f"{count} of {kind}" for kind, count in others.items() if kind != "SPKR-INFO"]
    if about_speech:
        parsed.problems.append(
            f"only the lines of SPEAKER are read; left out are {', '.join(about_speech)}"
        )
    return _with_some(parsed)


def _fields(line: str) -> list[str]:
    """Divide a line at its tabs, where it has enough, and else at any space."""
    fields = [field.strip() for field in line.strip().split("\t")]
    return fields if len(fields) >= _RTTM_FIELDS else line.split()


def _times_at(fields: list[str]) -> int:
    """Find start and length: the fourth and fifth field, or later behind a name with spaces."""
    likely = (
        at
        for at in range(3, min(len(fields) - 4, 12))
        if fields[at + 2] == fields[at + 3] == _NOTHING
        and _start_and_length(fields, at) is not None
    )
    return next(likely, 3)


def _rttm_speaker(fields: list[str]) -> str:
    """Give the name at the beginning of the last fields; confidence and lookahead follow it."""
    least = max(1, len(fields) - 2)
    while len(fields) > least and (
        fields[-1] == _NOTHING or number_seconds(fields[-1]) is not None
    ):
        fields = fields[:-1]
    name = " ".join(fields)
    return "" if name == _NOTHING else name


def parse_ctm(text: str) -> ParsedRecordings:
    """Read one cue per word; whoever calls may group them. Confidence is not kept.

    Of alternatives (`<ALT_BEGIN>`) the first is read. `@` says that there is no word.

    Raises:
        InvalidInputError: no line is CTM.
    """
    parsed = ParsedRecordings()
    alternative = 0  # 0 outside of alternatives, else which of them, from 1
    left_out: list[int] = []
    empty: list[int] = []
    for number, line in _lines(text):
        fields = line.split()
        if len(fields) >= 5 and fields[4] in _ALTERNATIVES:
            alternative = _ALTERNATIVES[fields[4]](alternative)
            continue
        span = _start_and_length(fields, 2)
        if span is None or len(fields) < 5:
            parsed.problems.append(
                f"line {number}: {shown(line)} is not file, channel, start, length, word; left out"
            )
            parsed.num_unread += 1
        elif alternative > 1:
            left_out.append(number)
        elif fields[4] == _NO_WORD:
            empty.append(number)
        else:
            speaker = fields[7] if len(fields) == _CTM_WITH_SPEAKER else ""
            cue = _cue(span, fields[4], "" if speaker == _NOTHING else speaker)
            parsed.cues.append((fields[0], cue))
    if left_out:
        parsed.problems.append(
            f"line {left_out[0]}: of alternative words the first ones were taken; "
            f"{_number(left_out, 'other word')} left out"
        )
    if empty:
        parsed.problems.append(
            f"line {empty[0]}: @ says that there is no word; {_number(empty, 'line')} left out"
        )
    return _with_some(parsed)


def parse_stm(text: str) -> ParsedRecordings:
    """Read the references of NIST's scoring: file, channel, speaker, start, end, <labels>, text.

    Raises:
        InvalidInputError: no line is STM.
    """
    parsed = ParsedRecordings()
    ignored: list[int] = []
    for number, line in _lines(text):
        fields = line.split(maxsplit=5)
        start, end = (number_seconds(field) for field in [*fields, "", "", ""][3:5])
        if len(fields) < 5 or start is None or end is None:
            parsed.problems.append(
                f"line {number}: {shown(line)} is not file, channel, speaker, start, end, text; "
                "left out"
            )
            parsed.num_unread += 1
            continue
        said = fields[5] if len(fields) > 5 else ""
        if labels := _STM_LABELS.match(said):
            said = said[labels.end() :]
        if _IGNORED in said.casefold() or fields[2] == "inter_segment_gap":
            ignored.append(number)
            continue
        parsed.cues.append((fields[0], _cue((start, end), " ".join(said.split()), fields[2])))
    if ignored:
        parsed.problems.append(
            f"line {ignored[0]}: not for scoring; {_number(ignored, 'such line')} left out"
        )
    return _with_some(parsed)


def _number(lines: list[int], what: str) -> str:
    return f"1 {what} was" if len(lines) == 1 else f"{len(lines)} {what}s were"


def read_kaldi(path: Path) -> ParsedRecordings:
    """Read a data folder, or its `segments`, with `text` and `utt2spk` beside it if there.

    A speaker named like the utterance is nobody: that is how Kaldi writes "not known".

    Raises:
        NotFoundError: no `segments`.
        InvalidInputError: a file that cannot be read, or no line of `segments` has times.
    """
    segments = path / "segments" if path.is_dir() else path
    listed = load_text(segments)
    texts = _beside(segments, "text")
    speakers = _beside(segments, "utt2spk")
    parsed = ParsedRecordings()
    for number, line in _lines(listed):
        fields = line.split()
        start, end = (number_seconds(field) for field in [*fields, "", "", ""][2:4])
        if start is None or end is None:
            parsed.problems.append(
                f"line {number}: {shown(line)} is not utterance, recording, start, end; left out"
            )
            parsed.num_unread += 1
            continue
        if end < 0:  # Kaldi's "up to the end", which is not known here
            parsed.problems.append(f"line {number}: {shown(line)} has no end; left out")
            parsed.num_unread += 1
            continue
        utterance, recording = fields[0], fields[1]
        speaker = speakers.get(utterance, "")
        cue = _cue((start, end), texts.get(utterance, ""), speaker if speaker != utterance else "")
        parsed.cues.append((recording, cue))
    return _with_some(parsed)


def _lines(text: str) -> list[tuple[int, str]]:
    """Give lines with their numbers, without blank ones and `;;` comments."""
    return [
        (number, line)
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip() and not line.lstrip().startswith(";;")
    ]


def _start_and_length(fields: list[str], first: int) -> tuple[Decimal, Decimal] | None:
    """Give start and end from the fields of start and length; None when they are no numbers."""
    if len(fields) < first + 2:
        return None
    start, length = number_seconds(fields[first]), number_seconds(fields[first + 1])
    return None if start is None or length is None else (start, start + length)


def _cue(span: tuple[Decimal, Decimal], text: str, speaker: str) -> Cue:
    return Cue(
        start_seconds=float(span[0]),
        end_seconds=float(span[1]),
        text=text or None,
        speaker=speaker or None,
    )


def _beside(segments: Path, name: str) -> dict[str, str]:
    """Map the first field of each line to the rest of it, one space between words."""
    path = segments.with_name(name)
    if not path.is_file() or path.stat().st_size == 0:
        return {}
    pairs = (line.split(maxsplit=1) for _, line in _lines(load_text(path)))
    return {pair[0]: " ".join(pair[1].split()) if len(pair) == 2 else "" for pair in pairs}


def _with_some(parsed: ParsedRecordings) -> ParsedRecordings:
    if not parsed.cues and parsed.problems:
        reason = parsed.problems[0].removesuffix("; left out")
        raise InvalidInputError(f"{reason}, and no other line can be used")
    return parsed
