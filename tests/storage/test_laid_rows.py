"""Rows that are laid down on the drive are read as those of a table."""

from itertools import count
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from audioset.errors import StorageError
from audioset.storage.rows import laid_rows
from audioset.storage.rows.laid_rows import (
    LaidRows,
    divided,
    even_batches,
    keep_rows,
    lay_rows,
    scan_rows,
    take_rows,
)

TABLE = pa.table(
    {
        "clip_id": [f"clip-{number:02d}" for number in range(23)],
        "text": [None if number % 3 else f"é{number}" for number in range(23)],
        "extra": pa.array(
            [[("room", "hall")]] * 11 + [None] * 12, pa.map_(pa.string(), pa.string())
        ),
        "length": np.arange(23) / 7,
    }
)


@pytest.fixture
def laid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LaidRows:
    monkeypatch.setattr(laid_rows, "MOST_HELD_ROWS", 9)
    monkeypatch.setattr(laid_rows, "BATCH_ROWS", 4)
    made = lay_rows(TABLE.to_batches(7), TABLE.schema, lambda: tmp_path)
    assert isinstance(made, LaidRows)
    return made


def test_they_are_those_of_the_table(laid: LaidRows) -> None:
    assert (laid.num_rows, laid.schema) == (23, TABLE.schema)
    assert [len(batch) for batch in laid.scan()] == [4, 4, 4, 4, 4, 3]
    assert pa.Table.from_batches(scan_rows(laid)).equals(TABLE)
    assert laid["text"].equals(TABLE["text"])
    assert laid.select(["length", "clip_id"]).equals(TABLE.select(["length", "clip_id"]))


@pytest.mark.parametrize("positions", [[0], [22, 3, 4, 3], list(range(23)), [7, 8]])
def test_some_are_taken_in_the_given_order(laid: LaidRows, positions: list[int]) -> None:
    columns = ("text", "clip_id")
    found = take_rows(laid, columns, np.array(positions))
    assert found.equals(take_rows(TABLE, columns, np.array(positions)))


def test_some_are_kept(laid: LaidRows, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = np.arange(23) % 5 > 0
    still_many = keep_rows(laid, kept)
    assert isinstance(still_many, LaidRows)
    monkeypatch.setattr(laid_rows, "MOST_HELD_ROWS", 100)
    for rows in (still_many, keep_rows(laid, kept), keep_rows(TABLE, kept)):
        assert pa.Table.from_batches(scan_rows(rows)).equals(TABLE.filter(pa.array(kept)))


def test_few_rows_need_no_folder() -> None:
    def no_folder() -> Path:
        raise AssertionError

    assert lay_rows(TABLE.to_batches(7), TABLE.schema, no_folder).equals(TABLE)
    assert lay_rows([], TABLE.schema, no_folder).num_rows == 0


@pytest.mark.parametrize("size", [1, 4, 7, 23, 40])
def test_batches_are_divided_anew(size: int) -> None:
    batches = list(even_batches(TABLE.to_batches(5), size))
    assert [len(batch) for batch in batches[:-1]] == [size] * (len(batches) - 1)
    assert pa.Table.from_batches(batches).equals(TABLE)


@pytest.mark.parametrize("size", [1, 4, 7, 23, 40])
def test_a_stream_is_divided_into_streams(size: int) -> None:
    empty = TABLE.slice(0, 0).to_batches() or [pa.RecordBatch.from_pylist([], schema=TABLE.schema)]
    parts = [list(part) for part in divided([*empty, *TABLE.to_batches(5), *empty], size)]
    sizes = [sum(map(len, part)) for part in parts]
    assert sizes[:-1] == [size] * (len(sizes) - 1)
    assert 0 < sizes[-1] <= size
    assert pa.Table.from_batches([batch for part in parts for batch in part]).equals(TABLE)
    assert list(divided(empty, size)) == []


def test_a_full_drive_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laid_rows, "MOST_HELD_ROWS", 9)
    (tmp_path / "0.arrow").symlink_to("/dev/full")
    monkeypatch.setattr(laid_rows, "_numbers", count())
    with pytest.raises(StorageError, match="is full; make room there"):
        lay_rows(TABLE.to_batches(7), TABLE.schema, lambda: tmp_path)
