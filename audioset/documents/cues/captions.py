r"""SRT, WebVTT and SBV: lines of times, each followed by lines of text.

One reader for the three, led by the lines of times and not by blank lines, because real files
have blank lines inside cues, and none between them.

pysubs2 1.8 and webvtt-py 0.6 were tried and do not fit: the first drops voices and reads NOTE
blocks as text, both drop the inline times that rolling captions need, the second refuses SBV with
its `[SUBTITLE]` header, and neither says which line it left out.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from audioset.documents.cues.markup import flat, plain_srt, plain_vtt, voices
from audioset.documents.cues.rolling import unroll
from audioset.documents.reading.clock import clock_seconds
from audioset.documents.reading.text import shown
from audioset.errors import InvalidInputError
from audioset.records.cue import Cue
from audioset.records.cue_file import Parsed

_TIMING_LINE = re.compile(r"\s{0,64}-?\d{1,5}:", re.ASCII)
_SBV_LINE = re.compile(
    r"\s{0,64}\d{1,5}:\d{1,2}:[\d.]{1,16},\d{1,5}:[\d:.]{1,16}\s{0,64}", re.ASCII
)
_VTT_ASIDE = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")


@dataclass(slots=True)
class _Block:
    """One line of times and the lines up to the next."""

    line: int
    timing: str
    lines: list[str] = field(default_factory=list)


def parse_srt(text: str) -> Parsed:
    """Read SubRip: numbers, commas and blank lines where they should be, or not.

    Raises:
        InvalidInputError: no line of times in it.
    """
    lines = text.split("\n")
    blocks = _blocks(lines, _is_arrow)
    _need(blocks, "00:00:01,000 --> 00:00:02,000")
    _drop_numbers(blocks)
    parsed = _cues(blocks, _arrow_times, plain_srt)
    return _finish(parsed)


def parse_vtt(text: str) -> Parsed:
    """Read WebVTT (W3C, version 1) with `<v Name>` as the speaker.

    A cue in which several voices speak has no speaker. X-TIMESTAMP-MAP is not followed: it
    belongs to pieces of a live stream.

    Raises:
        InvalidInputError: does not begin with WEBVTT.
    """
    lines = text.split("\n")
    if not re.match(r"WEBVTT(?:\s|$)", lines[0]):
        raise InvalidInputError(
            f"line 1: {shown(lines[0])} where WEBVTT should be; a file in SRT form is named .srt"
        )
    blocks = _blocks(_without_asides(lines), _is_arrow)
    for block in blocks[:-1]:
        _drop_identifier(block.lines)
    parsed = _cues(blocks, _arrow_times, plain_vtt)
    return _finish(parsed)


def parse_sbv(text: str) -> Parsed:
    """Read SBV (YouTube), and SubViewer's `[SUBTITLE]` frame around the same lines.

    Raises:
        InvalidInputError: no line of times in it.
    """
    lines = [line for line in text.split("\n") if line.strip() != "[END SUBTITLE]"]
    blocks = _blocks(lines, lambda line: _SBV_LINE.fullmatch(line) is not None)
    _need(blocks, "0:00:01.000,0:00:02.000")
    parsed = _cues(blocks, _comma_times, lambda raw: raw.replace("[br]", "\n"))
    return _finish(parsed, rolling=False)


def _is_arrow(line: str) -> bool:
    # A caption may talk of arrows: only a line that starts like a time is one of times.
    return "-->" in line and _TIMING_LINE.match(line) is not None


def _blocks(lines: list[str], is_timing: Callable[[str], bool]) -> list[_Block]:
    blocks: list[_Block] = []
    for number, line in enumerate(lines, 1):
        if is_timing(line):
            blocks.append(_Block(number, line))
        elif blocks:
            blocks[-1].lines.append(line)
    return blocks


def _need(blocks: list[_Block], example: str) -> None:
    if not blocks:
        raise InvalidInputError(f"line 1: no line with times like {example} in the whole file")


def _drop_numbers(blocks: list[_Block]) -> None:
    """Take the number of the next cue off the end of each cue.

    It is the last line before the times, of digits alone. A line of digits right under the times
    (or the text) may be what somebody says: it is a number only when it counts on.
    """
    counted = 1
    for block in blocks[:-1]:
        last = block.lines[-1].strip() if block.lines else ""
        counted += 1
        if not (last.isdecimal() and len(last) <= 9):
            continue
        below_blank = len(block.lines) > 1 and not block.lines[-2].strip()
        if below_blank or int(last) == counted:
            counted = int(last)
            block.lines.pop()


def _drop_identifier(lines: list[str]) -> None:
    """Take the name of the next WebVTT cue off: the last line, under a blank one."""
    if len(lines) > 1 and lines[-1].strip() and not lines[-2].strip():
        lines.pop()


def _without_asides(lines: list[str]) -> list[str]:
    """Blank out NOTE, STYLE and REGION with what belongs to them; line numbers stay."""
    kept: list[str] = []
    aside, below_blank = False, True
    for line in lines:
        if not line:
            aside = False
        elif below_blank and _VTT_ASIDE.match(line):
            aside = True
        below_blank = not line
        kept.append("" if aside else line)
    return kept


def _arrow_times(line: str) -> tuple[Decimal | None, Decimal | None]:
    start, _, rest = line.partition("-->")
    words = rest.split(maxsplit=1)  # what follows the second time are cue settings
    return clock_seconds(start), clock_seconds(words[0]) if words else None


def _comma_times(line: str) -> tuple[Decimal | None, Decimal | None]:
    start, _, end = line.partition(",")
    return clock_seconds(start), clock_seconds(end)


def _cues(
    blocks: list[_Block],
    times: Callable[[str], tuple[Decimal | None, Decimal | None]],
    plain: Callable[[str], str],
) -> Parsed:
    """Read the times and take the tags out; inline times and line breaks are still there."""
    parsed = Parsed()
    several: list[int] = []
    for block in blocks:
        start, end = times(block.timing)
        if start is None or end is None:
            parsed.problems.append(
                f"line {block.line}: {shown(block.timing)} are not two times; the cue is left out"
            )
            continue
        raw = "\n".join(block.lines).strip("\n")
        names = voices(raw) if plain is plain_vtt else []
        if len(names) > 1:
            several.append(block.line)
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
    return parsed


def _finish(parsed: Parsed, *, rolling: bool = True) -> Parsed:
    """Unroll, make single lines, and leave out what says nothing."""
    cues, sentence = unroll(parsed.cues) if rolling else (tuple(parsed.cues), None)
    if sentence:
        parsed.problems.append(sentence)
    return with_flat_text(cues, parsed)


def with_flat_text(cues: tuple[Cue, ...], parsed: Parsed) -> Parsed:
    """Give what was parsed with these captions, one line each; those without text left out."""
    flattened = [(cue, flat(cue.text or "")) for cue in cues]
    empty = [cue for cue, text in flattened if not text]
    problems = list(parsed.problems)
    if empty:
        count = "1 cue" if len(empty) == 1 else f"{len(empty)} cues"
        problems.append(f"{count} without text left out (e.g. at {empty[0].start_seconds:.2f} s)")
    return Parsed(
        cues=[
            Cue(
                start_seconds=cue.start_seconds,
                end_seconds=cue.end_seconds,
                text=text,
                speaker=cue.speaker,
            )
            for cue, text in flattened
            if text
        ],
        problems=problems,
    )
