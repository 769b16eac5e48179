"""Room around the found takes of lines, whose edges are those of the speech that was recognised.

What is recognised are the clear sounds: the hiss that begins or ends a word may lie outside. So
each edge is first widened over frames that are nearly as loud as the speech, then padded; but at
most over half of the gap to the speech next to it, and to the quietest point of the padding.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from audioset.curation.cut.edges.tape import Tape
from audioset.curation.cut.edges.widen import WIDEN_FRAMES, count_loud, nearly_as_loud

_LOOK_FRAMES = WIDEN_FRAMES + 7  # the noise is heard in what lies beside them


class Padder:
    """Pads edges on one tape.

    Attributes:
        reach: how many samples of the tape around an edge are looked at.
    """

    def __init__(
        self, speech: Iterable[tuple[float, float]], pad_seconds: float, tape: Tape
    ) -> None:
        """Take all speech of the source that is known, in seconds, in any order."""
        self._tape = tape
        known = [(round(start * tape.rate), round(end * tape.rate)) for start, end in speech]
        self._starts = sorted(start for start, _ in known)
        self._ends = sorted(end for _, end in known)
        self._pad = round(pad_seconds * tape.rate)
        self.reach = self._pad + tape.sample_of(_LOOK_FRAMES + 2)

    def move(self, start: int, end: int) -> tuple[int, int]:
        """Give both edges of a clip, widened and padded."""
        tape = self._tape
        levels_db = tape.frames_within(start, end).levels_db
        nearly_db = nearly_as_loud(levels_db)
        first, after = tape.frame_of(start), tape.frame_of(end - 1) + 1
        before = tape.frames(max(0, first - _LOOK_FRAMES), first).levels_db[::-1]
        behind = tape.frames(after, after + _LOOK_FRAMES).levels_db
        lowest, highest = self._limits(start, end)
        first -= count_loud(before, nearly_db, WIDEN_FRAMES)
        after += count_loud(behind, nearly_db, WIDEN_FRAMES)
        return self._start(start, lowest, first), self._end(end, highest, after)

    def _limits(self, start: int, end: int) -> tuple[int, int]:
        """Give how far both edges may move: half of the way to what is said before and after."""
        before = bisect_right(self._ends, start) - 1
        after = bisect_left(self._starts, end)
        lowest = (self._ends[before] + start + 1) // 2 if before >= 0 else 0
        if after == len(self._starts):
            return lowest, self._tape.sound_end
        return lowest, (self._starts[after] + end) // 2

    def _start(self, start: int, lowest: int, frame: int) -> int:
        start = max(lowest, min(start, self._tape.sample_of(frame)))
        pad = min(self._pad, start - lowest)
        return self._tape.quietest(start - pad, start - pad // 3) if pad else start

    def _end(self, end: int, highest: int, frame: int) -> int:
        end = min(highest, max(end, self._tape.sample_of(frame)))
        pad = min(self._pad, highest - end)
        return self._tape.quietest(end + pad // 3, end + pad) if pad else end
