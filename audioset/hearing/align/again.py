"""A second aligner listens where the first one left doubts, and what it finds better is taken.

What both find stays where the first one put it, with the doubts that both have, and the words that
the first one missed; what only one finds is told.
The first is cheap, the second costs ten times as much for each second that it listens to: it hears
only what lies between takes that are not in doubt, and these stay where they are.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.util import find_spec

from audioset.hearing.align.align import align_lines
from audioset.hearing.align.ear.sound import Sound16k
from audioset.hearing.align.flags import APART_SECONDS
from audioset.hearing.align.takes import with_best
from audioset.records.line_options import AlignOptions
from audioset.records.lines import (
    CONFIRMED_SCORE,
    OUT_OF_ORDER,
    Alignment,
    Line,
    LineSpan,
    flag_name,
    lacks_words,
)

SECOND = "hama"
_LANGUAGES = ("en", "sco")  # that it is known to hear well
# What another way to hear can settle; pauses and words that lack, the first one hears well.
_DOUBTS = frozenset(
    (
        "aligners_disagree",
        "edge_in_speech",
        "low_score",
        "odd_length",
        "odd_take",
        "unexplained_speech",
    )
)
_WORTH_IN_DOUBT = 0.4  # of a line, beside one that was found without a doubt

HeardAgain = tuple[float, float]


def may_hear_again(language: str) -> bool:
    """Tell whether there is a second aligner, and it fits a language."""
    spoken = language.lower().partition("-")[0]
    return find_spec(SECOND) is not None and spoken in _LANGUAGES


def doubtful_stretches(alignment: Alignment, lines: Sequence[Line]) -> list[HeardAgain]:
    """Give what is worth to be heard again: (start, end) in seconds, in order of time.

    They lie between takes that are not in doubt, where one is or a line is missing.
    """
    places = {line.number: place for place, line in enumerate(lines)}
    missing = sorted(places[number] for number in alignment.missing)
    stretches, start, low = [], 0.0, -1
    fence = [span for span in _settled(alignment) if OUT_OF_ORDER not in span.flags]
    for span in [*fence, None]:
        end = alignment.length_seconds if span is None else span.start_seconds
        high = len(lines) if span is None else places[span.line]
        lacks = any(low < place < high for place in missing)
        doubted = any(
            _is_doubtful(other) and _is_within(other, (start, end)) for other in alignment.spans
        )
        if end > start and (lacks or doubted):
            stretches.append((start, end))
        if span is not None:
            start, low = max(start, span.end_seconds), high
    return stretches


def align_again(
    alignment: Alignment,
    sound: Sound16k,
    lines: Sequence[Line],
    options: AlignOptions,
    stretches: Sequence[HeardAgain],
) -> Alignment:
    """Let the second aligner listen, and take what it finds better.

    Args:
        alignment: what the first aligner found.
        sound: the source once more.
        lines: what is said.
        options: as the first aligner was asked.
        stretches: of `doubtful_stretches`.

    Raises:
        NotFoundError: the second aligner is not installed.
        InvalidInputError: it cannot say a line.
    """
    settled = _settled(alignment)
    asked = replace(options, aligner=SECOND)
    heard = align_lines(sound, lines, asked, settled, within=stretches)
    # A line that only the second one finds, with doubts, stays missing.
    new = [
        replace(span, aligner=heard.aligner)
        for span in heard.spans
        if span.score < CONFIRMED_SCORE
        if span.line not in alignment.missing or not _is_doubtful(span)
    ]
    spans = list(settled)
    rest = [part for part in alignment.unexplained if not any(_overlap(part, s) for s in stretches)]
    for stretch in stretches:
        before = [
            span for span in alignment.spans if _is_doubtful(span) and _is_within(span, stretch)
        ]
        after = [span for span in new if _is_within(span, stretch)]
        first = [_in_both(span, after) or span for span in before]
        second = [_in_both(span, before) or _told(span) for span in after]
        loses_none = {span.line for span in first} <= {span.line for span in second}
        is_better = loses_none and _worth(second) >= _worth(first)
        spans += second if is_better else first
        told = heard if is_better else alignment
        rest += [part for part in told.unexplained if _overlap(part, stretch)]
    found = {span.line for span in spans}
    return replace(
        alignment,
        spans=with_best(_numbered(spans)),
        missing=tuple(line.number for line in lines if line.number not in found),
        unexplained=tuple(sorted(set(rest))),
    )


def _settled(alignment: Alignment) -> list[LineSpan]:
    return [span for span in alignment.spans if not _is_doubtful(span)]


def _is_doubtful(span: LineSpan) -> bool:
    return span.score < CONFIRMED_SCORE and bool(_DOUBTS & set(map(flag_name, span.flags)))


def _is_within(span: LineSpan, stretch: HeardAgain) -> bool:
    middle = (span.start_seconds + span.end_seconds) / 2
    return stretch[0] <= middle < stretch[1]


def _overlap(part: HeardAgain, stretch: HeardAgain) -> bool:
    return part[0] < stretch[1] and part[1] > stretch[0]


def _worth(spans: Iterable[LineSpan]) -> float:
    """Give how many takes were found with all their words, those in doubt for less."""
    return sum(
        _WORTH_IN_DOUBT if _is_doubtful(span) else 1.0
        for span in spans
        if not lacks_words(span.flags)
    )


def _in_both(span: LineSpan, others: Iterable[LineSpan]) -> LineSpan | None:
    """Give the first aligner's take, with the flags that both raise, where both find it."""
    for other in others:
        if other.line == span.line and _apart(span, other) <= APART_SECONDS:
            mine = span if span.aligner is None else other
            lacking = {flag for flag in mine.flags if lacks_words([flag])}
            flags = lacking | (set(other.flags) & set(span.flags))
            return replace(mine, flags=tuple(sorted(flags)))
    return None


def _told(span: LineSpan) -> LineSpan:
    return replace(span, flags=tuple(sorted({*span.flags, "aligners_disagree"})))


def _apart(one: LineSpan, other: LineSpan) -> float:
    starts = abs(one.start_seconds - other.start_seconds)
    return max(starts, abs(one.end_seconds - other.end_seconds))


def _numbered(spans: Sequence[LineSpan]) -> list[LineSpan]:
    takes: defaultdict[int, int] = defaultdict(int)
    numbered = []
    for span in sorted(spans, key=lambda span: span.start_seconds):
        takes[span.line] += 1
        numbered.append(replace(span, take=takes[span.line]))
    return numbered
