"""Many lists of rows in little memory: the batches of an epoch, or its groups."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from audioset.storage.arrays import least_kind

if TYPE_CHECKING:
    from numpy.typing import NDArray


class RowLists(Sequence[list[int]]):
    """Lists of whole numbers, each made when it is asked for. A part of them shares the memory.

    Args:
        numbers: of all lists, one list after the other.
        starts: where each list begins in `numbers`, and where the last ends.
        chosen: which of the lists these are; all when None.
    """

    def __init__(
        self, numbers: "NDArray[Any]", starts: "NDArray[Any]", chosen: range | None = None
    ) -> None:
        self._numbers = numbers
        self._starts = starts
        self._chosen = range(len(starts) - 1) if chosen is None else chosen

    @classmethod
    def of(cls, lists: "Iterable[NDArray[np.int64]]", rows: "NDArray[np.int64]") -> "RowLists":
        """Make lists of rows, of arrays of places among them."""
        arrays = list(lists)
        starts = np.cumsum([0, *map(len, arrays)])
        places = np.empty(starts[-1], least_kind(int(rows.max(initial=0)) + 1))
        if arrays:
            np.concatenate(arrays, out=places, casting="same_kind")
        return cls.cut(places, starts, rows)

    @classmethod
    def cut(
        cls, places: "NDArray[Any]", starts: "NDArray[np.int64]", rows: "NDArray[np.int64]"
    ) -> "RowLists":
        """Make lists of rows, of their places in one array and of where each list begins in it."""
        return cls(rows.astype(least_kind(int(rows.max(initial=0)) + 1))[places], starts)

    def __len__(self) -> int:
        return len(self._chosen)

    def __eq__(self, other: object) -> bool:
        """Tell whether other lists, of any kind, are the same."""
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as that of a list

    @overload
    def __getitem__(self, place: int) -> list[int]: ...

    @overload
    def __getitem__(self, place: slice) -> "RowLists": ...

    def __getitem__(self, place: int | slice) -> "list[int] | RowLists":
        if isinstance(place, slice):
            return RowLists(self._numbers, self._starts, self._chosen[place])
        number = self._chosen[place]
        found: list[int] = self._numbers[self._starts[number] : self._starts[number + 1]].tolist()
        return found


def flat(lists: Iterable[Sequence[int]]) -> "NDArray[np.int64]":
    """Give the numbers of all lists, one list after the other."""
    return np.fromiter(chain.from_iterable(lists), np.int64)
