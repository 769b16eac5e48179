"""Inner loops of the decoder, compiled. Imported late: the compiler is heavy.

The machine code is kept beside this file, or in the user's cache folder, so that only the first
run of an installation waits for it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Function = TypeVar("_Function", bound=Callable[..., object])
STAY, SAID, SKIPPED = 0, 1, 2  # how a gap was reached: from itself, from a line's end, by a skip


def _compiled(function: _Function) -> _Function:
    try:
        made = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder where machine code may be kept
        made = numba.njit(nogil=True)(function)
    return cast("_Function", made)


@_compiled
def advance(  # noqa: C901  one loop over all ways, compiled as a whole
    costs: "NDArray[np.float32]",
    gaps: "NDArray[np.float32]",
    edges: "NDArray[np.float32]",
    at: "NDArray[np.int64]",
    opens: "NDArray[np.int64]",
    closes: "NDArray[np.int64]",
    skip: "NDArray[np.float32]",
    again: "NDArray[np.float32]",
    first_frame: int,
    stay: float,
    leaps: "NDArray[np.float32]",
    paths: "NDArray[np.float32]",
    entered: "NDArray[np.int32]",
    waits: "NDArray[np.float32]",
    how: "NDArray[np.uint8]",
    since: "NDArray[np.int32]",
) -> None:
    """Go on by a block of frames, for some neighbouring lines. Works in place.

    Args:
        costs: of each frame in each state of the lines, shape (frames, states).
        gaps: of each frame when no line is said.
        edges: of a line's start or end before each frame, and after the last one.
        at: first state of each line, and one number more.
        opens: first frame in which each line may be said.
        closes: first frame in which it may not any more.
        skip: cost of leaving each line out.
        again: cost of saying it once more.
        first_frame: number of the block's first frame.
        stay: cost of staying in a state.
        leaps: cost of coming to each state past the one before it; infinite where it must be said.
        paths: least cost to each state.
        entered: 2 x the frame in which that path entered the line, + 1 when it was said before.
        waits: least cost to the gap before each line, and after the last one.
        how: takes how each gap was reached, shape (frames, lines + 1).
        since: takes `entered` of the path to each line's end, shape (frames, lines).
    """
    num_lines = at.size - 1
    for i in range(costs.shape[0]):
        frame = first_frame + i
        for k in range(num_lines):
            low, high = at[k], at[k + 1]
            if frame < opens[k] or frame >= closes[k]:
                if frame == closes[k]:
                    for s in range(low, high):
                        paths[s] = np.inf
                continue
            enter, entry = waits[k], 2 * frame
            if waits[k + 1] + again[k] < enter:
                enter, entry = waits[k + 1] + again[k], 2 * frame + 1
            enter += edges[i]
            for s in range(high - 1, low - 1, -1):
                best, origin = paths[s] + stay, entered[s]
                if s > low and paths[s - 1] < best:
                    best, origin = paths[s - 1], entered[s - 1]
                if s > low + 1 and paths[s - 2] + leaps[s] < best:
                    best, origin = paths[s - 2] + leaps[s], entered[s - 2]
                if s == low and enter < best:
                    best, origin = enter, entry
                paths[s] = best + costs[i, s]
                entered[s] = origin
        for k in range(num_lines + 1):
            best, reached = waits[k] + gaps[i], STAY
            if k > 0:
                said = paths[at[k] - 1] + edges[i + 1]
                if said < best:
                    best, reached = said, SAID
                if waits[k - 1] + skip[k - 1] < best:
                    best, reached = waits[k - 1] + skip[k - 1], SKIPPED
                since[i, k - 1] = entered[at[k] - 1]
            waits[k] = best
            how[i, k] = reached


@_compiled
def trace(
    costs: "NDArray[np.float32]", stay: float, leaps: "NDArray[np.float32]"
) -> "tuple[NDArray[np.int32], float]":
    """Give the state of each frame on the cheapest way through one line, and its mean cost.

    Args:
        costs: shape (frames, states); the way goes from the first state to the last.
        stay: cost of staying in a state.
        leaps: cost of coming to each state past the one before it.
    """
    num_frames, num_states = costs.shape
    back = np.zeros((num_frames, num_states), np.uint8)
    paths = np.full(num_states, np.inf, np.float32)
    for i in range(num_frames):
        for s in range(num_states - 1, -1, -1):
            best, step = paths[s] + stay, 0
            if s > 0 and paths[s - 1] < best:
                best, step = paths[s - 1], 1
            if s > 1 and paths[s - 2] + leaps[s] < best:
                best, step = paths[s - 2] + leaps[s], 2
            if i == 0:
                best = 0.0 if s == 0 else np.inf
            paths[s] = best + costs[i, s]
            back[i, s] = step
    states = np.zeros(num_frames, np.int32)
    s = num_states - 1
    while s > 0 and not np.isfinite(paths[s]):  # fewer frames than half the states
        s -= 1
    total = 0.0
    for i in range(num_frames - 1, -1, -1):
        states[i] = s
        total += costs[i, s]
        s = max(0, s - back[i, s])
    return states, total / max(1, num_frames)


@_compiled
def endings(
    costs: "NDArray[np.float32]", stay: float, leaps: "NDArray[np.float32]"
) -> "NDArray[np.float64]":
    """Give the cost of the cheapest way from the first state to each state, in all frames.

    Args:
        costs: shape (frames, states).
        stay: cost of staying in a state.
        leaps: cost of coming to each state past the one before it.
    """
    num_frames, num_states = costs.shape
    paths = np.full(num_states, np.inf)
    for i in range(num_frames):
        for s in range(num_states - 1, -1, -1):
            best = paths[s] + stay
            if s > 0 and paths[s - 1] < best:
                best = paths[s - 1]
            if s > 1 and paths[s - 2] + leaps[s] < best:
                best = paths[s - 2] + leaps[s]
            if i == 0:
                best = 0.0 if s == 0 else np.inf
            paths[s] = best + costs[i, s]
    return paths


@_compiled
def warp(distances: "NDArray[np.float32]") -> float:
    """Give the mean distance along the best warp from one corner to the opposite one.

    Args:
        distances: of each frame of one sound to each of the other.
    """
    num_rows, num_columns = distances.shape
    before = np.full(num_columns + 1, np.inf)
    before[0] = 0.0
    for i in range(num_rows):
        now = np.full(num_columns + 1, np.inf)
        for j in range(num_columns):
            straight = before[j] + 2 * distances[i, j]
            aside = min(before[j + 1], now[j]) + distances[i, j]
            now[j + 1] = min(straight, aside)
        before = now
    return float(before[num_columns] / (num_rows + num_columns))
