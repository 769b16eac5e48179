"""Which added clip is a removed one, cut anew: they share sound of the same source."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

PLACE_COLUMNS = ("source_sha256", "track", "channel", "start_sample", "end_sample")


def pair_recut(removed: pa.Table, added: pa.Table) -> list[tuple[int, int]]:
    """Pair removed clips with added ones of the same source, track and channel.

    A pair shares at least half of the shorter clip. Every clip is in one pair at most: the pairs
    that share the most come first.

    Args:
        removed, added: have `PLACE_COLUMNS`.

    Returns:
        (row of `removed`, row of `added`) of each pair, by the row of `removed`.
    """
    if not removed.num_rows or not added.num_rows:
        return []
    starts, ends = _places(pa.concat_tables([removed, added]))
    ours, theirs = slice(removed.num_rows), slice(removed.num_rows, None)
    old, new = _candidates(starts[ours], ends[ours], starts[theirs], ends[theirs])
    first, second = old, new + removed.num_rows
    shared = np.minimum(ends[first], ends[second]) - np.maximum(starts[first], starts[second])
    shorter = np.minimum(ends[first] - starts[first], ends[second] - starts[second])
    kept = np.flatnonzero((shared > 0) & (2 * shared >= shorter))
    order = kept[np.lexsort((new[kept], old[kept], -shared[kept]))]
    return sorted(_choose(old[order].tolist(), new[order].tolist()))


def _places(rows: pa.Table) -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    """Lay all sources, tracks and channels on one line, one after the other; gives the edges."""
    tape = pc.binary_join_element_wise(
        rows["source_sha256"],
        pc.cast(pc.fill_null(rows["track"], 1), pa.string()),
        pc.cast(pc.fill_null(rows["channel"], 0), pa.string()),
        "/",
    )
    number = tape.combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    start, end = rows["start_sample"].to_numpy(), rows["end_sample"].to_numpy()
    room = int(end.max()) + 1
    return number * room + start, number * room + end


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


def _choose(old: list[int], new: list[int]) -> list[tuple[int, int]]:
    taken_old: set[int] = set()
    taken_new: set[int] = set()
    pairs = []
    for first, second in zip(old, new, strict=True):
        if first not in taken_old and second not in taken_new:
            taken_old.add(first)
            taken_new.add(second)
            pairs.append((first, second))
    return pairs
