"""Which added clip is a removed one, cut anew: they share sound of the same source."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

PLACE_COLUMNS = ("source_sha256", "track", "channel", "start_sample", "end_sample")

_PAIRS_AT_ONCE = 65_536


class CutPlaces:
    """Where clips lie in their sources, as numbers: 24 bytes a clip.

    Args:
        tapes: numbers of sources, tracks and channels, shared by those that are compared.
    """

    def __init__(self, tapes: dict[str, int]) -> None:
        self._tapes = tapes
        self._parts: list[tuple[NDArray[np.int64], ...]] = []

    def add(self, rows: pa.RecordBatch) -> None:
        """Take clips, which have `PLACE_COLUMNS`."""
        if not rows.num_rows:
            return
        tape = pc.binary_join_element_wise(
            rows["source_sha256"],
            pc.cast(pc.fill_null(rows["track"], 1), pa.string()),
            pc.cast(pc.fill_null(rows["channel"], 0), pa.string()),
            "/",
        ).dictionary_encode()
        names = tape.dictionary.to_pylist()
        numbers = np.array([self._tapes.setdefault(name, len(self._tapes)) for name in names])
        edges = (rows["start_sample"].to_numpy(), rows["end_sample"].to_numpy())
        # Copied, since a view would hold all columns of the batch.
        self._parts.append((numbers[tape.indices.to_numpy()], *(edge.copy() for edge in edges)))

    def columns(self) -> "tuple[NDArray[np.int64], ...]":
        """Give number of the tape, first sample and end of each clip."""
        if not self._parts:
            return (np.zeros(0, np.int64),) * 3
        return tuple(np.concatenate(part) for part in zip(*self._parts, strict=True))


def pair_recut(removed: CutPlaces, added: CutPlaces) -> "NDArray[np.int64]":
    """Pair removed clips with added ones of the same source, track and channel.

    A pair shares at least half of the shorter clip. Every clip is in one pair at most: the pairs
    that share the most come first.

    Args:
        removed, added: of the same tapes.

    Returns:
        row of `removed` and row of `added` of each pair, by the row of `removed`, shape (pairs, 2).
    """
    (tape, start, end), (other_tape, other_start, other_end) = removed.columns(), added.columns()
    if not len(tape) or not len(other_tape):
        return np.zeros((0, 2), np.int64)
    # All tapes are laid on one line, one after the other.
    room = max(int(end.max()), int(other_end.max())) + 1
    starts, ends = tape * room + start, tape * room + end
    other_starts, other_ends = other_tape * room + other_start, other_tape * room + other_end
    old, new = _candidates(starts, ends, other_starts, other_ends)
    shared = np.minimum(ends[old], other_ends[new]) - np.maximum(starts[old], other_starts[new])
    shorter = np.minimum(ends[old] - starts[old], other_ends[new] - other_starts[new])
    kept = np.flatnonzero((shared > 0) & (2 * shared >= shorter))
    order = kept[np.lexsort((new[kept], old[kept], -shared[kept]))]
    chosen = order[_choose(old[order], new[order], len(starts), len(other_starts))]
    by_row = chosen[np.argsort(old[chosen])]  # each is in one pair
    return np.column_stack([old[by_row], new[by_row]])


def _candidates(
    starts: "NDArray[np.int64]",
    ends: "NDArray[np.int64]",
    other_starts: "NDArray[np.int64]",
    other_ends: "NDArray[np.int64]",
) -> "tuple[NDArray[Any], NDArray[Any]]":
    """Give the pairs of rows that may overlap; all that do are among them."""
    order = np.argsort(other_starts, kind="stable")
    # No clip up to here ends later than this; so all before the first that does lie to the left.
    latest_end = np.maximum.accumulate(other_ends[order])
    low = np.searchsorted(latest_end, starts, side="right")
    high = np.searchsorted(other_starts[order], ends, side="left")
    counts = np.maximum(high - low, 0)
    rows = np.repeat(np.arange(len(starts)), counts)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return rows, order[low[rows] + within]


def _choose(
    old: "NDArray[np.int64]", new: "NDArray[np.int64]", num_old: int, num_new: int
) -> "NDArray[np.bool_]":
    """Tell of each pair whether it is the first with both its clips."""
    taken_old, taken_new = bytearray(num_old), bytearray(num_new)
    chosen = bytearray(len(old))
    for place, (first, second) in enumerate(_pairs(old, new)):
        if not taken_old[first] and not taken_new[second]:
            taken_old[first] = taken_new[second] = chosen[place] = 1
    return np.frombuffer(chosen, np.uint8).astype(bool)


def _pairs(old: "NDArray[np.int64]", new: "NDArray[np.int64]") -> Iterator[tuple[int, int]]:
    for start in range(0, len(old), _PAIRS_AT_ONCE):
        part = slice(start, start + _PAIRS_AT_ONCE)
        yield from zip(old[part].tolist(), new[part].tolist(), strict=True)
