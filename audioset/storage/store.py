"""The store: objects by key under one root URL. The only module that knows obstore.

Two verbs write what never changes: `put_content` for objects named by their hash (repeating it is
harmless) and `put_new` for the one object whose appearance means something. `replace` moves what
may move, an alias. The same promises hold for a local folder, S3, Google and Azure;
`tests/contracts` states them.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, MemoryStore, from_url

from audioset.errors import (
    AlreadyExistsError,
    ConflictError,
    IntegrityError,
    NotFoundError,
    StorageError,
)
from audioset.storage.answers import first_line, translated
from audioset.storage.credentials import is_plain_http, read_s3_profile
from audioset.storage.files import locked, move_atomically, write_atomically
from audioset.storage.patience import PATIENCE, Patience
from audioset.storage.ranges import JOIN_BYTES, cut_out, join_ranges
from audioset.storage.scratch import remove_left_behind, scratch_folder
from audioset.storage.urls import require_plain_url

if TYPE_CHECKING:
    from obstore.store import ClientConfig

# Bounds what an upload holds in memory: 4 parts of 8 MiB. S3 allows 10,000 parts: 80 GB.
PART_BYTES = 8 * 2**20
PARTS_AT_ONCE = 4
COPY_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object of a store.

    Attributes:
        key: its name below the root.
        size_bytes: how large it is.
        etag: changes whenever its bytes do; None where a store gives none.
        modified_at: when it was put, by the store's own clock.
    """

    key: str
    size_bytes: int
    etag: str | None
    modified_at: datetime


