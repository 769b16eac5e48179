"""Mending: the command that makes a clip of speech in no line, or moves the edge that missed it."""

import shlex
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import groupby
from statistics import median

from audioset.records.line_report import LineReport
from audioset.records.lines import BESIDE_SECONDS, Line, LineSpan, lacks_words

_ROOM_SECONDS = 0.1  # on both sides, at most half of the way to the take there
_LEAST_SHARE, _MOST_SHARE = 0.4, 2.5  # of the length that the text has in other takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Mending:
    """What to type for one stretch of speech in no line, once a person has heard it.

    Attributes:
        start_seconds, end_seconds: of the stretch.
        command: ready to be pasted: `audioset make-clip`, or `audioset move-edges` where a word of
            the take beside it lacks.
        why: what it is taken for, or that nobody can tell.
    """

    start_seconds: float
    end_seconds: float
    command: str
    why: str


@dataclass(frozen=True, slots=True)
class _LostSpeech:
    start: float
    end: float
    before: int  # spans that begin before it


def mend(report: LineReport, source_id: str) -> tuple[Mending, ...]:
    """Give for each stretch in no line what to type, in order of time.

    Which line is said in it is told by the lines before and after it that lack takes: where there
    is one, or where as many takes lack as there are stretches.
    """
    spans = sorted(
        zip(report.alignment.spans, report.clip_ids, strict=False),
        key=lambda pair: pair[0].start_seconds,
    )
    starts = [span.start_seconds for span, _ in spans]
    stretches = [_LostSpeech(*part, bisect_left(starts, part[0])) for part in report.in_no_line]
    moved = {s: found for s in stretches if (found := _neighbour(s, spans, lacking=True))}
    rest = [s for s in stretches if s not in moved]
    made_whole = {span for span, _ in moved.values()}
    lines = _lines_of(report, [span for span, _ in spans], rest, made_whole)
    return tuple(
        _move(s, *moved[s], spans)
        if s in moved
        else _move_or_make(s, lines[s], source_id, spans, report)
        for s in stretches
    )


_Pairs = Sequence[tuple[LineSpan, str]]


def _neighbour(
    stretch: _LostSpeech, spans: _Pairs, *, lacking: bool
) -> tuple[LineSpan, str] | None:
    """Give the take right beside a stretch, the nearer one first."""
    beside = [pair for pair in spans[max(0, stretch.before - 1) : stretch.before + 1] if pair[1]]
    beside.sort(key=lambda pair: _gap(stretch, pair[0]))
    for span, clip_id in beside:
        fits = not lacking or lacks_words(span.flags)
        if fits and _gap(stretch, span) <= BESIDE_SECONDS:
            return span, clip_id
    return None


def _gap(stretch: _LostSpeech, span: LineSpan) -> float:
    return max(span.start_seconds - stretch.end, stretch.start - span.end_seconds)


_Guess = tuple[tuple[Line, int] | None, tuple[Line, ...]]  # line and take; lines that it may be


def _lines_of(
    report: LineReport,
    spans: Sequence[LineSpan],
    stretches: Sequence[_LostSpeech],
    made_whole: Set[LineSpan],
) -> Mapping[_LostSpeech, _Guess]:
    """Guess the line of each stretch: those between two takes at a time, in order."""
    found: dict[_LostSpeech, _Guess] = {}
    pace = _pace(report)
    lacking = {
        line.number: number for line in report.lines if (number := _lack(report, line, made_whole))
    }
    next_take = {line.number: _last_take(report, line) + 1 for line in report.lines}
    open_ones = [line for line in report.lines if line.number in lacking]
    whole = [line for line in open_ones for _ in range(lacking[line.number])]
    in_order = len(whole) == len(stretches) and all(
        line in _between(s, open_ones, spans) for s, line in zip(stretches, whole, strict=True)
    )
    for _, group in groupby(enumerate(stretches), key=lambda each: each[1].before):
        run = list(group)
        may = _between(run[0][1], open_ones, spans)
        takes = [line for line in may for _ in range(lacking[line.number])]
        for place, (k, stretch) in enumerate(run):
            fitting = tuple(line for line in may if _fits(stretch, line, pace))
            line = None
            if in_order:
                line = whole[k]
            elif len(takes) == len(run):
                line = takes[place]
            elif len(fitting) == 1:
                line = fitting[0]
            if line is None or line not in fitting:
                found[stretch] = (None, fitting)
                continue
            found[stretch] = ((line, next_take[line.number]), (line,))
            next_take[line.number] += 1
    return found


