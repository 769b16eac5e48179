"""Signs that a span is not right: independent of each other, each with a name in `FLAGS`.

The score of a path alone tells wrong text from right text, but not wrong edges from right ones;
several weak signs together do. Limits were chosen on the recordings `lj_chapter01`,
`aesop_fable`, `sonnet_001` and digits of two speakers, not on `libri_27_124992` or the poems.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.align.ear.features import HOP_SECONDS, Features
from audioset.hearing.align.ear.silence import silence_of
from audioset.hearing.align.placed import Placed
from audioset.records.lines import OUT_OF_ORDER

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOW_SCORE = 2.5  # deviations below the recording's median, both robust
_POOR_COST = -0.1  # no better than speech that is no line
_UNEXPLAINED_SECONDS, _BESIDE_SECONDS = 0.25, 0.6
_INNER_PAUSE_SECONDS = 0.7
_LONG_PAUSE_SECONDS = 1.5  # nobody pauses so long at a comma
_COMMA = re.compile(r"[,;:.!?\u2026\u2013\u2014]+[\"'\u201d\u2019\u00bb)]*(?=\s+\S)")
APART_SECONDS = 0.3
_QUIET_FRAMES, _QUIET_REACH = 5, 6
_ODD_LENGTH = 3.0  # robust deviations of the logarithm of seconds per character
_LEAST_DEVIATION = 0.12
_LEAST_STRETCH_SECONDS = 0.15


def unexplained_speech(placed: Sequence[Placed], features: Features) -> list[tuple[int, int]]:
    """Give stretches of speech that are in no span, as frames `[start, end)`."""
    rest = ~silence_of(features)
    for span in placed:
        rest[span.start : span.end] = False
    least = round(_LEAST_STRETCH_SECONDS / HOP_SECONDS)
    return [(start, end) for start, end in runs(rest) if end - start >= least]


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
) -> list[set[str]]:
    """Give the flags of each span.

    Args:
        placed: the spans.
        others: what other ways have found, for comparison.
        features: of the source.
        texts: of the lines.
        missing: indices of lines that were not found.
    """
    flags: list[set[str]] = [set() for _ in placed]
    raised = {
        "low_score": _low_score(placed),
        "odd_length": _odd_length(placed, texts),
        "unexplained_speech": _beside_unexplained(placed, features),
        "inner_pause": _inner_pause(placed, features, texts),
        "edge_in_speech": _edge_in_speech(placed, features),
        "neighbour_missing": {
            k for k, span in enumerate(placed) if missing & {span.line - 1, span.line + 1}
        },
        "aligners_disagree": {
            k for k in _disagreement(placed, others) if not placed[k].out_of_order
        },
        OUT_OF_ORDER: {k for k, span in enumerate(placed) if span.out_of_order},
    }
    for name, spans in raised.items():
        for k in spans:
            flags[k].add(name)
    return flags


def _low_score(placed: Sequence[Placed]) -> set[int]:
    measured = [k for k, span in enumerate(placed) if not span.pinned]
    costs = np.array([placed[k].cost for k in measured])
    high = (costs - np.median(costs)) / _spread(costs, 0.05) if costs.size else costs
    return {
        k
        for k, z, cost in zip(measured, high, costs, strict=True)
        if z > _LOW_SCORE or cost > _POOR_COST
    }


def _odd_length(placed: Sequence[Placed], texts: Sequence[str]) -> set[int]:
    if len(placed) < 4:
        return set()
    lengths = np.array([span.end - span.start for span in placed], float)
    signs = np.array([len(texts[span.line]) + 3 for span in placed], float)
    rates = np.log(lengths / signs)
    far = np.abs(rates - np.median(rates)) / _spread(rates, _LEAST_DEVIATION)
    return set(np.flatnonzero(far > _ODD_LENGTH).tolist())


def _spread(values: "NDArray[np.float64]", least: float) -> float:
    """Give a deviation that few far values do not move."""
    return max(least, float(1.4826 * np.median(np.abs(values - np.median(values)))))


def _beside_unexplained(placed: Sequence[Placed], features: Features) -> set[int]:
    rest = ~silence_of(features)
    for span in placed:
        rest[span.start : span.end] = False
    beside, least = (
        round(seconds / HOP_SECONDS) for seconds in (_BESIDE_SECONDS, _UNEXPLAINED_SECONDS)
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


def _disagreement(placed: Sequence[Placed], others: Sequence[Sequence[Placed]]) -> set[int]:
    return {k for other in others for k in _apart(placed, other)}


def _apart(placed: Sequence[Placed], other: Sequence[Placed]) -> set[int]:
    """Give spans that have no counterpart with about the same edges."""
    by_line: defaultdict[int, list[Placed]] = defaultdict(list)
    for span in other:
        by_line[span.line].append(span)
    least = APART_SECONDS / HOP_SECONDS
    return {
        k
        for k, span in enumerate(placed)
        if not any(
            max(abs(twin.start - span.start), abs(twin.end - span.end)) <= least
            for twin in by_line[span.line]
        )
    }