class Store:
    """Objects by key under one root. Made by `open_store`; safe to share between threads.

    Attributes:
        url: the root as the user gave it, without a closing slash.
    """

    def __init__(self, url: str, backend: Any, folder: Path | None) -> None:
        self.url = url
        self._backend = backend
        self._folder = folder  # set for a local folder, which may not exist yet
        self._process = os.getpid()

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""
        return self._folder is not None

    def uri(self, key: str) -> str:
        """Give the full address of an object, for people to read."""
        return f"{self.url}/{key}"

    def get(self, key: str) -> bytes:
        """Get a whole object.

        Raises:
            NotFoundError: no such object.
            StorageError: the store did not answer, or refused.
        """
        with self._translated(key):
            if self._folder is not None:
                return self._local_path(key).read_bytes()
            return obstore.get(self._reader(), key).bytes().to_bytes()

    def get_ranges(
        self, key: str, ranges: Sequence[tuple[int, int]], *, join_bytes: int = JOIN_BYTES
    ) -> list[bytes]:
        """Get parts of an object, near ones together in one request.

        Args:
            ranges: (offset, size) of each, in bytes.
            join_bytes: that may lie between two parts of one request; they are read in vain.

        Returns:
            The bytes of each range, in the order asked for.

        Raises:
            NotFoundError: no such object.
            IntegrityError: the object ends before the end of a range.
            StorageError: the store did not answer, or refused.
        """
        if self._folder is not None:
            return self._get_local_ranges(key, ranges)
        blocks = join_ranges(ranges, join_bytes)
        starts, ends = [start for start, _ in blocks], [end for _, end in blocks]
        try:
            with self._translated(key):
                # obstore 0.12 joins ranges too, but panics when such a join ends behind the object.
                got = obstore.get_ranges(self._reader(), key, starts=starts, ends=ends, coalesce=0)
        except StorageError:
            # Stores answer a range behind the end in many ways; the size tells what it was.
            self._require_size(key, max(ends))
            raise
        if any(len(data) != end - start for data, (start, end) in zip(got, blocks, strict=True)):
            self._require_size(key, max(ends))
            raise StorageError(f"{self.uri(key)} gave fewer bytes than it holds; try again")
        found = [memoryview(data) for data in got]
        return [cut_out(found, starts, offset, size) for offset, size in ranges]

    def _local_path(self, key: str) -> Path:
        if self._folder is None or ".." in PurePosixPath(key).parts or key.startswith("/"):
            raise StorageError(f"{key} is not a key of {self.url}")
        return self._folder / key

    def _get_local_ranges(self, key: str, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        with self._translated(key), self._local_path(key).open("rb") as file:
            found = [os.pread(file.fileno(), size, offset) for offset, size in ranges]
        if any(len(data) != size for data, (_, size) in zip(found, ranges, strict=True)):
            self._require_size(key, max(offset + size for offset, size in ranges))
        return found

    def list_objects(self, prefix: str) -> "Iterator[StoredObject]":
        """List the objects in the folder `prefix` and below it, sorted by key.

        Raises:
            StorageError: the store did not answer, or refused.
        """
        with self._translated(prefix):
            found = [item for part in obstore.list(self._reader(), prefix) for item in part]
        for item in sorted(found, key=lambda item: item["path"]):
            if not self._is_half_written(item["path"]):
                yield _stored(item)

    def find_object(self, key: str) -> "StoredObject | None":
        """Describe an object, None when there is none.

        Raises:
            StorageError: the store did not answer, or refused.
        """
        try:
            with self._translated(key):
                return _stored(obstore.head(self._reader(), key))
        except NotFoundError:
            return None

    def get_file(self, key: str, path: Path) -> None:
        """Get an object into a file, part by part; the file appears when it is whole.

        Raises:
            NotFoundError: no such object.
            StorageError: the store did not answer or broke off, or the disk is full.
        """
        blocks = self.get_blocks(key)
        first = next(blocks, b"")  # an object that is missing must not leave a folder behind

        def write(file: BinaryIO) -> None:
            for block in chain([first], blocks):
                file.write(block)

        write_atomically(path, write)

    def get_blocks(self, key: str) -> "Iterator[bytes]":
        """Get an object block by block, some MiB each, so that it is never held whole.

        Raises:
            NotFoundError: no such object.
            StorageError: the store did not answer or broke off.
        """
        with self._translated(key):
            blocks = obstore.get(self._reader(), key).stream(min_chunk_size=COPY_BYTES)
        while True:
            with self._translated(key):
                block = next(blocks, None)
            if block is None:
                return
            yield bytes(block)

    def put_content(
        self,
        key: str,
        data: bytes | Path,
        *,
        take: bool = False,
        younger_than: timedelta | None = None,
    ) -> bool:
        """Put an object that is named by its hash, unless it is there already.

        Args:
            key: holds the hash of the bytes, so that an object of that name and size is the same.
            data: the bytes, or a file, which is sent in parts and never held whole.
            take: the file is not needed any more: one in `scratch` is moved instead of copied.
            younger_than: put it again when it is older, so that nobody removes it as left behind.

        Returns:
            True when it was uploaded, False when it was there.

        Raises:
            StorageError: the store did not answer, or refused, or the disk is full.
        """
        size = data.stat().st_size if isinstance(data, Path) else len(data)
        found = self.find_object(key)
        if found is not None and found.size_bytes == size:
            age = datetime.now(UTC) - found.modified_at
            if younger_than is None or age < younger_than:
                return False
        if self._folder is not None:
            path = self._local_path(key)
            if take and isinstance(data, Path):
                move_atomically(data, path)
            else:
                write_atomically(path, lambda file: _copy(data, file))
            return True
        with self._translated(key):
            obstore.put(
                self._backend, key, data, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE
            )
        return True

    def scratch(self) -> AbstractContextManager[Path]:
        """Give a folder for files that are about to be put; it vanishes with what is left in it.

        Raises:
            StorageError: the disk is full, or the folder cannot be written.
        """
        if self._folder is None:
            return scratch_folder(Path(tempfile.gettempdir()))
        remove_left_behind(self._folder)
        return scratch_folder(self._folder)  # on the same disk, so that files can be moved

    def put_new(self, key: str, data: bytes) -> None:
        """Put an object that must not exist; of several writers exactly one succeeds.

        Raises:
            AlreadyExistsError: the key is taken. Also when this very call created it and the
                answer was lost on the way: read it back before believing in another writer.
            StorageError: the store did not answer, or refused, or the disk is full. The object may
                exist nevertheless.
        """
        if self._folder is not None:
            write_atomically(self._local_path(key), lambda file: file.write(data), exclusive=True)
            return
        with self._translated(key):
            obstore.put(self._backend, key, data, mode="create")

    def replace(self, key: str, old: bytes, new: bytes) -> None:
        """Replace an object that still holds `old`; of several writers exactly one succeeds.

        Raises:
            NotFoundError: no such object.
            ConflictError: it holds something else by now. Also when this very call replaced it and
                the answer was lost on the way: read it back before believing in another writer.
            StorageError: the store did not answer, or refused, or cannot replace on a condition.
        """
        changed = f"{self.uri(key)} was changed by somebody else meanwhile; look, then try again"
        if self._folder is not None:
            path = self._local_path(key)
            with self._translated(key), locked(path.with_name(f".{path.name}.lock")):
                if path.read_bytes() != old:
                    raise ConflictError(changed)
                write_atomically(path, lambda file: file.write(new))
            return
        with self._translated(key):
            found = obstore.get(self._reader(), key)
            etag, held = found.meta["e_tag"], found.bytes().to_bytes()
        if held != old or etag is None or not self.put_if(key, etag, new):
            raise ConflictError(changed)

    def put_if(self, key: str, etag: str, data: bytes) -> bool:
        """Put an object that still has an ETag; False when it has another one by now.

        Not for a local folder, where `replace` takes a lock.

        Raises:
            StorageError: the store did not answer, or refused, or knows no condition.
        """
        try:
            with self._translated(key):
                obstore.put(self._backend, key, data, mode={"e_tag": etag})
        except AlreadyExistsError:
            return False
        return True

    def delete(self, key: str) -> None:
        """Remove an object; nothing happens when there is none.

        Raises:
            StorageError: the store did not answer, or refused.
        """
        with suppress(NotFoundError), self._translated(key):
            obstore.delete(self._reader(), key)

    def now(self) -> datetime:
        """Tell the time by the store's own clock, which dates its objects; ours may be wrong.

        Raises:
            StorageError: the store cannot be written.
        """
        key = f".probe-{secrets.token_hex(8)}"
        self.put_new(key, b"")
        try:
            with self._translated(key):
                return _stored(obstore.head(self._reader(), key)).modified_at
        finally:
            self.delete(key)

    def list_keys(self, prefix: str) -> Iterator[str]:
        """List the keys in the folder `prefix` and below it, in no particular order.

        Raises:
            StorageError: the store did not answer, or refused.
        """
        with self._translated(prefix):
            for found in obstore.list(self._reader(), prefix):
                for item in found:
                    if not self._is_half_written(item["path"]):
                        yield item["path"]

    def list_folders(self) -> list[str]:
        """List the names of the folders at the root, sorted: the datasets.

        Raises:
            StorageError: the store did not answer, or refused.
        """
        with self._translated(""):
            found = obstore.list_with_delimiter(self._reader())["common_prefixes"]
            return sorted(name for name in found if not name.startswith("."))

    def size(self, key: str) -> int | None:
        """Give the size of an object in bytes, None when there is none.

        Raises:
            StorageError: the store did not answer, or refused.
        """
        found = self.find_object(key)
        return found.size_bytes if found else None

    def _reader(self) -> Any:
        """Give the backend; a local folder that nobody has written to yet reads as empty."""
        if self._folder is None and os.getpid() != self._process:
            # obstore's threads do not survive a fork: the call would never come back.
            raise StorageError(
                f"{self.url} was opened before this process was forked; start workers by spawn, "
                'as in DataLoader(…, multiprocessing_context="spawn")'
            )
        if self._folder is not None and self._backend is None:
            if not self._folder.is_dir():
                return MemoryStore()
            self._backend = LocalStore(self._folder)
        return self._backend

    def _is_half_written(self, key: str) -> bool:
        return self._folder is not None and any(part.startswith(".") for part in key.split("/"))

    def _require_size(self, key: str, end: int) -> None:
        size = self.size(key)
        if size is not None and size < end:
            raise IntegrityError(
                f"{self.uri(key)} is damaged: it has {size} bytes, and at least {end} are expected"
            )

    def _translated(self, key: str) -> AbstractContextManager[None]:
        return translated(self.uri(key) if key else self.url)


def open_store(url: str, *, patience: Patience = PATIENCE) -> Store:
    """Open a store. Nothing is read or written yet; a local folder is made by the first put.

    Args:
        url: a folder, `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix`, or
            `memory://`, which lives as long as the Store. Credentials, region and endpoint come
            from the usual variables (`AWS_*`, `GOOGLE_*`, `AZURE_*`) or the provider's own files.
        patience: how long a server may take.

    Raises:
        InvalidInputError: an unknown kind of URL, or one with credentials in it.
        StorageError: the environment does not tell how to reach it.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme == "file":
        folder = Path(rest if separator else url).expanduser().absolute()
        return Store(str(folder), None, folder)
    if scheme == "memory":
        return Store("memory://", MemoryStore(), None)
    shown = require_plain_url(url)
    try:
        config: Any = read_s3_profile() if scheme == "s3" else {}
        plain = is_plain_http(scheme, config)
        client: ClientConfig = {**patience.timeouts, "allow_http": plain}
        backend = from_url(
            shown, config=config, client_options=client, retry_config=patience.retries
        )
    except (BaseError, ValueError, OSError) as error:
        raise StorageError(f"cannot open the store {shown}: {first_line(error)}") from error
    return Store(shown, backend, None)


def _stored(item: Any) -> StoredObject:
    return StoredObject(item["path"], item["size"], item.get("e_tag"), item["last_modified"])


def _copy(data: bytes | Path, target: BinaryIO) -> None:
    if isinstance(data, bytes):
        target.write(data)
        return
    with data.open("rb") as source:
        shutil.copyfileobj(source, target, COPY_BYTES)
