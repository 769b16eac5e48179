"""SyncedFolder: what is fetched of object storage, and sent back file by file, on condition."""

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

from audioset.errors import ConflictError, NotFoundError
from audioset.storage.files import replace_file, write_atomically
from audioset.storage.store import open_store
from audioset.storage.synced.marks import MARK

if TYPE_CHECKING:
    from audioset.storage.objects import StoredObject
    from audioset.storage.remote_store import RemoteStore

_FETCHED_AT_ONCE = 16
_KEPT_SECONDS = 30 * 24 * 3600.0  # that what was fetched is kept for another time
_ETAGS = "etags"
Hold = Callable[[Path], AbstractContextManager[object]]  # of a file


class SyncedFolder:
    """A folder that stands for one on object storage.

    Beside each file that was fetched or sent, the ETag of its object is noted: as long as the
    object has it, nobody else changed it.

    Args:
        folder: of this machine, which is marked.
        address: of the folder that it stands for.
        kept: folder where fetched objects are kept for another time; None keeps none.
    """

    def __init__(self, folder: Path, address: str, *, kept: Path | None = None) -> None:
        self.folder = folder
        self.address = address
        self._kept = kept

    @cached_property
    def _store(self) -> "RemoteStore":
        return cast("RemoteStore", open_store(self.address))

    def fetch(self, folders: Sequence[str], files: Sequence[str], hold: Hold) -> None:
        """Make the files here those that the objects are; what is sent meanwhile stays.

        Args:
            folders: whose objects are listed.
            files: keys of objects beside them, which need not be there.
            hold: keeps others of this machine from reading a file and writing it anew meanwhile.

        Raises:
            StorageError: the store did not answer, or the disk is full.
        """
        before = {key: self._etag(key) for key in self._noted()}
        found = {each.key: each for each in self._list(folders, files)}
        for key in before.keys() - found.keys():
            with hold(self.folder / key):
                if self._etag(key) == before[key]:
                    self._drop(key)
        wanted = [each for each in found.values() if before.get(each.key) != each.etag]

        def bring(each: "StoredObject") -> None:
            with hold(self.folder / each.key):
                if self._etag(each.key) == before.get(each.key):
                    self._fetch(each)

        with ThreadPoolExecutor(_FETCHED_AT_ONCE) as pool:
            for _ in pool.map(bring, wanted):
                pass  # its error is raised here
        self._forget_old()

    def send(self, path: Path) -> None:
        """Send a file, unless its object was changed since it was fetched.

        Raises:
            ConflictError: it was; the file is what the object is now.
            StorageError: the store did not answer, or refused.
        """
        key, data = self._key(path), path.read_bytes()
        etag = self._store.put_where(key, data, etag=self._etag(key))
        if (
            etag is None
        ):  # or it was this very call, whose answer was lost, or somebody who is alike
            found = self._store.find_object(key)
            if found is None or self._store.get(key) != data:
                self._take_back(key, found)
                raise self._changed(key)
            etag = found.etag
        self._note(key, etag)

    def remove(self, path: Path) -> None:
        """Remove the object of a file that is gone here.

        Raises:
            ConflictError: it was changed since it was fetched; the file is what it is now.
            StorageError: the store did not answer, or refused.
        """
        key = self._key(path)
        etag = self._etag(key)
        if etag is None:
            return
        found = self._store.find_object(key)
        if found is not None and found.etag != etag:
            self._take_back(key, found)
            raise self._changed(key)
        self._store.delete(key)
        self._note(key, None)

    def _list(self, folders: Sequence[str], files: Sequence[str]) -> "Iterator[StoredObject]":
        for folder in folders:
            yield from self._store.list_objects(folder)
        for key in files:
            found = self._store.find_object(key)
            if found is not None:
                yield found

    def _fetch(self, found: "StoredObject") -> None:
        path = self.folder / found.key
        path.parent.mkdir(parents=True, exist_ok=True)
        kept, etag = self._kept_file(found.key, found.etag), found.etag
        if kept is None or not _linked(kept, path, found.size_bytes):
            try:
                data, etag = self._store.get_as_it_is(found.key)
            except NotFoundError:  # removed since it was listed
                return
            kept = self._kept_file(found.key, etag)  # it may be another one by now
            write_atomically(kept or path, lambda file: file.write(data))
            if kept is not None and not _linked(kept, path, len(data)):
                write_atomically(path, lambda file: file.write(data))
        self._note(found.key, etag)

    def _take_back(self, key: str, found: "StoredObject | None") -> None:
        if found is not None:
            self._fetch(found)
        else:
            self._drop(key)

    def _drop(self, key: str) -> None:
        (self.folder / key).unlink(missing_ok=True)
        self._note(key, None)

    def _changed(self, key: str) -> ConflictError:
        return ConflictError(
            f"{self._store.uri(key)} was changed by somebody else meanwhile; run the same command "
            "again"
        )

    def _key(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def _noted(self) -> Iterable[str]:
        home = self.folder / MARK / _ETAGS
        return [path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()]

    def _etag(self, key: str) -> str | None:
        try:
            return (self.folder / MARK / _ETAGS / key).read_text(encoding="utf-8")
        except OSError:
            return None

    def _note(self, key: str, etag: str | None) -> None:
        path = self.folder / MARK / _ETAGS / key
        if etag is None:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(etag, encoding="utf-8")

    def _kept_file(self, key: str, etag: str | None) -> Path | None:
        if self._kept is None or not etag:
            return None
        return self._kept / hashlib.sha256(f"{key}\n{etag}".encode()).hexdigest()

    def _forget_old(self) -> None:
        if self._kept is None or not self._kept.is_dir():
            return
        before = time.time() - _KEPT_SECONDS
        with os.scandir(self._kept) as entries, suppress(OSError):
            for entry in entries:
                if entry.stat().st_ctime < before:  # each name that it is given counts as a use
                    os.unlink(entry.path)  # noqa: PTH108  of a scan


def _linked(kept: Path, path: Path, size_bytes: int) -> bool:
    """Give a kept file another name; files are replaced as a whole, never written into."""
    made = path.with_name(f".{path.name}.{os.getpid()}.link")
    try:
        if kept.stat().st_size != size_bytes:  # as a machine that lost its power leaves it
            return False
        os.link(kept, made)
        replace_file(made, path)
    except OSError:
        made.unlink(missing_ok=True)
        return False
    return True
