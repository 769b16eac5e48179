"""Rows of a manifest that are more than memory should hold: laid down on the drive as they come."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from threading import Lock
from typing import TypeAlias, Union

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audioset.storage.files import cannot_write

# Fewer are held in memory as they are: some 0.2 GB.
MOST_HELD_ROWS = 262_144
# Rows of a batch, of which some are held decoded while clips are taken one after the other.
BATCH_ROWS = 65_536
_BATCHES_HELD = 8

_numbers = count()


class LaidRows:
    """Rows in a file of Arrow batches; columns are read when they are asked for, as of a table.

    Args:
        path: of the file, which stays as it is.
        schema: of the rows.
        sizes: how many rows each batch has: to ask the file would be to read all of it.

    Attributes:
        path: of the file.
        schema: of the rows.
        num_rows: how many.
    """

    def __init__(self, path: Path, schema: pa.Schema, sizes: Sequence[int]) -> None:
        self.path = path
        self.schema = schema
        self._lock = Lock()
        self._held: OrderedDict[tuple[int, tuple[str, ...]], pa.RecordBatch] = OrderedDict()
        self._starts = np.cumsum([0, *sizes])
        self.num_rows = int(self._starts[-1])

    @property
    def starts(self) -> list[int]:
        """Give the place of the first row of each batch."""
        return [int(start) for start in self._starts[:-1]]

    def __getitem__(self, name: str) -> pa.ChunkedArray:
        """Read one column."""
        return self.select([name])[name]

    def select(self, columns: Sequence[str]) -> pa.Table:
        """Read some columns."""
        fields = [self.schema.field(name) for name in columns]
        schema = pa.schema(fields, self.schema.metadata)
        return pa.Table.from_batches(self.scan(columns), schema)

    def scan(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Stream the rows, some columns of them or all."""
        for number in range(len(self._starts) - 1):
            yield self._read(number, columns)

    def take(self, columns: Sequence[str], positions: NDArray[np.int64]) -> pa.Table:
        """Read some columns of some rows, in the order of their positions; threads may."""
        numbers = np.searchsorted(self._starts, positions, side="right") - 1
        parts = []
        for part in np.split(np.arange(len(positions)), np.flatnonzero(np.diff(numbers)) + 1):
            number = int(numbers[part[0]])
            places = positions[part] - self._starts[number]
            parts.append(self._batch(number, tuple(columns)).take(pa.array(places)))
        return pa.Table.from_batches(parts)

    def _batch(self, number: int, columns: tuple[str, ...]) -> pa.RecordBatch:
        with self._lock:
            found = self._held.pop((number, columns), None)
            if found is None:
                found = self._read(number, columns)
            self._held[number, columns] = found
            if len(self._held) > _BATCHES_HELD:
                self._held.popitem(last=False)
            return found

    def _read(self, number: int, columns: Sequence[str] | None) -> pa.RecordBatch:
        options = pa.ipc.IpcReadOptions()
        if columns is not None:
            options.included_fields = sorted(map(self.schema.get_field_index, columns))
        with pa.OSFile(str(self.path)) as file:
            batch = pa.ipc.open_file(file, options=options).get_batch(number)
        return batch if columns is None else batch.select(list(columns))


ManyRows: TypeAlias = Union[pa.Table, LaidRows]  # noqa: UP007  pa.Table is no type to mypy


