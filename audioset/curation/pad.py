"""Room around speech whose edges are exact: the found takes of lines.

Each edge moves out of the speech by the padding, but at most over half of the gap to the speech
next to it, and to the quietest point of what it may keep.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from audioset.curation.tape import Tape


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
        self.reach = round(pad_seconds * tape.rate)

    def snap(self, start: int, end: int) -> tuple[int, int]:
        """Give both edges of a clip, padded."""
        before = bisect_right(self._ends, start) - 1
        room = (start - self._ends[before]) // 2 if before >= 0 else start
        pad = min(self.reach, room)
        low = self._tape.quietest(start - pad, start - pad // 3) if pad else start
        after = bisect_left(self._starts, end)
        room = (self._starts[after] - end) // 2 if after < len(self._starts) else self.reach
        pad = min(self.reach, room)
        high = self._tape.quietest(end + pad // 3, end + pad) if pad else end
        return low, high
