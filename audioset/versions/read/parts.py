"""The manifest of a version as files, read by columns or by groups of rows, and never held."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from audioset.errors import IntegrityError, NotFoundError
from audioset.records.manifest import column_names
from audioset.records.version import ContentObject, VersionRecord
from audioset.storage.files import write_atomically
from audioset.storage.locks import locked
from audioset.storage.store import Store
from audioset.storage.tables import RowGroups, read_row_group, read_row_groups, scan_encoded
from audioset.versions.layout import manifest_key
from audioset.versions.read.believed import require_count, require_places

_PLACES = ("clip_id", "shard_sha256", "offset_bytes", "size_bytes")


class PartGroup(NamedTuple):
    """One group of rows: the file that holds it, its number there, and its rows."""

    file: Path
    number: int
    num_rows: int


class ManifestParts:
    """The manifest of a version; each part is checked against its hash once, before it is read.

    The parts of a local store are read where they lie; those of another are fetched first.

    Args:
        store: that holds the version.
        record: of the version.
        folder: gives the folder for what is fetched; processes may share it.
    """

    def __init__(self, store: Store, record: VersionRecord, folder: Callable[[], Path]) -> None:
        self._store = store
        self._record = record
        self._folder = folder

    @property
    def _name(self) -> str:
        return f"the manifest of {self._record.ref}"

    def scan(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Stream columns of all rows, in the order of their clip ids.

        Raises:
            IntegrityError: a part is missing, or does not match its hash, or there are more or
                fewer rows than the record states.
            StorageError: the store did not answer, or the folder cannot be written.
        """
        for file in dict.fromkeys(group.file for group in self.groups):
            yield from scan_encoded(file, self._name, columns)

    def scan_places(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Stream columns, and require that every row points into a shard of the record.

        Raises:
            IntegrityError: as `scan`, or a row does not.
        """
        for batch in self.scan(list(dict.fromkeys([*_PLACES, *columns]))):
            require_places(self._record, pa.Table.from_batches([batch]))
            yield batch

    @cached_property
    def groups(self) -> list[PartGroup]:
        """All groups of rows, in order; errors are those of `scan`."""
        return [
            PartGroup(file, number, num_rows)
            for file, told in zip(self._files, self._told, strict=True)
            for number, num_rows in enumerate(told.num_rows)
        ]

    @cached_property
    def filled(self) -> list[str]:
        """The columns of which any row has a value, in order."""
        empty = frozenset(column_names()).intersection(*(told.empty for told in self._told))
        return [name for name in column_names() if name not in empty]

    def read_group(self, group: PartGroup) -> pa.Table:
        """Read the filled columns of one group of rows."""
        return read_row_group(group.file, self._name, group.number, self.filled)

    @cached_property
    def _told(self) -> list[RowGroups]:
        found = [read_row_groups(file, self._name) for file in self._files]
        require_count(self._record, sum(sum(told.num_rows) for told in found))
        return found

    @cached_property
    def _files(self) -> list[Path]:
        return [self._file(part) for part in self._record.manifests]

    def _file(self, part: ContentObject) -> Path:
        if self._store.is_local:
            return local_part(self._store, self._record, part)
        path = self._folder() / f"{part.sha256}.parquet"
        with locked(path.with_suffix(".lock")):
            if not path.exists():
                blocks = _checked(self._store, self._record, part)
                write_atomically(path, lambda file: file.writelines(blocks))
        return path


def local_part(store: Store, record: VersionRecord, part: ContentObject) -> Path:
    """Give the file of a part in a store on this machine, held against its hash.

    Raises:
        IntegrityError: it is missing, or has another hash.
        StorageError: it cannot be read.
    """
    deque(_checked(store, record, part), maxlen=0)
    return Path(store.url) / manifest_key(record.dataset, part.sha256)


def _checked(store: Store, record: VersionRecord, part: ContentObject) -> Iterator[bytes]:
    """Give the bytes of a part; raises behind the last when they have another hash."""
    found, size_bytes = hashlib.sha256(), 0
    try:
        for block in store.get_blocks(manifest_key(record.dataset, part.sha256)):
            size_bytes += len(block)
            if size_bytes > part.size_bytes:  # it must not fill the disk
                break
            found.update(block)
            yield block
    except NotFoundError as error:
        raise IntegrityError(f"{record.ref} is damaged: its manifest is missing") from error
    if size_bytes > part.size_bytes or found.hexdigest() != part.sha256:
        raise IntegrityError(f"{record.ref} is damaged: its manifest does not match its hash")
