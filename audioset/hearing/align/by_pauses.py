"""The fallback that knows no sounds: pauses, lengths of the texts, and takes that are alike.

Stretches of speech between pauses are given to lines in order, so that each line gets about the
time that its letters need. Good where a person pauses between phrases and says each as often as
told; useless for continuous reading or where much is missing.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.align.ear.features import HOP_SECONDS, Features
from audioset.hearing.align.ear.silence import silence_of
from audioset.hearing.align.flags import runs
from audioset.hearing.align.placed import Placed

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PAUSE_SECONDS, _LEAST_SECONDS = 0.2, 0.1
_MOST_STRETCHES = 12  # of speech in one line
_SKIP_COST, _NOT_OURS_COST = 1.5, 1.5  # a line left out; a stretch of speech that is no line
_INNER_PAUSE_COST = 0.8  # per second of a pause inside a line
_AGAIN_COST = 0.6
_LENGTH_COST = 2.0


def place_by_pauses(
    features: Features,
    texts: Sequence[str],
    copies: Sequence[int | None],
    pins: Sequence[Placed] = (),
) -> list[Placed]:
    """Find lines by pauses.

    Args:
        features: of the source.
        texts: of the lines.
        copies: how often each is said; None = unknown.
        pins: confirmed spans.
    """
    stretches = _stretches(~silence_of(features))
    if not stretches:
        return list(pins)
    order = [k for k, count in enumerate(copies) for _ in range(count or 1)]
    letters = np.array([len(texts[k]) + 2 for k in order], float)
    again = np.array([copies[k] is None for k in order])
    total = sum(end - start for start, end in stretches)
    rate = total / max(1.0, letters.sum())
    found = _assign(stretches, letters * rate, again)
    if again.any():  # the number of takes was unknown: measure the rate again
        spoken = sum(end - start for _, start, end in found)
        rate = spoken / max(1.0, sum(letters[k] for k, _, _ in found))
        found = _assign(stretches, letters * rate, again)
    return [Placed(order[k], start, end, -0.3) for k, start, end in found]


def _stretches(speech: "NDArray[np.bool_]") -> list[tuple[int, int]]:
    """Give speech between pauses; short dips are no pauses, single noises no speech."""
    least, pause = (round(s / HOP_SECONDS) for s in (_LEAST_SECONDS, _PAUSE_SECONDS))
    joined: list[list[int]] = []
    for start, end in runs(speech):
        if joined and start - joined[-1][1] < pause:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    return [(start, end) for start, end in joined if end - start >= least]


def _assign(
    stretches: Sequence[tuple[int, int]],
    lengths: "NDArray[np.float64]",
    again: "NDArray[np.bool_]",
) -> list[tuple[int, int, int]]:
    """Give stretches to lines at the least cost: (line, start, end), in order.

    Args:
        stretches: of speech, in frames.
        lengths: frames that each line should take.
        again: which lines may be said more than once.
    """
    num, num_lines = len(stretches), lengths.size
    costs = np.full((num + 1, num_lines + 1), np.inf)
    back: dict[tuple[int, int], tuple[int, int, int]] = {}  # -> stretch, line, line said (or -1)
    costs[0] = _SKIP_COST * np.arange(num_lines + 1)
    for i in range(num):
        for k in range(num_lines + 1):
            _relax(costs, back, (i + 1, k), costs[i, k] + _NOT_OURS_COST, (i, k, -1))
        for count in range(1, min(_MOST_STRETCHES, i + 1) + 1):
            first = i + 1 - count
            start, end = stretches[first][0], stretches[i][1]
            spoken = sum(b - a for a, b in stretches[first : i + 1])
            ours = _fit(spoken, end - start - spoken, lengths)
            for k in range(num_lines):
                said = costs[first, k] + ours[k]
                _relax(costs, back, (i + 1, k + 1), said, (first, k, k))
                if again[k]:
                    said = costs[first, k + 1] + ours[k] + _AGAIN_COST
                    _relax(costs, back, (i + 1, k + 1), said, (first, k + 1, k))
        for k in range(num_lines):
            _relax(costs, back, (i + 1, k + 1), costs[i + 1, k] + _SKIP_COST, (i + 1, k, -1))
    return _read(stretches, back, num, num_lines)


def _fit(spoken: int, silent: int, lengths: "NDArray[np.float64]") -> "NDArray[np.float64]":
    odd = np.abs(np.log((spoken + 5) / (lengths + 5)))
    fit: NDArray[np.float64] = _LENGTH_COST * odd + _INNER_PAUSE_COST * silent * HOP_SECONDS
    return fit


def _relax(
    costs: "NDArray[np.float64]",
    back: dict[tuple[int, int], tuple[int, int, int]],
    place: tuple[int, int],
    cost: float,
    way: tuple[int, int, int],
) -> None:
    if cost < costs[place]:
        costs[place] = cost
        back[place] = way


def _read(
    stretches: Sequence[tuple[int, int]],
    back: dict[tuple[int, int], tuple[int, int, int]],
    num: int,
    num_lines: int,
) -> list[tuple[int, int, int]]:
    found = []
    i, k = num, num_lines
    while (i, k) in back:
        first, before, line = back[i, k]
        if line >= 0:
            found.append((line, stretches[first][0], stretches[i - 1][1]))
        i, k = first, before
    return found[::-1]
