"""Rows that were read once and of which few are looked at again: in a file meanwhile."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import pyarrow as pa

from audioset.storage.scratch import ScratchFile


class ScannedRows:
    """Rows by number; memory holds nothing of them. First all are added, then they are read.

    Every method raises StorageError where the disk of temporary files is full.
    """

    def __init__(self) -> None:
        self._file = ScratchFile()
        self._schema: pa.Schema | None = None
        self._firsts: list[int] = []  # number of the first row of each batch
        self._places: list[tuple[int, int]] = []  # start and size of each batch, in bytes
        self._num_rows = 0

    def __len__(self) -> int:
        """How many there are."""
        return self._num_rows

    def add(self, batch: pa.RecordBatch) -> None:
        """Keep rows, all batches with the same columns."""
        self._schema = batch.schema
        packed = batch.serialize()
        self._places.append((self._file.append(memoryview(packed)), packed.size))
        self._firsts.append(self._num_rows)
        self._num_rows += len(batch)

    def read(self, numbers: Iterable[int]) -> Iterator[tuple[int, dict[str, Any]]]:
        """Give some rows with their numbers, each once, in order."""
        wanted = sorted(set(numbers))
        for batch, some in groupby(wanted, lambda number: bisect_right(self._firsts, number) - 1):
            of_batch = list(some)
            packed = self._file.read(*self._places[batch])
            rows = pa.ipc.read_record_batch(pa.py_buffer(packed), self._schema)
            places = pa.array([number - self._firsts[batch] for number in of_batch], pa.int64())
            yield from zip(of_batch, rows.take(places).to_pylist(), strict=True)

    def close(self) -> None:
        """Remove the file."""
        self._file.close()
