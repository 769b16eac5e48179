"""Which of millions of ids were seen: 8 bytes each, not a Python object."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

_HELD = 50_000  # ids that wait to be sorted in


class SeenIds:
    """A set of numbers of 64 bits that only grows."""

    def __init__(self, numbers: "NDArray[np.uint64] | None" = None) -> None:
        start = np.empty(0, np.uint64) if numbers is None else numbers
        self._sorted: NDArray[np.uint64] = np.unique(start)
        self._new: set[int] = set()

    def add(self, number: int) -> bool:
        """Add a number; tells whether it is new."""
        if number in self:
            return False
        self._new.add(number)
        if len(self._new) >= _HELD:
            self._sort_in()
        return True

    def add_all(self, numbers: Iterable[int]) -> None:
        """Add many."""
        for number in numbers:
            self.add(number)

    def __contains__(self, number: int) -> bool:
        if number in self._new:
            return True
        place = int(np.searchsorted(self._sorted, np.uint64(number)))
        return place < self._sorted.size and int(self._sorted[place]) == number

    def __len__(self) -> int:
        return int(self._sorted.size) + len(self._new)

    def _sort_in(self) -> None:
        new = np.fromiter(self._new, np.uint64, len(self._new))
        self._sorted = np.union1d(self._sorted, new)
        self._new.clear()
