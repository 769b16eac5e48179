"""In which rows two columns differ, by what they say: as the digest sees it."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.storage.arrays import as_booleans, fill_null

if TYPE_CHECKING:
    from numpy.typing import NDArray


def differing_rows(before: pa.Array, after: pa.Array) -> "NDArray[np.bool_]":
    """Tell for each row whether two columns of the same type and length differ there.

    Null equals null and NaN equals NaN; a map equals another with the same pairs in any order, and
    an empty map is null.

    Returns:
        bool, shape (num_rows,).
    """
    if before.equals(after):
        return np.zeros(len(before), bool)
    if pa.types.is_map(before.type):
        return _differing_maps(before, after)
    same = _true(pc.equal(before, after)) | (_true(pc.is_null(before)) & _true(pc.is_null(after)))
    if pa.types.is_floating(before.type):
        same |= _true(pc.is_nan(before)) & _true(pc.is_nan(after))
    return ~same


def _differing_maps(before: pa.MapArray, after: pa.MapArray) -> "NDArray[np.bool_]":
    starts, lengths = _extents(before)
    other_starts, other_lengths = _extents(after)
    differs: NDArray[np.bool_] = lengths != other_lengths
    alike = np.flatnonzero(~differs & (lengths > 0))
    ours = _entries(starts[alike], lengths[alike])
    theirs = _entries(other_starts[alike], lengths[alike])
    equal = np.ones(len(ours), bool)
    for column in ("keys", "items"):
        found = getattr(before, column).take(ours), getattr(after, column).take(theirs)
        equal &= _true(pc.equal(*found))
    suspects = np.unique(np.repeat(alike, lengths[alike])[~equal])
    # Only now row by row: the same pairs may stand in another order.
    for row in suspects.tolist():
        differs[row] = dict(before[row].as_py()) != dict(after[row].as_py())
    return differs


def _extents(maps: pa.MapArray) -> "tuple[NDArray[Any], NDArray[Any]]":
    """Give where the pairs of each row start, and how many they are; null has none."""
    offsets = np.asarray(maps.offsets)
    return offsets[:-1], np.diff(offsets) * _true(maps.is_valid())


def _entries(starts: "NDArray[Any]", lengths: "NDArray[Any]") -> "NDArray[Any]":
    """Give the positions of all pairs of the rows, one row after the other."""
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(int(lengths.sum()))


def _true(values: pa.Array) -> "NDArray[np.bool_]":
    """Give a bool array, null as False."""
    return as_booleans(fill_null(values))
