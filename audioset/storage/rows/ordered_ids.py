"""Where ids stand in a long ascending list of ids, without a hash of all of them.

A hash of twenty million ids takes gigabytes. Ids that are asked for together are mostly those of a
few sources, which stand together in the list: only this stretch of it is looked at.
"""

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A stretch this many times as long as what is looked for in it is halved, id after id.
_MOST_TIMES = 64
_ALWAYS_HASHED = 65_536


class OrderedIds:
    """A list of ids that strictly ascend.

    Args:
        ids: string, without nulls; in any number of chunks, since one holds at most 2 GB.
    """

    def __init__(self, ids: pa.Array | pa.ChunkedArray) -> None:
        self._ids = ids

    def __len__(self) -> int:
        """How many ids."""
        return len(self._ids)

    def places(self, wanted: pa.Array) -> "NDArray[np.int64]":
        """Give the place of each id in the list, -1 where it is not there, shape (wanted,)."""
        if not len(wanted) or not len(self._ids):
            return np.full(len(wanted), -1, np.int64)
        span = pc.min_max(wanted).as_py()
        start = self._first(span["min"], 0)
        end = bisect_right(self._ids, span["max"], start, key=_text)
        if end - start > max(_ALWAYS_HASHED, _MOST_TIMES * len(wanted)):
            return self._halved(wanted, start, end)
        part = self._ids.slice(start, end - start)
        found = pc.fill_null(pc.index_in(wanted, value_set=part), -1)
        places = np.asarray(found).astype(np.int64)
        return np.where(places >= 0, places + start, -1)

    def _halved(self, wanted: pa.Array, start: int, end: int) -> "NDArray[np.int64]":
        places = np.full(len(wanted), -1, np.int64)
        for number, text in enumerate(wanted.to_pylist()):
            place = self._first(text, start, end)
            if place < end and self._ids[place].as_py() == text:
                places[number] = place
        return places

    def _first(self, text: str, start: int, end: int | None = None) -> int:
        return bisect_left(self._ids, text, start, end, key=_text)


def _text(scalar: pa.StringScalar) -> str:
    return str(scalar.as_py())
