"""The decoder: which line is said when. One for every aligner that can score frames.

The audio is gone through frame by frame. Between two lines lies a gap, which takes silence and
speech that is no line; a line may be left out or said again, each at a cost. What a frame costs in
a state of a line is given by the aligner, scaled so that speech which is no line costs about 0.

Memory and time are linear in the length of the source. A first pass looks at the lines that can
still compete (`beam`); a second one, in finer frames, at each line around the place where the
first one found it. Only the ends of lines are remembered for each frame, not every state.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    # (first frame, last frame + 1, first state, last state + 1) -> costs of frames in states
    CostOf = Callable[[int, int, int, int], NDArray[np.float32]]

_DECODED_FRAMES = 128
STAY_COST = LEAP_COST = 0.12


@dataclass(frozen=True, slots=True)
class LinePlan:
    """The lines to be found, in order.

    Attributes:
        at: first state of each line, and one number more; int64.
        skip: cost of leaving each out, float32.
        again: cost of saying each once more; infinite where it is not said again. float32.
        leaps: cost of coming to each state past the one before it, float32.
        stay: cost of a further frame in a state.
    """

    at: "NDArray[np.int64]"
    skip: "NDArray[np.float32]"
    again: "NDArray[np.float32]"
    leaps: "NDArray[np.float32]"
    stay: float = STAY_COST

    def __len__(self) -> int:
        return self.at.size - 1

    def part(self, low: int, high: int) -> "LinePlan":
        """Give the lines `[low, high)` alone."""
        first, last = int(self.at[low]), int(self.at[high])
        return LinePlan(
            self.at[low : high + 1] - first,
            self.skip[low:high],
            self.again[low:high],
            self.leaps[first:last],
            self.stay,
        )


@dataclass(frozen=True, slots=True)
class Scene:
    """What frames cost that are no part of a line, and edges between frames.

    Attributes:
        gaps: of each frame, float32.
        edges: of a start or end before each frame and after the last, float32, one more.
    """

    gaps: "NDArray[np.float32]"
    edges: "NDArray[np.float32]"


@dataclass(frozen=True, slots=True)
class Found:
    """A line of the plan over the span of frames `[start, end)`."""

    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Windows:
    """Frames in which each line may be said: `[opens, closes)`, int64; both never fall."""

    opens: "NDArray[np.int64]"
    closes: "NDArray[np.int64]"


def decode(
    plan: LinePlan,
    scene: Scene,
    cost_of: "CostOf",
    *,
    windows: Windows | None = None,
    beam: float = np.inf,
) -> list[Found]:
    """Find lines.

    Args:
        plan: the lines.
        scene: costs of what is no line.
        cost_of: gives the costs of a block of frames in neighbouring states.
        windows: where each line may be; everywhere when None.
        beam: lines that are worse than the best by more than this are given up.
    """
    num_frames = scene.gaps.size
    if windows is None:
        windows = Windows(np.zeros(len(plan), np.int64), np.full(len(plan), num_frames, np.int64))
    walk = _Walk(plan, scene, windows, beam)
    for start in range(0, num_frames, _DECODED_FRAMES):
        walk.advance(start, min(num_frames, start + _DECODED_FRAMES), cost_of)
    return walk.trace_back()


def windows_around(
    found: Sequence[Found], num_lines: int, num_frames: int, *, scale: int, reach: int
) -> Windows:
    """Give the frames around what a coarser pass found.

    Args:
        found: by the coarser pass.
        num_lines: of the plan.
        num_frames: of the finer pass.
        scale: how many finer frames are one coarser.
        reach: finer frames around a line. One that was not found may be anywhere between those
            beside it.
    """
    starts = np.full(num_lines, np.iinfo(np.int64).max, np.int64)
    ends = np.full(num_lines, -1, np.int64)
    for span in found:
        starts[span.line] = min(starts[span.line], span.start * scale)
        ends[span.line] = max(ends[span.line], span.end * scale)
    missing = ends < 0
    # A missing line opens where the one before it ends, and closes where the next one starts.
    earliest = np.maximum.accumulate(np.concatenate([[0], ends[:-1]]))
    latest = np.minimum.accumulate(np.concatenate([starts[1:], [num_frames]])[::-1])[::-1]
    opens = np.where(missing, earliest, starts) - reach
    closes = np.where(missing, latest, ends) + reach
    opens = np.maximum(0, np.minimum.accumulate(opens[::-1])[::-1])
    closes = np.minimum(num_frames, np.maximum.accumulate(closes))
    return Windows(opens, closes)


@dataclass(frozen=True, slots=True)
class _Page:
    """What is remembered of a block: see `kernels.advance`."""

    start: int
    first_line: int
    how: "NDArray[np.uint8]"
    since: "NDArray[np.int32]"


class _Walk:
    """All ways through the lines at once, up to one frame."""

    def __init__(self, plan: LinePlan, scene: Scene, windows: Windows, beam: float) -> None:
        self._plan, self._scene, self._windows, self._beam = plan, scene, windows, beam
        num_states = int(plan.at[-1])
        self._paths = np.full(num_states, np.inf, np.float32)
        self._entered = np.zeros(num_states, np.int32)
        self._waits = np.full(len(plan) + 1, np.inf, np.float32)
        self._waits[0] = 0
        self._low, self._high = 0, 0  # lines at work
        self._pages: list[_Page] = []

    def advance(self, start: int, end: int, cost_of: "CostOf") -> None:
        from audioset.hearing.align.decoder import kernels

        self._choose_lines(start, end)
        plan, low, high = self._plan, self._low, self._high
        first, last = int(plan.at[low]), int(plan.at[high])
        how = np.zeros((end - start, high - low + 1), np.uint8)
        since = np.zeros((end - start, high - low), np.int32)
        kernels.advance(
            cost_of(start, end, first, last),
            self._scene.gaps[start:end],
            self._scene.edges[start : end + 1],
            plan.at[low : high + 1] - first,
            self._windows.opens[low:high],
            self._windows.closes[low:high],
            plan.skip[low:high],
            plan.again[low:high],
            start,
            plan.stay,
            plan.leaps[first:last],
            self._paths[first:last],
            self._entered[first:last],
            self._waits[low : high + 1],
            how,
            since,
        )
        self._pages.append(_Page(start, low, how, since))

    def _choose_lines(self, start: int, end: int) -> None:
        """Give up lines that are over or too bad; take in those that can be reached."""
        plan, num_lines = self._plan, len(self._plan)
        low, high = self._low, self._high
        best = float(self._waits[low : high + 1].min())
        if self._pages:
            first, last = int(plan.at[low]), int(plan.at[high])
            best = min(best, float(self._paths[first:last].min(initial=np.inf)))
        while low < high and (
            self._windows.closes[low] <= start or self._least(low) > best + self._beam
        ):
            low += 1
        # Reached within this block: lines before whose gap a way can be that is good enough.
        reach = self._waits[high]
        while high < num_lines and (
            high < low + 2 or (self._windows.opens[high] < end and reach <= best + self._beam)
        ):
            reach = reach + plan.skip[high]
            self._waits[high + 1] = reach
            high += 1
        self._low, self._high = low, high

    def _least(self, line: int) -> float:
        first, last = int(self._plan.at[line]), int(self._plan.at[line + 1])
        return min(float(self._paths[first:last].min()), float(self._waits[line]))

    def trace_back(self) -> list[Found]:
        from audioset.hearing.align.decoder import kernels

        found: list[Found] = []
        gap, frame = self._high, self._scene.gaps.size - 1
        for page in reversed(self._pages):
            last_line = page.first_line + page.since.shape[1]
            while frame >= page.start:
                gap = min(gap, last_line)  # lines that were out of reach were left out
                reached = page.how[frame - page.start, gap - page.first_line]
                if reached == kernels.STAY:
                    frame -= 1
                elif reached == kernels.SKIPPED:
                    gap -= 1
                else:
                    entry = int(page.since[frame - page.start, gap - 1 - page.first_line])
                    found.append(Found(gap - 1, entry // 2, frame + 1))
                    frame = entry // 2 - 1
                    gap -= 1 - entry % 2
        return found[::-1]
