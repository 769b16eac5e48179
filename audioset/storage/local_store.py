"""A folder of this machine as a store: files that appear whole, and locks between processes."""

import os
import shutil
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, ClassVar

import obstore.store

from audioset.errors import StorageError
from audioset.machine import read_at
from audioset.storage.base_store import COPY_BYTES, BaseStore
from audioset.storage.files import move_atomically, write_atomically
from audioset.storage.locks import locked
from audioset.storage.scratch import scratch_folder

if TYPE_CHECKING:
    from obstore.store import ObjectStore


class LocalStore(BaseStore):
    """A folder, which need not exist yet: until the first put it reads as empty.

    What it promises is said at `audioset.storage.store.Store`.

    Attributes:
        url: the absolute path of the folder.
    """

    is_local: ClassVar[bool] = True

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self._folder = folder
        self._opened: ObjectStore | None = None  # obstore opens only a folder that exists

    def get(self, key: str, *, most_bytes: int | None = None) -> bytes:
        """Get a whole object."""
        with self._translated(key), self._path(key).open("rb") as file:
            self._require_at_most(key, os.fstat(file.fileno()).st_size, most_bytes)
            return file.read()

    def put_new(self, key: str, data: bytes) -> None:
        """Put an object that must not exist; the file system lets one writer name it."""
        write_atomically(self._path(key), lambda file: file.write(data), exclusive=True)

    def replace(self, key: str, old: bytes, new: bytes) -> None:
        """Replace an object that still holds `old`, under a lock that all writers take."""
        path = self._path(key)
        with self._translated(key), locked(path.with_name(f".{path.name}.lock")):
            if path.read_bytes() != old:
                raise self._changed(key)
            write_atomically(path, lambda file: file.write(new))

    def scratch(self) -> AbstractContextManager[Path]:
        """Give a folder on the disk of the store, so that files can be moved into it."""
        return scratch_folder(self._folder)

    def _client(self) -> "ObjectStore":
        if self._opened is None:
            if not self._folder.is_dir():
                return obstore.store.MemoryStore()
            self._opened = obstore.store.LocalStore(self._folder)
        return self._opened

    def _is_hidden(self, key: str, /) -> bool:
        """Tell whether it is a half-written file, a lock, or in a scratch folder."""
        return any(part.startswith(".") for part in key.split("/"))

    def _read_ranges(
        self, key: str, ranges: Sequence[tuple[int, int]], _join_bytes: int, /
    ) -> list[bytes]:
        with self._path(key).open("rb") as file:
            return [read_at(file, offset, size) for offset, size in ranges]

    def _put(self, key: str, data: bytes | Path) -> None:
        write_atomically(self._path(key), lambda file: _copy(data, file))

    def _take(self, key: str, path: Path) -> None:
        move_atomically(path, self._path(key))

    def _path(self, key: str) -> Path:
        if ".." in PurePosixPath(key).parts or key.startswith("/"):
            raise StorageError(f"{key} is not a key of {self.url}")
        return self._folder / key


def _copy(data: bytes | Path, target: BinaryIO) -> None:
    if isinstance(data, bytes):
        target.write(data)
        return
    with data.open("rb") as source:
        shutil.copyfileobj(source, target, COPY_BYTES)
