"""What a folder and a server have in common: obstore describes, lists, streams and removes.

What each method promises is said once, at `audioset.storage.store.Store`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import obstore

from audioset.errors import ConflictError, IntegrityError, NotFoundError, StorageError
from audioset.storage.answers import translated
from audioset.storage.files import write_atomically
from audioset.storage.objects import StoredObject, probe_key
from audioset.storage.ranges import JOIN_BYTES

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import ObjectStore

# What is held at once of an object that is copied from one place to another.
COPY_BYTES = 2**20
# A range of more than this is not read before it is known that the object has it.
LARGE_BYTES = 2**24


class BaseStore(ABC):
    """The part of a store that does not ask where its objects lie.

    Attributes:
        url: the root as the user gave it, without a closing slash.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def uri(self, key: str) -> str:
        """Give the full address of an object."""
        return f"{self.url}/{key}"

    def get_ranges(
        self, key: str, ranges: Sequence[tuple[int, int]], *, join_bytes: int = JOIN_BYTES
    ) -> list[bytes]:
        """Get parts of an object, all of them whole."""
        if any(offset < 0 or size < 0 for offset, size in ranges):
            raise IntegrityError(f"{self.uri(key)} has no bytes before its first")
        # What a row states would be held before anything is read: a large size is looked up first.
        if any(size > LARGE_BYTES for _, size in ranges):
            self._require_size(key, max(offset + size for offset, size in ranges))
        with self._translated(key):
            found = self._read_ranges(key, ranges, join_bytes)
        if any(len(data) != size for data, (_, size) in zip(found, ranges, strict=True)):
            self._require_size(key, max(offset + size for offset, size in ranges))
            raise StorageError(f"{self.uri(key)} gave fewer bytes than it holds; try again")
        return found

    def get_blocks(self, key: str) -> Iterator[bytes]:
        """Get an object block by block."""
        with self._translated(key):
            for block in obstore.get(self._client(), key).stream(min_chunk_size=COPY_BYTES):
                yield bytes(block)

    def get_file(self, key: str, path: Path) -> None:
        """Get an object into a file that appears when it is whole."""
        blocks = self.get_blocks(key)
        first = next(blocks, b"")  # an object that is missing must not leave a folder behind
        write_atomically(path, lambda file: file.writelines(chain([first], blocks)))

    def find_object(self, key: str) -> StoredObject | None:
        """Describe an object, None when there is none."""
        try:
            return self._describe(key)
        except NotFoundError:
            return None

    def size(self, key: str) -> int | None:
        """Give the size of an object in bytes, None when there is none."""
        found = self.find_object(key)
        return found.size_bytes if found else None

    def list_objects(self, prefix: str) -> Iterator[StoredObject]:
        """List the objects below `prefix`, sorted by key."""
        yield from sorted(self._listed(prefix), key=lambda found: found.key)

    def list_keys(self, prefix: str) -> Iterator[str]:
        """List the keys below `prefix`."""
        for found in self._listed(prefix):
            yield found.key

    def list_folders(self) -> list[str]:
        """List the folders at the root, sorted."""
        with self._translated(""):
            found = obstore.list_with_delimiter(self._client())["common_prefixes"]
        return sorted(name for name in found if not name.startswith("."))

    def put_content(
        self,
        key: str,
        data: bytes | Path,
        *,
        take: bool = False,
        younger_than: timedelta | None = None,
    ) -> bool:
        """Put an object that is named by its hash, unless it is there already."""
        size = data.stat().st_size if isinstance(data, Path) else len(data)
        if self._holds(key, size, younger_than):
            return False
        with self._translated(key):
            if take and isinstance(data, Path):
                self._take(key, data)
            else:
                self._put(key, data)
        return True

    def delete(self, key: str) -> None:
        """Remove an object; nothing happens when there is none."""
        with suppress(NotFoundError), self._translated(key):
            obstore.delete(self._client(), key)

    def now(self) -> datetime:
        """Tell the time by the clock that dates the objects."""
        key = probe_key()
        self.put_new(key, b"")
        try:
            return self._describe(key).modified_at
        finally:
            self.delete(key)

    @abstractmethod
    def put_new(self, key: str, data: bytes) -> None:
        """Put an object that must not exist."""

    @abstractmethod
    def _client(self) -> "ObjectStore":
        """Give what obstore knows the store by."""

    @abstractmethod
    def _is_hidden(self, key: str, /) -> bool:
        """Tell whether something that obstore lists is no object."""

    @abstractmethod
    def _read_ranges(
        self, key: str, ranges: Sequence[tuple[int, int]], join_bytes: int, /
    ) -> list[bytes]:
        """Read ranges; one that reaches behind the end of the object may come back short."""

    @abstractmethod
    def _put(self, key: str, data: bytes | Path) -> None:
        """Put an object, whatever was there before."""

    @abstractmethod
    def _take(self, key: str, path: Path) -> None:
        """Put a file that is not needed any more."""

    def _describe(self, key: str) -> StoredObject:
        with self._translated(key):
            return _stored(obstore.head(self._client(), key))

    def _listed(self, prefix: str) -> Iterator[StoredObject]:
        with self._translated(prefix):
            for part in obstore.list(self._client(), prefix):
                yield from (_stored(item) for item in part if not self._is_hidden(item["path"]))

    def _holds(self, key: str, size_bytes: int, younger_than: timedelta | None) -> bool:
        found = self.find_object(key)
        if found is None or found.size_bytes != size_bytes:
            return False
        return younger_than is None or datetime.now(UTC) - found.modified_at < younger_than

    def _require_size(self, key: str, end: int) -> None:
        size = self.size(key)
        if size is not None and size < end:
            raise IntegrityError(
                f"{self.uri(key)} is damaged: it has {size} bytes, and at least {end} are expected"
            )

    def _require_at_most(self, key: str, size: int, most_bytes: int | None) -> None:
        if most_bytes is not None and size > most_bytes:
            raise IntegrityError(
                f"{self.uri(key)} is damaged: it has {size} bytes, and {most_bytes} are the most; "
                "restore it from a backup"
            )

    def _changed(self, key: str) -> ConflictError:
        return ConflictError(
            f"{self.uri(key)} was changed by somebody else meanwhile; look, then try again"
        )

    def _translated(self, key: str) -> AbstractContextManager[None]:
        return translated(self.uri(key) if key else self.url)


def _stored(item: "ObjectMeta") -> StoredObject:
    return StoredObject(item["path"], item["size"], item.get("e_tag"), item["last_modified"])
