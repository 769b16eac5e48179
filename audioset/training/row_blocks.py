"""Rows of a version that are too many to be held by every process that reads it.

Columns are read from the manifest when they are asked for. Single rows come from blocks of some
rows, on the drive: a group of rows of the manifest is divided into them when the first of its rows
is wanted, by one of the processes that share the folder.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from audioset.records.manifest import column_names, manifest_schema
from audioset.records.version import VersionRecord
from audioset.storage.arrays import as_indices, as_numbers, least_kind
from audioset.storage.files import cannot_write
from audioset.storage.filters import filter_rows, find_rows
from audioset.storage.locks import locked
from audioset.storage.store import Store
from audioset.versions.read.parts import ManifestParts, PartGroup

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Versions of no more rows are held, at some 0.7 kB each: two groups of rows of a manifest.
HELD_ROWS = 131_072
BLOCK_ROWS = 128  # of which one is some 40 kB on the drive
BLOCKS_HELD = 256  # as many as the clips that are fetched ahead may need; 25 MB in memory


def are_held(record: VersionRecord) -> bool:
    """Tell whether the rows of a version are so few that whoever reads it holds them."""
    return record.num_clips <= HELD_ROWS


class RowBlocks:
    """The rows of a version or view, as columns and as single rows; little of them is held.

    Args:
        blocks: of the version.
        chosen: positions in the version of the rows of a view, ascending; all when None.
        names: of the columns that `take` gives; the filled ones when None.

    Attributes:
        column_names: of all columns.
    """

    def __init__(
        self,
        blocks: "RowsOnDrive",
        chosen: "NDArray[Any] | None" = None,
        names: Sequence[str] | None = None,
    ) -> None:
        self.column_names = list(column_names())
        self._blocks = blocks
        self._chosen = chosen
        self._names = names

    @property
    def num_rows(self) -> int:
        """How many rows there are."""
        return self._blocks.num_rows if self._chosen is None else len(self._chosen)

    def column(self, name: str) -> pa.ChunkedArray:
        """Read one column."""
        return self.table([name]).column(name)

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Read columns, all when None."""
        names = self.column_names if columns is None else list(columns)
        return pa.Table.from_batches(self.batches(names), _schema_of(names))

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Stream columns."""
        return self._keep(self._blocks.parts.scan(columns))

    def places(self, column: str) -> Iterator[pa.RecordBatch]:
        """Stream where clips lie, and one more column; a place that no shard has is refused."""
        return self._keep(self._blocks.parts.scan_places([column]))

    def select(self, names: Sequence[str]) -> "RowBlocks":
        """Give the same rows, of which `take` gives these columns only."""
        return RowBlocks(self._blocks, self._chosen, names)

    def take(self, indices: pa.Array) -> pa.RecordBatch:
        """Give single rows.

        Raises:
            IndexError: there is no such row.
        """
        rows = as_numbers(indices)
        if self._chosen is not None:
            rows = self._chosen[rows]
        return self._blocks.take(rows, self._names)

    def where(self, condition: str) -> "RowBlocks":
        """Keep the rows for which a condition holds; see `audioset.storage.filters.find_rows`."""
        if not self.num_rows:
            filter_rows(manifest_schema().empty_table(), condition)
        found = find_rows(
            lambda names: map(_as_table, self.batches(names)), self.column_names, condition
        )
        chosen = found if self._chosen is None else self._chosen[found]
        return RowBlocks(self._blocks, chosen.astype(least_kind(self._blocks.num_rows)))

    def _keep(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        if self._chosen is None:
            yield from batches
            return
        start = 0
        for batch in batches:
            first, last = np.searchsorted(self._chosen, (start, start + batch.num_rows)).tolist()
            if last > first:
                yield batch.take(as_indices(self._chosen[first:last].astype(np.int64) - start))
            start += batch.num_rows


class RowsOnDrive:
    """Single rows of a version, from blocks on the drive; safe to share between threads.

    Attributes:
        parts: of the manifest of the version.
    """

    def __init__(self, store: Store, record: VersionRecord, folder: Callable[[], Path]) -> None:
        self.parts = ManifestParts(store, record, folder)
        self._folder = folder
        self._files: dict[int, pa.ipc.RecordBatchFileReader] = {}
        self._held: OrderedDict[tuple[int, int], pa.RecordBatch] = OrderedDict()
        self._lock = Lock()

    @cached_property
    def num_rows(self) -> int:
        """How many rows the manifest really has, which the record alone may overstate."""
        return sum(group.num_rows for group in self.parts.groups)

    def take(self, rows: "NDArray[Any]", names: Sequence[str] | None) -> pa.RecordBatch:
        """Give rows, each as often as it is asked for.

        Args:
            rows: their positions.
            names: of their columns; the filled ones when None.

        Raises:
            IndexError: there is no such row.
            IntegrityError: a part of the manifest is missing, or does not match its hash.
            StorageError: the store did not answer, or the drive is full.
        """
        schema = _schema_of(self.parts.filled if names is None else names)
        if not len(rows):
            return _conformed(schema.empty_table(), schema)
        if not 0 <= rows.min() <= rows.max() < self._starts[-1]:
            raise IndexError(f"there are {self._starts[-1]} rows; no such row: {rows.max()}")
        groups = np.searchsorted(self._starts, rows, "right") - 1
        inside = rows - self._starts[groups]
        places = list(zip(groups.tolist(), (inside // BLOCK_ROWS).tolist(), strict=True))
        wanted = sorted(set(places))
        with self._lock:
            blocks = [_conformed(self._block(*place), schema) for place in wanted]
        begins = np.cumsum([0, *(block.num_rows for block in blocks[:-1])]).tolist()
        begin_of = dict(zip(wanted, begins, strict=True))
        index = np.array([begin_of[place] for place in places]) + inside % BLOCK_ROWS
        (together,) = pa.Table.from_batches(blocks, schema).combine_chunks().to_batches()
        return together.take(as_indices(index))

    @cached_property
    def _starts(self) -> "NDArray[np.int64]":
        """Where each group of rows begins, and where the last ends."""
        return np.cumsum([0, *(group.num_rows for group in self.parts.groups)])

    def _block(self, group: int, number: int) -> pa.RecordBatch:
        key = (group, number)
        if key not in self._held:
            self._held[key] = self._file(group).get_batch(number)
            if len(self._held) > BLOCKS_HELD:
                self._held.popitem(last=False)
        self._held.move_to_end(key)
        return self._held[key]

    def _file(self, number: int) -> pa.ipc.RecordBatchFileReader:
        if number not in self._files:
            group = self.parts.groups[number]
            path = self._folder() / f"{group.file.stem}-{group.number:06d}.arrow"
            try:
                with locked(path.with_suffix(".lock")):
                    if not path.exists():
                        self._divide(group, path)
                self._files[number] = pa.ipc.open_file(pa.OSFile(str(path)), options=_READ)
            except OSError as error:
                raise cannot_write(path, error) from error
        return self._files[number]

    def _divide(self, group: PartGroup, path: Path) -> None:
        """Write a group of rows in blocks; the file appears when it is whole."""
        table = self.parts.read_group(group)
        made = path.with_suffix(".part")
        with pa.ipc.new_file(str(made), table.schema, options=_WRITE) as writer:
            for block in table.to_batches(BLOCK_ROWS):
                writer.write_batch(block)
        made.replace(path)


_WRITE = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
_READ = pa.ipc.IpcReadOptions(use_threads=False)


def _conformed(rows: Any, schema: pa.Schema) -> pa.RecordBatch:
    """Give some columns of rows; one that no row of the version has a value of is null."""
    columns = [
        rows.column(field.name)
        if rows.num_rows and field.name in rows.schema.names
        else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _schema_of(names: Sequence[str]) -> pa.Schema:
    schema = manifest_schema()
    return pa.schema([schema.field(name) for name in names], schema.metadata)


def _as_table(batch: pa.RecordBatch) -> pa.Table:
    return pa.Table.from_batches([batch])
