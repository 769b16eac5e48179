"""Numbers go between numpy and Arrow as they are."""

import numpy as np
import pyarrow as pa
import pytest

from audioset.storage.arrays import as_indices, as_numbers, fill_null


@pytest.mark.parametrize("positions", [[3, 0, -1], np.array([3, 0, -1], np.int32), []])
def test_positions_become_whole_numbers_of_64_bits(positions: list[int]) -> None:
    made = as_indices(positions)
    assert (made.type, made.to_pylist()) == (pa.int64(), list(positions))
    assert as_indices(np.arange(6)[::2]).to_pylist() == [0, 2, 4]


@pytest.mark.parametrize(
    ("values", "arrow", "filled"),
    [
        ([1, None], pa.int16(), [1, 0]),
        ([None, 2**40], pa.int64(), [0, 2**40]),
        ([1.5, None], pa.float32(), [1.5, 0.0]),
        ([None, -2.5], pa.float64(), [0.0, -2.5]),
        ([True, None], pa.bool_(), [True, False]),
        (["ä", None, "b"], pa.string(), ["ä", "", "b"]),
    ],
)
def test_nulls_become_nothing_of_their_kind(
    values: list[object], arrow: pa.DataType, filled: list[object]
) -> None:
    made = fill_null(pa.array(values, arrow))
    assert (made.type, made.null_count, made.to_pylist()) == (arrow, 0, filled)


def test_an_array_without_nulls_stays_itself() -> None:
    array = pa.array(["a"])
    assert fill_null(array) is array


def test_a_column_of_several_chunks_is_one_row_of_numbers() -> None:
    for column in (pa.chunked_array([[1.5], [2.5, 3.5]]), pa.array([1.5, 2.5, 3.5])):
        numbers = as_numbers(column)
        assert (numbers.dtype, numbers.tolist()) == (np.float64, [1.5, 2.5, 3.5])
