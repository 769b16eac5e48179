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
def go_on(
    costs: "NDArray[np.float32]",
    stay: float,
    leaps: "NDArray[np.float32]",
    before: "NDArray[np.float32]",
    paths: "NDArray[np.float32]",
    steps: "NDArray[np.int32]",
) -> None:
    """Go on by a frame from each state to itself, the next, and the one after it.

    The first two states are left as they are. A loop without a branch, and with few arrays: else
    the compiler does not take many states at once.

    Args:
        costs: of the frame in each state.
        stay: cost of staying in a state.
        leaps: cost of coming to each state past the one before it.
        before: least cost to each state until now.
        paths: takes the least costs.
        steps: takes by how many states the way to each went on.
    """
    for s in range(paths.size - 2):
        best = np.float64(before[s + 2]) + stay
        came = np.float64(before[s + 1])
        step = 1 if came < best else 0
        best = min(came, best)
        leapt = np.float64(before[s] + leaps[s + 2])
        steps[s + 2] = 2 if leapt < best else step
        best = min(leapt, best)
        paths[s + 2] = best + costs[s + 2]


@_compiled
def carry(
    before: "NDArray[np.int32]", steps: "NDArray[np.int32]", entered: "NDArray[np.int32]"
) -> None:
    """Take along what is known of each way; see `go_on`."""
    for s in range(entered.size - 2):
        near = before[s + 1] if steps[s + 2] == 1 else before[s + 2]
        entered[s + 2] = before[s] if steps[s + 2] == 2 else near


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
        opens: first frame in which each line may be said; never falls.
        closes: first frame in which it may not any more; never falls.
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
    before, were, steps = np.empty_like(paths), np.empty_like(entered), np.empty_like(entered)
    low, high = 0, 0  # lines that may be said
    for i in range(costs.shape[0]):
        frame = first_frame + i
        while low < num_lines and closes[low] <= frame:
            if closes[low] == frame:
                paths[at[low] : at[low + 1]] = np.inf
            low += 1
        while high < num_lines and opens[high] <= frame:
            high += 1
        states = slice(at[low], at[max(low, high)])
        before[states], were[states] = paths[states], entered[states]
        # All lines as if they were one; then what begins each of them.
        go_on(costs[i, states], stay, leaps[states], before[states], paths[states], steps[states])
        carry(were[states], steps[states], entered[states])
        for k in range(low, high):
            s = at[k]
            enter, entry = waits[k], 2 * frame
            if waits[k + 1] + again[k] < enter:
                enter, entry = waits[k + 1] + again[k], 2 * frame + 1
            enter += edges[i]
            best, origin = before[s] + stay, were[s]
            if enter < best:
                best, origin = enter, entry
            paths[s], entered[s] = best + costs[i, s], origin
            if at[k + 1] > s + 1:
                best, origin = before[s + 1] + stay, were[s + 1]
                if before[s] < best:
                    best, origin = before[s], were[s]
                paths[s + 1], entered[s + 1] = best + costs[i, s + 1], origin
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
    back = np.zeros((num_frames, num_states), np.int32)
    paths = np.full(num_states, np.inf, np.float32)
    if num_frames:
        paths[0] = costs[0, 0]
    for i in range(1, num_frames):
        before = paths.copy()
        go_on(costs[i], stay, leaps, before, paths, back[i])
        paths[0] = before[0] + stay + costs[i, 0]
        if num_states > 1:
            best = before[1] + stay
            if before[0] < best:
                best, back[i, 1] = before[0], 1
            paths[1] = best + costs[i, 1]
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


@_compiled
def weigh(
    products: "NDArray[np.float32]",
    of_frames: "NDArray[np.float32]",
    of_states: "NDArray[np.float32]",
    base: "NDArray[np.float32]",
    scale: "np.float32",
) -> None:
    """Turn products of frames and states into scaled distances, in place.

    Args:
        products: shape (frames, states).
        of_frames: their squares, summed up.
        of_states: likewise.
        base: what is taken off the distances of each frame.
        scale: by which what is left is multiplied.
    """
    for i in range(products.shape[0]):
        frame, own, off = products[i], of_frames[i], base[i]
        for s in range(frame.size):
            square = own + of_states[s] - (frame[s] + frame[s])
            frame[s] = (np.sqrt(max(square, np.float32(0))) - off) * scale


@_compiled
def add_phones(
    costs: "NDArray[np.float32]",
    phone_costs: "NDArray[np.float32]",
    phones: "NDArray[np.int64]",
) -> None:
    """Add to the costs of frames in states those of the states' phones, in place."""
    for i in range(costs.shape[0]):
        for s in range(phones.size):
            costs[i, s] += phone_costs[i, phones[s]]
