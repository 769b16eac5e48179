"""The store: objects by key under one root URL, and what is promised of it.

Two verbs write what never changes: `put_content` for objects named by their hash (repeating it is
harmless) and `put_new` for the one object whose appearance means something. `replace` moves what
may move, an alias. The same promises hold for a local folder, S3, Google and Azure;
`tests/contracts` states them.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import ClassVar, Protocol

from audioset.locations import require_location
from audioset.storage.local_store import LocalStore
from audioset.storage.objects import StoredObject
from audioset.storage.patience import PATIENCE, Patience
from audioset.storage.ranges import JOIN_BYTES


class Store(Protocol):
    """Objects by key under one root. Made by `open_store`; safe to share between threads.

    An object appears whole or not at all, and a reader sees it as soon as it was put. Errors are
    of our own classes, and name the address of the object in one line.

    Attributes:
        url: the root as the user gave it, without a closing slash.
        is_local: whether it is a folder of this machine. It is read without a request, so neither
            a cache nor reading ahead gains anything.
    """

    url: str
    is_local: ClassVar[bool]

    def uri(self, key: str) -> str:
        """Give the full address of an object, for people to read."""

    def get(self, key: str, *, most_bytes: int | None = None) -> bytes:
        """Get a whole object.

        Args:
            most_bytes: that it can have; nothing of a larger one is read. Any size when None.

        Raises:
            NotFoundError: no such object.
            IntegrityError: it is larger.
            StorageError: the store did not answer, or refused.
        """

    def get_ranges(
        self, key: str, ranges: Sequence[tuple[int, int]], *, join_bytes: int = JOIN_BYTES
    ) -> list[bytes]:
        """Get parts of an object; of a remote one, near parts together in one request.

        Args:
            key: of the object.
            ranges: (offset, size) of each, in bytes.
            join_bytes: that may lie between two parts of one request; they are read in vain.

        Returns:
            The bytes of each range, in the order asked for.

        Raises:
            NotFoundError: no such object.
            IntegrityError: the object ends before the end of a range, or a range is none. A size
                is believed only as far as the object reaches.
            StorageError: the store did not answer, or refused.
        """

    def get_blocks(self, key: str) -> Iterator[bytes]:
        """Get an object block by block, a MiB or less each, so that it is never held whole.

        Raises:
            NotFoundError: no such object.
            StorageError: the store did not answer or broke off.
        """

    def get_file(self, key: str, path: Path) -> None:
        """Get an object into a file, part by part; the file appears when it is whole.

        Raises:
            NotFoundError: no such object.
            StorageError: the store did not answer or broke off, or the disk is full.
        """

    def find_object(self, key: str) -> StoredObject | None:
        """Describe an object, None when there is none.

        Raises:
            StorageError: the store did not answer, or refused.
        """

    def size(self, key: str) -> int | None:
        """Give the size of an object in bytes, None when there is none.

        Raises:
            StorageError: the store did not answer, or refused.
        """

    def list_objects(self, prefix: str) -> Iterator[StoredObject]:
        """List the objects in the folder `prefix` and below it, sorted by key.

        Raises:
            StorageError: the store did not answer, or refused.
        """

    def list_keys(self, prefix: str) -> Iterator[str]:
        """List the keys in the folder `prefix` and below it, in no particular order.

        Raises:
            StorageError: the store did not answer, or refused.
        """

    def list_folders(self) -> list[str]:
        """List the names of the folders at the root, sorted: the datasets.

        Raises:
            StorageError: the store did not answer, or refused.
        """

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

    def put_new(self, key: str, data: bytes) -> None:
        """Put an object that must not exist; of several writers exactly one succeeds.

        Raises:
            AlreadyExistsError: the key is taken. Also when this very call created it and the
                answer was lost on the way: read it back before believing in another writer.
            StorageError: the store did not answer, or refused, or the disk is full. The object may
                exist nevertheless.
        """

    def replace(self, key: str, old: bytes, new: bytes) -> None:
        """Replace an object that still holds `old`; of several writers exactly one succeeds.

        Raises:
            NotFoundError: no such object.
            ConflictError: it holds something else by now. Also when this very call replaced it and
                the answer was lost on the way: read it back before believing in another writer.
            StorageError: the store did not answer, or refused, or cannot replace on a condition.
        """

    def delete(self, key: str) -> None:
        """Remove an object; nothing happens when there is none.

        Raises:
            StorageError: the store did not answer, or refused.
        """

    def now(self) -> datetime:
        """Tell the time by the store's own clock, which dates its objects; ours may be wrong.

        Raises:
            StorageError: the store cannot be written.
        """

    def scratch(self) -> AbstractContextManager[Path]:
        """Give a folder for files that are about to be put; it vanishes with what is left in it.

        Raises:
            StorageError: the disk is full, or the folder cannot be written.
        """


def open_store(url: str, *, patience: Patience = PATIENCE) -> Store:
    """Open a store. Nothing is read or written yet; a local folder is made by the first put.

    Args:
        url: a folder, `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix`, or
            `memory://`, which lives as long as the Store. Credentials, region and endpoint come
            from the usual variables (`AWS_*`, `GOOGLE_*`, `AZURE_*`) or the provider's own files.
        patience: how long a server may take.

    Raises:
        InvalidInputError: an unknown kind of URL, or nearly one, or one with credentials in it.
        StorageError: the environment does not tell how to reach it.
    """
    scheme, separator, rest = require_location(url).partition("://")
    if not separator or scheme == "file":
        return LocalStore(Path(rest if separator else url).expanduser().absolute())
    from audioset.storage.remote_store import open_memory, open_remote  # late: only of servers

    if scheme == "memory":
        return open_memory()
    return open_remote(url, patience)


@cache
def opened_store(url: str) -> Store:
    """Give the store at a URL, opened once in this process: for work that was sent here.

    Raises:
        InvalidInputError, StorageError: as `open_store`.
    """
    return open_store(url)
