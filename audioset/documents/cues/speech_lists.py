"""RTTM, CTM and Kaldi: plain lists of speech research, fields between spaces.

Formats: NIST, "The 2009 (RT-09) Rich Transcription Meeting Recognition Evaluation Plan",
appendix A (RTTM) and B (CTM); Kaldi, "Data preparation" (segments, text, utt2spk).
"""

from decimal import Decimal
from pathlib import Path

from audioset.documents.reading.clock import number_seconds
from audioset.documents.reading.text import load_text, shown
from audioset.errors import InvalidInputError
from audioset.records.cue import Cue
from audioset.records.cue_file import ParsedRecordings

_NOTHING = "<NA>"


def parse_rttm(text: str) -> ParsedRecordings:
    """Read the SPEAKER lines; other kinds of lines are about something else.

    Raises:
        InvalidInputError: no line is RTTM.
    """
    parsed = ParsedRecordings()
    known = 0
    for number, line in _lines(text):
        fields = line.split()
        if fields[0] != "SPEAKER":
            known += fields[0].isupper()
            continue
        known += 1
        span = _start_and_length(fields, 3)
        if span is None or len(fields) < 8:
            parsed.problems.append(
                f"line {number}: {shown(line)} is not SPEAKER, file, channel, start, length, ..., "
                "speaker; left out"
            )
            continue
        spoken = "" if fields[5] == _NOTHING else fields[5]
        speaker = "" if fields[7] == _NOTHING else fields[7]
        parsed.cues.append((fields[1], _cue(span, spoken, speaker)))
    if not known:
        raise InvalidInputError("line 1: no line starts with SPEAKER; is this an RTTM file?")
    return _with_some(parsed)


def parse_ctm(text: str) -> ParsedRecordings:
    """Read one cue per word; whoever calls may group them. Confidence is not kept.

    Raises:
        InvalidInputError: no line is CTM.
    """
    parsed = ParsedRecordings()
    for number, line in _lines(text):
        fields = line.split()
        span = _start_and_length(fields, 2)
        if span is None or len(fields) < 5:
            parsed.problems.append(
                f"line {number}: {shown(line)} is not file, channel, start, length, word; left out"
            )
        else:
            parsed.cues.append((fields[0], _cue(span, fields[4], "")))
    return _with_some(parsed)


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
            continue
        if end < 0:  # Kaldi's "up to the end", which is not known here
            parsed.problems.append(f"line {number}: {shown(line)} has no end; left out")
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
