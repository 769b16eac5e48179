"""The changes of a plan of splits, held as columns."""

import numpy as np
import pyarrow as pa
import pytest

from audioset.records.split_changes import SplitChange, SplitChanges

CHANGES = SplitChanges(
    pa.array(["a", "b", "c"]),
    np.array([-1, 0, 2], np.int8),
    np.array([1, 2, -1], np.int8),
    ("train", "validation", "test"),
)
WANTED = [
    SplitChange(clip_id="a", before=None, after="validation"),
    SplitChange(clip_id="b", before="train", after="test"),
    SplitChange(clip_id="c", before="test", after=None),
]


def test_they_are_read_like_a_tuple_of_records() -> None:
    assert list(CHANGES) == WANTED == CHANGES[:]
    assert (CHANGES[0], CHANGES[-1], CHANGES[1:]) == (WANTED[0], WANTED[2], WANTED[1:])
    assert (len(CHANGES), tuple(WANTED) == CHANGES, CHANGES == ()) == (3, True, False)
    with pytest.raises(IndexError):
        CHANGES[3]
    some = CHANGES.where(np.array([True, False, True]))
    assert list(some) == [WANTED[0], WANTED[2]]
    assert list(some.parts()) == [{"a": "validation", "c": None}]
