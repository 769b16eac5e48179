"""Signs that a span is not right: independent of each other, each with a name in `FLAGS`.

The score of a path alone tells wrong text from right text, but not wrong edges from right ones;
several weak signs together do. Limits were chosen on the recordings `lj_chapter01`,
`aesop_fable`, `sonnet_001` and digits of two speakers, not on `libri_27_124992` or the poems.

What a sign means depends on the recording: in noise, and for a voice that is far from the synthetic
one, scores are low and the first pass is poor. So a low score says nothing of a take that is far
ahead of decoys, which are heard in the same noise; nor does another place in the first pass, where
the line fits it far worse, by what the recording has taught, than lines do here. These limits were
chosen on all recordings of `benchmarks/align.py`.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.align.ear.features import HOP_SECONDS, Features
from audioset.hearing.align.ear.silence import silence_of
from audioset.hearing.align.placed import Placed
from audioset.records.lines import ANY_TEXT, BESIDE_SECONDS, OUT_OF_ORDER

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOW_SCORE = 2.5  # deviations below the recording's median, both robust
_POOR_COST = -0.1  # no better than speech that is no line
_HEARD_AHEAD = 3.0  # of decoys: the text is what is said
_LEAST_ALIKE, _AHEAD_TOGETHER = 0.2, 1.2  # of takes of a line
_NO_RIVAL = 3.0  # deviations above the recording's median and the take's own cost
_UNEXPLAINED_SECONDS = 0.2
_NEAR_SECONDS = 2.0  # where words of a take may be that the first pass found elsewhere
_INNER_PAUSE_SECONDS = 0.7
_LONG_PAUSE_SECONDS = 1.5  # nobody pauses so long at a comma
_COMMA = re.compile(r"[,;:.!?\u2026\u2013\u2014]+[\"'\u201d\u2019\u00bb)]*(?=\s+\S)")
APART_SECONDS = 0.3
_QUIET_FRAMES, _QUIET_REACH = 5, 6
# Robust deviations of the logarithm of seconds per character.
_ODD_LENGTH, _UNUSUAL_LENGTH = 3.0, 2.0
_LEAST_DEVIATION = 0.12
_LEAST_STRETCH_SECONDS = 0.15
# Of sound that was not taken for speech. A detector that heard little before is unsure of short
# words, so loudness alone decides: how far it is below the takes, and above what lies between them.
_AS_LOUD_DB, _ABOVE_REST_DB = 12.0, 10.0
_JOINED_SECONDS, _OF_TAKE_SECONDS = 0.2, 0.2  # pauses inside a word; ends of takes that are soft


def unexplained_speech(placed: Sequence[Placed], features: Features) -> list[tuple[int, int]]:
    """Give stretches of speech that are in no span, as frames `[start, end)`."""
    rest = ~silence_of(features)
    for span in placed:
        rest[span.start : span.end] = False
    least = round(_LEAST_STRETCH_SECONDS / HOP_SECONDS)
    return [(start, end) for start, end in runs(rest) if end - start >= least]


def loud_sound(placed: Sequence[Placed], features: Features) -> list[tuple[int, int]]:
    """Give stretches that are as loud as the spans, and in none, as frames `[start, end)`."""
    if not placed:
        return []
    levels = features.levels_db[: 2 * len(features)].reshape(-1, 2).max(axis=1)
    rest = np.ones(levels.size, bool)
    near = round(_OF_TAKE_SECONDS / HOP_SECONDS)
    for span in placed:
        rest[max(0, span.start - near) : span.end + near] = False
    if not rest.any():
        return []
    of_takes = np.median([levels[span.start : span.end].max(initial=-120.0) for span in placed])
    limit = max(of_takes - _AS_LOUD_DB, np.median(levels[rest]) + _ABOVE_REST_DB)
    joined: list[tuple[int, int]] = []
    for start, end in runs(rest & (levels >= limit)):
        if joined and start - joined[-1][1] <= round(_JOINED_SECONDS / HOP_SECONDS):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    least = round(_LEAST_STRETCH_SECONDS / HOP_SECONDS)
    return [(start, end) for start, end in joined if end - start >= least]


def runs(mask: "NDArray[np.bool_]") -> list[tuple[int, int]]:
    """Give the runs of true values as `[start, end)`."""
    steps = np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(steps > 0), np.flatnonzero(steps < 0)
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def flags_of(
    placed: Sequence[Placed],
    others: Sequence[Sequence[Placed]],
    features: Features,
    texts: Sequence[str],
    missing: set[int],
    alike: Sequence[float | None],
) -> list[set[str]]:
    """Give the flags of each span.

    Args:
        placed: the spans.
        others: what other ways have found, for comparison.
        features: of the source.
        texts: of the lines.
        missing: indices of lines that were not found.
        alike: how similar each span is to other takes of its line, as `similarities` gives it.
    """
    flags: list[set[str]] = [set() for _ in placed]
    heard = {k for k, span in enumerate(placed) if (span.ahead or 0.0) >= _HEARD_AHEAD}
    near = _beside_unexplained(placed, features, _NEAR_SECONDS)
    raised = {
        "low_score": _low_score(placed) - heard,
        "odd_length": _odd_length(placed, texts, _ODD_LENGTH),
        "unexplained_speech": _beside_unexplained(placed, features, BESIDE_SECONDS),
        "inner_pause": _inner_pause(placed, features, texts),
        "edge_in_speech": _edge_in_speech(placed, features),
        "neighbour_missing": {
            k for k, span in enumerate(placed) if missing & {span.line - 1, span.line + 1}
        }
        - (heard - _odd_length(placed, texts, _UNUSUAL_LENGTH)),
        "aligners_disagree": {
            k
            for other in others
            for k in _apart(placed, other) - (heard & _without_rival(placed, other) - near)
            if not placed[k].out_of_order
        }
        | {k for k, span in enumerate(placed) if span.elsewhere},
        ANY_TEXT: _any_text(placed, alike),
        OUT_OF_ORDER: {k for k, span in enumerate(placed) if span.out_of_order},
    }
    for name, spans in raised.items():
        for k in spans:
            flags[k].add(name)
    return flags


def _low_score(placed: Sequence[Placed]) -> set[int]:
    usual, deviation = _usual_cost(placed)
    return {
        k
        for k, span in enumerate(placed)
        if not span.pinned
        and ((span.cost - usual) / deviation > _LOW_SCORE or span.cost > _POOR_COST)
    }


def _usual_cost(placed: Sequence[Placed]) -> tuple[float, float]:
    """Give the median cost of what was found, and a deviation."""
    costs = np.array([span.cost for span in placed if not span.pinned])
    return (float(np.median(costs)), _spread(costs, 0.05)) if costs.size else (0.0, 1.0)


def _any_text(placed: Sequence[Placed], alike: Sequence[float | None]) -> set[int]:
    """Give spans that are hardly ahead of decoys.

    One short word says little, takes of it that are like each other say more together.
    """
    ahead = {
        line: np.mean([span.ahead for span in spans if span.ahead is not None] or [0.0])
        for line, spans in _by_line(placed).items()
    }
    return {
        k
        for k, span in enumerate(placed)
        if span.any_text
        and ((alike[k] or 0.0) < _LEAST_ALIKE or ahead[span.line] < _AHEAD_TOGETHER)
    }


def _odd_length(placed: Sequence[Placed], texts: Sequence[str], most: float) -> set[int]:
    if len(placed) < 4:
        return set()
    lengths = np.array([span.end - span.start for span in placed], float)
    signs = np.array([len(texts[span.line]) + 3 for span in placed], float)
    rates = np.log(lengths / signs)
    far = np.abs(rates - np.median(rates)) / _spread(rates, _LEAST_DEVIATION)
    return set(np.flatnonzero(far > most).tolist())


def _spread(values: "NDArray[np.float64]", least: float) -> float:
    """Give a deviation that few far values do not move."""
    return max(least, float(1.4826 * np.median(np.abs(values - np.median(values)))))


def _beside_unexplained(
    placed: Sequence[Placed], features: Features, reach_seconds: float
) -> set[int]:
    rest = ~silence_of(features)
    for span in placed:
        rest[span.start : span.end] = False
    beside, least = (
        round(seconds / HOP_SECONDS) for seconds in (reach_seconds, _UNEXPLAINED_SECONDS)
    )
    return {
        k
        for k, span in enumerate(placed)
        if rest[max(0, span.start - beside) : span.start].sum() > least
        or rest[span.end : span.end + beside].sum() > least
    }


def _inner_pause(placed: Sequence[Placed], features: Features, texts: Sequence[str]) -> set[int]:
    """Give spans with more pauses than their text has commas, or a very long one."""
    silent = silence_of(features)
    long, longest = (
        round(seconds / HOP_SECONDS) for seconds in (_INNER_PAUSE_SECONDS, _LONG_PAUSE_SECONDS)
    )
    flagged = set()
    for k, span in enumerate(placed):
        pauses = [end - start for start, end in runs(silent[span.start : span.end])]
        pauses = [frames for frames in pauses if frames > long]
        if pauses and (
            max(pauses) > longest or len(pauses) > len(_COMMA.findall(texts[span.line]))
        ):
            flagged.add(k)
    return flagged


def _edge_in_speech(placed: Sequence[Placed], features: Features) -> set[int]:
    """Give spans with an edge beside which no 100 ms are silent."""
    silent = np.concatenate([np.ones(_QUIET_REACH), silence_of(features), np.ones(_QUIET_REACH)])

    def loud(frame: int, before: bool) -> bool:  # noqa: FBT001  a side
        middle = frame + _QUIET_REACH
        around = (
            silent[middle - _QUIET_REACH : middle + 2]
            if before
            else silent[middle - 2 : middle + _QUIET_REACH]
        )
        return bool(around.sum() < _QUIET_FRAMES)

    return {
        k
        for k, span in enumerate(placed)
        if loud(span.start, before=True) or loud(span.end, before=False)
    }


def _apart(placed: Sequence[Placed], other: Sequence[Placed]) -> set[int]:
    """Give spans that have no counterpart with about the same edges."""
    by_line = _by_line(other)
    least = APART_SECONDS / HOP_SECONDS
    return {
        k
        for k, span in enumerate(placed)
        if not any(
            max(abs(twin.start - span.start), abs(twin.end - span.end)) <= least
            for twin in by_line[span.line]
        )
    }


def _without_rival(placed: Sequence[Placed], other: Sequence[Placed]) -> set[int]:
    """Give spans whose line fits far worse where `other` has it, by all that was learnt since.

    Where `other` found more than the span there, words may lack, whatever they cost.
    """
    by_line = _by_line(other)
    usual, deviation = _usual_cost(placed)

    def shared(one: Placed, two: Placed) -> int:
        return min(one.end, two.end) - max(one.start, two.start)

    alone = set()
    for k, span in enumerate(placed):
        if twins := by_line[span.line]:
            rival = max(twins, key=lambda twin: shared(span, twin))
            misfit = (rival.cost - max(usual, span.cost)) / deviation
            is_within = rival.start >= span.start and rival.end <= span.end
            if misfit > _NO_RIVAL and (is_within or shared(span, rival) <= 0):
                alone.add(k)
    return alone


def _by_line(placed: Sequence[Placed]) -> defaultdict[int, list[Placed]]:
    lines: defaultdict[int, list[Placed]] = defaultdict(list)
    for span in placed:
        lines[span.line].append(span)
    return lines
