r"""SRT, WebVTT and SBV: lines of times, each followed by lines of text.

One reader for the three, led by the lines of times and not by blank lines, because real files
have blank lines inside cues, and none between them.

pysubs2 1.8 and webvtt-py 0.6 were tried and do not fit: the first drops voices and reads NOTE
blocks as text, both drop the inline times that rolling captions need, the second refuses SBV with
its `[SUBTITLE]` header, and neither says which line it left out.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise

from audioset.documents.cues.captions.markup import plain_srt, plain_vtt, strange_tags, voices
from audioset.documents.cues.captions.rolling import unroll
from audioset.documents.cues.captions.timing import Timing, read_timing, seen
from audioset.documents.cues.captions.vtt_blocks import identified_speaker, without_asides
from audioset.documents.reading.text import shown
from audioset.errors import InvalidInputError
from audioset.records.cue import Cue
from audioset.records.cue_file import Parsed

_NUMBER_DIGITS = 9
_FRAME = re.compile(r"\[[A-Z ]+\]")  # of SubViewer: [INFORMATION], [TITLE]x, [SUBTITLE]


@dataclass(slots=True)
class _Block:
    """One line of times and the lines up to the next."""

    line: int
    raw: str
    timing: Timing
    lines: list[str] = field(default_factory=list)
    speaker: str | None = None


@dataclass(slots=True)
class _Blocks:
    """A file of captions in pieces."""

    blocks: list[_Block] = field(default_factory=list)
    before: list[tuple[int, str]] = field(default_factory=list)  # the first line of times


def parse_srt(text: str) -> Parsed:
    """Read SubRip: numbers, commas and blank lines where they should be, or not.

    Raises:
        InvalidInputError: no line of times in it.
    """
    found = _blocks(text.split("\n"))
    _need(found, "00:00:01,000 --> 00:00:02,000")
    parsed = _begin(found)
    _drop_numbers(found, parsed)
    _cues(found.blocks, plain_srt, parsed)
    return _unrolled(parsed)


def parse_vtt(text: str) -> Parsed:
    """Read WebVTT (W3C, version 1) with `<v Name>` as the speaker.

    A cue in which several voices speak has no speaker. Pieces of a live stream may be joined: a
    header in between is not text, and where their X-TIMESTAMP-MAPs differ the times of a piece
    are moved to the clock of the first.

    Raises:
        InvalidInputError: does not begin with WEBVTT.
    """
    lines = text.split("\n")
    if not re.match(r"WEBVTT(?:\s|$)", seen(lines[0])):
        raise InvalidInputError(
            f"line 1: {shown(lines[0])} where WEBVTT should be; a file in SRT form is named .srt"
        )
    kept, maps = without_asides(lines)
    found = _blocks(kept)
    if found.blocks and found.before and found.before[-1][0] == found.blocks[0].line - 1:
        found.blocks[0].speaker = identified_speaker(found.before.pop()[1])
    parsed = _begin(found)
    _drop_numbers(found, parsed)
    _drop_identifiers(found.blocks)
    for block in found.blocks:
        if block.timing.rest and not block.timing.bracketed:
            block.lines.pop(0)
            parsed.problems.append(
                f"line {block.line}: {shown(block.timing.rest)} behind the times is no setting of "
                "WebVTT; left out"
            )
    _cues(found.blocks, plain_vtt, parsed, moved=maps.seconds_at)
    _tell_strange_tags(found.blocks, parsed)
    if maps.sentence:
        parsed.problems.append(maps.sentence)
    return _unrolled(parsed)


def parse_sbv(text: str) -> Parsed:
    """Read SBV (YouTube), and SubViewer's `[SUBTITLE]` frame around the same lines.

    Raises:
        InvalidInputError: no line of times in it.
    """
    lines = ["" if line.strip() == "[END SUBTITLE]" else line for line in text.split("\n")]
    found = _blocks(lines)
    _need(found, "0:00:01.000,0:00:02.000")
    parsed = _begin(found)
    _cues(found.blocks, lambda raw: plain_srt(raw.replace("[br]", "\n")), parsed)
    return parsed


def _blocks(lines: Sequence[str]) -> _Blocks:
    found = _Blocks()
    for number, line in enumerate(lines, 1):
        timing = read_timing(line)
        if timing is not None:
            first = [timing.rest] if timing.rest else []
            found.blocks.append(_Block(number, line, timing, first))
        elif found.blocks:
            found.blocks[-1].lines.append(line)
        elif seen(line).strip():
            found.before.append((number, line))
    return found


def _need(found: _Blocks, example: str) -> None:
    if not found.blocks:
        raise InvalidInputError(f"line 1: no line with times like {example} in the whole file")


def _begin(found: _Blocks) -> Parsed:
    """Tell of lines above the first times, other than the number of the first cue."""
    parsed = Parsed()
    for number, line in found.before:
        if not _FRAME.match(line) and _number(line) is None:
            parsed.problems.append(f"line {number}: {shown(line)} belongs to no times; left out")
    return parsed


def _number(line: str) -> int | None:
    """Read the number of a cue: a line of digits alone."""
    digits = seen(line).strip()
    return int(digits) if digits.isdecimal() and len(digits) <= _NUMBER_DIGITS else None


def _drop_numbers(found: _Blocks, parsed: Parsed) -> None:
    """Take the number of the next cue off the end of each cue.

    It is the last line before the times, of digits alone. A line of digits right under the times
    (or the text) may be what somebody says: it is a number only when it counts on. At the end of
    a file that breaks off it is the number of a cue that is not there.
    """
    first = _number(found.before[-1][1]) if found.before else None
    counted = 1 if first is None else first
    for block in found.blocks:
        end = len(block.lines)
        last_block = block is found.blocks[-1]
        while last_block and end and not block.lines[end - 1].strip():
            end -= 1
        last = _number(block.lines[end - 1]) if end else None
        counted += 1
        if last is None:
            continue
        below_blank = end > 1 and not block.lines[end - 2].strip()
        counts = last == counted
        if (counts and below_blank) if last_block else (counts or below_blank):
            counted = last
            del block.lines[end - 1 :]
            if last_block:
                at = block.line + end - bool(block.timing.rest)
                parsed.problems.append(
                    f"line {at}: {last} is the number of a cue that is not there; the file breaks "
                    "off"
                )


def _drop_identifiers(blocks: Sequence[_Block]) -> None:
    """Take the name of the next WebVTT cue off: the last line, under a blank one."""
    for block, following in pairwise(blocks):
        lines = block.lines
        if len(lines) > 1 and lines[-1].strip() and not lines[-2].strip():
            following.speaker = identified_speaker(lines.pop())


def _cues(
    blocks: Sequence[_Block],
    plain: Callable[[str], str],
    parsed: Parsed,
    *,
    moved: Callable[[int], Decimal] | None = None,
) -> None:
    """Read the times and take the tags out; inline times and line breaks are still there."""
    several: list[int] = []
    for block in blocks:
        start, end = block.timing.start, block.timing.end
        if start is None or end is None:
            parsed.problems.append(
                f"line {block.line}: {shown(block.raw)} are not two times; the cue is left out"
            )
            parsed.num_unread += 1
            continue
        raw = seen("\n".join(block.lines)).strip("\n")
        names = voices(raw) or ([block.speaker] if block.speaker else [])
        if len(names) > 1:
            several.append(block.line)
        if moved is not None:
            start, end = start + moved(block.line), end + moved(block.line)
        parsed.lines.setdefault(float(start), block.line)
        parsed.cues.append(
            Cue(
                start_seconds=float(start),
                end_seconds=float(end),
                text=plain(raw),
                speaker=names[0] if len(names) == 1 else None,
            )
        )
    if several:
        parsed.problems.append(
            f"line {several[0]}: several voices in one cue ({len(several)} such); they have no "
            "speaker"
        )


def _tell_strange_tags(blocks: Sequence[_Block], parsed: Parsed) -> None:
    strange = [(block.line, tag) for block in blocks for tag in strange_tags(block.lines)]
    if strange:
        line, tag = strange[0]
        such = f" ({len(strange)} such)" if len(strange) > 1 else ""
        parsed.problems.append(f"line {line}: {shown(tag)} is no tag of WebVTT; left out{such}")


def _unrolled(parsed: Parsed) -> Parsed:
    cues, sentence = unroll(parsed.cues)
    problems = [*parsed.problems, sentence] if sentence else parsed.problems
    return replace(parsed, cues=list(cues), problems=problems)