def _lack(report: LineReport, line: Line, made_whole: Set[LineSpan]) -> int:
    takes = report.spans_of.get(line.number, [])
    whole = [span for span in takes if span in made_whole or not lacks_words(span.flags)]
    return max(0, (line.takes or 1) - len(whole))


def _last_take(report: LineReport, line: Line) -> int:
    return max((span.take for span in report.spans_of.get(line.number, [])), default=0)


def _between(
    stretch: _LostSpeech, lines: Sequence[Line], spans: Sequence[LineSpan]
) -> tuple[Line, ...]:
    """Give the lines from the one before a stretch to the one after it; all out of order."""
    before = spans[stretch.before - 1].line if stretch.before else 0
    after = spans[stretch.before].line if stretch.before < len(spans) else None
    if after is not None and after < before:
        return tuple(lines)
    return tuple(
        line for line in lines if before <= line.number and (after is None or line.number <= after)
    )


def _pace(report: LineReport) -> float | None:
    """Give the seconds that a letter of a text usually takes; None where no take tells."""
    texts = {each.number: each.text for each in report.lines}
    paces = [
        (span.end_seconds - span.start_seconds) / len(texts[span.line])
        for span in report.alignment.spans
        if texts.get(span.line) and not lacks_words(span.flags)
    ]
    return median(paces) if paces else None


def _fits(stretch: _LostSpeech, line: Line, pace: float | None) -> bool:
    """Tell whether a stretch is about as long as the text of a line is."""
    if pace is None:
        return True
    usual = pace * len(line.text)
    return _LEAST_SHARE * usual <= stretch.end - stretch.start <= _MOST_SHARE * usual


def _move(stretch: _LostSpeech, span: LineSpan, clip_id: str, spans: _Pairs) -> Mending:
    start, end = _with_room(stretch, spans)
    edge = f"--start {start:.2f}" if stretch.end <= span.start_seconds else f"--end {end:.2f}"
    missing = [flag.partition(": ")[2] for flag in span.flags if lacks_words([flag])]
    lacks = (
        f" lacks {missing[0]!r}" if missing and missing[0] else " lacks words" if missing else ""
    )
    take = f"take {span.take} of line {span.line}"
    return Mending(
        start_seconds=stretch.start,
        end_seconds=stretch.end,
        command=f"audioset move-edges {clip_id} {edge}",
        why=f"{take}{lacks}, and it is right beside it" if lacks else f"right beside {take}",
    )


def _move_or_make(
    stretch: _LostSpeech, guess: _Guess, source_id: str, spans: _Pairs, report: LineReport
) -> Mending:
    line, may = guess
    beside = _neighbour(stretch, spans, lacking=False)
    if beside is not None and line is None and not may:
        return _move(stretch, *beside, spans)
    start, end = _with_room(stretch, spans)
    end = min(end, report.alignment.length_seconds)
    return Mending(
        start_seconds=stretch.start,
        end_seconds=stretch.end,
        command=shlex.join(
            [
                *("audioset", "make-clip", source_id, "--start", f"{start:.2f}"),
                *("--end", f"{end:.2f}", *(_said(*line) if line else ())),
            ]
        ),
        why=_why(line, may),
    )


def _said(line: Line, take: int) -> Iterator[str]:
    yield from ("--line", str(line.number), "--take", str(take), "--text", line.text)


def _why(line: tuple[Line, int] | None, may: Sequence[Line]) -> str:
    if line is not None:
        return f"probably line {line[0].number}, of which takes lack"
    if may:
        numbers = " or ".join(str(each.number) for each in may[:4])
        return f"may be line {numbers}: say which with --line, --take and --text"
    return "no line lacks a take here: say with --text what it is"


def _with_room(stretch: _LostSpeech, spans: _Pairs) -> tuple[float, float]:
    low = spans[stretch.before - 1][0].end_seconds if stretch.before else 0.0
    high = spans[stretch.before][0].start_seconds if stretch.before < len(spans) else None
    start = max(0.0, stretch.start - min(_ROOM_SECONDS, max(0.0, (stretch.start - low) / 2)))
    room = _ROOM_SECONDS if high is None else min(_ROOM_SECONDS, max(0.0, high - stretch.end) / 2)
    return start, stretch.end + room
