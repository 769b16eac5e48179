"""The rows of a published version as files, so that it is reviewed as a workspace is.

Nothing of its audio is fetched: that is read by range when it is heard.
"""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from audioset.records.identity import VersionRef
from audioset.settings import manifests_dir_of
from audioset.storage.tables import write_manifest

# Rows of one file: a row is read with those beside it.
_ROWS_AT_ONCE = 2048


def spool_version(batches: Iterable[pa.RecordBatch], ref: VersionRef, folder: Path) -> None:
    """Write the rows of a version as manifests of a folder, whole sources at a time.

    Args:
        batches: all columns, in the order of the clip ids.
        ref: the version, for the names of the files.
        folder: is made as a workspace's.

    Raises:
        StorageError: the disk is full.
    """
    manifests_dir = manifests_dir_of(folder)
    write = _SpoolWriter(manifests_dir, str(ref).replace("@", "-"))
    waiting: list[pa.Table] = []
    for batch in batches:
        table = pa.Table.from_batches([batch])
        for start, end in _runs(table["source_id"].to_pylist()):
            stretch = table.slice(start, end - start)
            num_waiting = sum(part.num_rows for part in waiting)
            begins_source = waiting and not _same_source(waiting[-1], stretch)
            if num_waiting >= _ROWS_AT_ONCE and begins_source:
                write(waiting)
                waiting = []
            waiting.append(stretch)
    if waiting:
        write(waiting)


class _SpoolWriter:
    def __init__(self, manifests_dir: Path, name: str) -> None:
        self._manifests_dir, self._name, self._count = manifests_dir, name, 0

    def __call__(self, tables: list[pa.Table]) -> None:
        path = self._manifests_dir / f"{self._name}-{self._count:06d}.parquet"
        write_manifest(path, pa.concat_tables(tables))
        self._count += 1


def _runs(values: list[str]) -> list[tuple[int, int]]:
    """Give where stretches of equal values begin and end."""
    starts = [k for k in range(len(values)) if k == 0 or values[k] != values[k - 1]]
    return list(zip(starts, [*starts[1:], len(values)], strict=True))


def _same_source(one: pa.Table, other: pa.Table) -> bool:
    return bool(one["source_id"][-1].as_py() == other["source_id"][0].as_py())