def lay_rows(
    batches: Iterable[pa.RecordBatch],
    schema: pa.Schema,
    folder: Callable[[], Path],
    *,
    most_held: int | None = None,
    batch_rows: int | None = None,
) -> ManyRows:
    """Hold rows in memory while they are few, and lay them down on the drive where they are many.

    Args:
        batches: the rows, read once.
        schema: of them.
        folder: gives the folder of the file; only called where there is one.
        most_held: rows that are held in memory; `MOST_HELD_ROWS` when None.
        batch_rows: of a batch on the drive, some of which are held when rows are taken;
            `BATCH_ROWS` when None.

    Raises:
        StorageError: the disk is full, or the folder cannot be written.
    """
    stream = even_batches(batches, batch_rows or BATCH_ROWS)
    first: list[pa.RecordBatch] = []
    num_rows = 0
    for batch in stream:
        first.append(batch)
        num_rows += batch.num_rows
        if num_rows > (MOST_HELD_ROWS if most_held is None else most_held):
            break
    else:
        return pa.Table.from_batches(first, schema)
    path = folder() / f"{next(_numbers)}.arrow"
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    sizes = [len(batch) for batch in first]
    try:
        with pa.ipc.new_file(str(path), schema, options=options) as file:
            while first:
                file.write_batch(first.pop(0).cast(schema))
            for batch in stream:
                file.write_batch(batch.cast(schema))
                sizes.append(len(batch))
    except OSError as error:
        raise cannot_write(path.parent, error) from error
    return LaidRows(path, schema, sizes)


def scan_rows(rows: ManyRows, columns: Sequence[str] | None = None) -> Iterable[pa.RecordBatch]:
    """Stream rows, wherever they are: some columns of them, or all."""
    if isinstance(rows, LaidRows):
        return rows.scan(columns)
    batches: list[pa.RecordBatch] = (rows if columns is None else rows.select(columns)).to_batches(
        BATCH_ROWS
    )
    return batches


def take_rows(rows: ManyRows, columns: Sequence[str], positions: NDArray[np.int64]) -> pa.Table:
    """Give some columns of some rows, wherever they are."""
    if isinstance(rows, LaidRows):
        return rows.take(columns, positions)
    return rows.select(columns).take(pa.array(positions))


def keep_rows(rows: ManyRows, kept: NDArray[np.bool_]) -> ManyRows:
    """Give some of the rows, which lie beside where they lay.

    Raises:
        StorageError: as for `lay_rows`.
    """
    if not isinstance(rows, LaidRows):
        return rows.filter(pa.array(kept)).combine_chunks()
    starts = rows.starts
    batches = (
        batch.filter(pa.array(kept[start : start + len(batch)]))
        for start, batch in zip(starts, rows.scan(), strict=True)
    )
    return lay_rows(batches, rows.schema, lambda: rows.path.parent)


def even_batches(batches: Iterable[pa.RecordBatch], num_rows: int) -> Iterator[pa.RecordBatch]:
    """Divide rows anew, so that each batch but the last has so many."""
    waiting: list[pa.RecordBatch] = []
    num_waiting = 0
    for batch in filter(len, batches):
        start = 0
        while num_waiting + len(batch) - start >= num_rows:
            end = start + num_rows - num_waiting
            waiting.append(batch.slice(start, end - start))
            whole = _one(waiting)
            waiting, num_waiting, start = [], 0, end  # before it is given: a part is large
            yield whole
            del whole
        if start < len(batch):
            waiting.append(batch.slice(start))
            num_waiting += len(batch) - start
    if waiting:
        yield _one(waiting)


def divided(batches: Iterable[pa.RecordBatch], num_rows: int) -> Iterator[Iterator[pa.RecordBatch]]:
    """Divide a stream of rows into streams of so many; each is read to its end before the next."""
    rest: list[pa.RecordBatch] = []
    stream = filter(len, batches)

    def part() -> Iterator[pa.RecordBatch]:
        left = num_rows
        while left and (rest or _read_one(stream, rest)):
            batch = rest.pop()
            if len(batch) > left:
                rest.append(batch.slice(left))
                batch = batch.slice(0, left)
            left -= len(batch)
            yield batch

    while rest or _read_one(stream, rest):
        yield part()


def _read_one(stream: Iterator[pa.RecordBatch], into: list[pa.RecordBatch]) -> bool:
    into.extend(islice(stream, 1))
    return bool(into)


def _one(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    if len(batches) == 1:
        return batches[0]
    return pa.Table.from_batches(batches).combine_chunks().to_batches()[0]
