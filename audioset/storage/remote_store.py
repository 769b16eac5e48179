"""A bucket of a server as a store: S3, Google, Azure; and one in memory, by the same client.

Promises between writers rest on conditions that the server checks: If-None-Match and If-Match.
"""

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import obstore
from obstore.exceptions import BaseError
from obstore.store import MemoryStore, from_url

from audioset.errors import AlreadyExistsError, ConflictError, StorageError
from audioset.locations import require_plain_url
from audioset.storage.answers import NO_STORE, first_line, lacks_reason
from audioset.storage.base_store import COPY_BYTES, BaseStore
from audioset.storage.credentials import is_plain_http, read_s3_profile
from audioset.storage.objects import StoredObject, probe_key
from audioset.storage.patience import Patience
from audioset.storage.ranges import cut_out, join_ranges
from audioset.storage.scratch import scratch_folder

if TYPE_CHECKING:
    from obstore import GetOptions
    from obstore.store import ClientConfig, ObjectStore

# Bounds what an upload holds in memory: 4 parts of 8 MiB. S3 allows 10,000 parts: 80 GB.
PART_BYTES = 8 * 2**20
PARTS_AT_ONCE = 4
BLOCK_BYTES = 2**17  # of a read; what came of a block is lost where the connection breaks off
_TRIES = 6  # of a write that meets another one; 3 seconds in all
_FIRST_WAIT_SECONDS = 0.05


class RemoteStore(BaseStore):
    """Objects that a client of obstore reaches, under one prefix of a bucket.

    What it promises is said at `audioset.storage.store.Store`.

    Attributes:
        url: the root as the user gave it, without a closing slash.
    """

    is_local: ClassVar[bool] = False

    def __init__(
        self, url: str, client: "ObjectStore", uploading: "ObjectStore | None" = None
    ) -> None:
        super().__init__(url)
        self._opened = client
        self._uploading = uploading or client
        self._process = os.getpid()

    def get(self, key: str, *, most_bytes: int | None = None) -> bytes:
        """Get a whole object."""
        return b"".join(self._blocks(key, most_bytes))

    def get_blocks(self, key: str) -> Iterator[bytes]:
        """Get an object block by block; where the connection breaks off, the next one goes on."""
        return self._blocks(key, None)

    def _blocks(self, key: str, most_bytes: int | None) -> Iterator[bytes]:
        with self._translated(key):
            found = obstore.get(self._client(), key)
        self._require_at_most(key, found.meta["size"], most_bytes)
        etag, size, done, last = found.meta["e_tag"], found.meta["size"], 0, -1
        while True:
            try:
                with self._translated(key):
                    for block in found.stream(min_chunk_size=BLOCK_BYTES):
                        done += len(block)
                        yield bytes(block)
                return
            except StorageError:
                # obstore goes on by itself, but not for longer than a call may take.
                if etag is None or not last < done < size:
                    raise
            last = done
            options: GetOptions = {"range": (done, size), "if_match": etag}
            try:
                with self._translated(key):
                    found = obstore.get(self._client(), key, options=options)
            except AlreadyExistsError as error:  # as any condition on an ETag that does not hold
                raise StorageError(
                    f"{self.uri(key)} was changed by somebody else while it was read; try again"
                ) from error

    def put_new(self, key: str, data: bytes) -> None:
        """Put an object that must not exist; the server lets one writer create it."""
        self._try_again(key, lambda: obstore.put(self._client(), key, data, mode="create"))

    def replace(self, key: str, old: bytes, new: bytes) -> None:
        """Replace an object that still holds `old`, on the condition that its ETag is the same."""
        with self._translated(key):
            found = obstore.get(self._client(), key)
            etag, held = found.meta["e_tag"], found.bytes().to_bytes()
        if held != old or etag is None or not self.put_if(key, etag, new):
            raise self._changed(key)

    def put_if(self, key: str, etag: str, data: bytes) -> bool:
        """Put an object that still has an ETag; False when it has another one by now.

        Raises:
            StorageError: the store did not answer, or refused, or knows no condition.
        """
        return self.put_where(key, data, etag=etag) is not None

    def get_as_it_is(self, key: str) -> tuple[bytes, str | None]:
        """Get a whole small object, and the ETag that it had then.

        Raises:
            NotFoundError: no such object.
            StorageError: the store did not answer, or refused.
        """
        with self._translated(key):
            found = obstore.get(self._client(), key)
            return bytes(found.bytes()), found.meta["e_tag"]

    def put_where(self, key: str, data: bytes, *, etag: str | None) -> str | None:
        """Put an object that still has an ETag, or None where there is none yet.

        Returns:
            The ETag that it has then; None when it has another one by now, or is there already.
            Also when this very call put it and the answer was lost on the way.

        Raises:
            StorageError: the store did not answer, or refused, or knows no condition.
        """
        told: list[str | None] = []

        def put() -> None:
            mode: Any = "create" if etag is None else {"e_tag": etag}
            told.append(obstore.put(self._client(), key, data, mode=mode)["e_tag"])

        try:
            self._try_again(key, put)
        except AlreadyExistsError:
            return None
        return told[-1] or self._describe(key).etag

    def scratch(self) -> AbstractContextManager[Path]:
        """Give a folder in the system's temporary folder."""
        return scratch_folder(Path(tempfile.gettempdir()))

    def _client(self) -> "ObjectStore":
        if os.getpid() != self._process:
            # obstore's threads do not survive a fork: the call would never come back.
            raise StorageError(
                f"{self.url} was opened before this process was forked; start workers by spawn, "
                'as in DataLoader(…, multiprocessing_context="spawn")'
            )
        return self._opened

    def _is_hidden(self, _key: str, /) -> bool:
        return False  # servers list whole objects only

    def _read_ranges(
        self, key: str, ranges: Sequence[tuple[int, int]], join_bytes: int, /
    ) -> list[bytes]:
        blocks = join_ranges(ranges, join_bytes)
        starts, ends = [start for start, _ in blocks], [end for _, end in blocks]
        try:
            with self._translated(key):
                # obstore 0.12 joins ranges too, but panics when such a join ends behind the object.
                got = obstore.get_ranges(self._client(), key, starts=starts, ends=ends, coalesce=0)
        except StorageError:
            # Stores answer a range behind the end in many ways; the size tells what it was.
            self._require_size(key, max(ends, default=0))
            raise
        found = [memoryview(data) for data in got]
        return [cut_out(found, starts, offset, size) for offset, size in ranges]

    def _put(self, key: str, data: bytes | Path) -> None:
        size = data.stat().st_size if isinstance(data, Path) else len(data)
        client = self._client() if size <= COPY_BYTES else self._uploading
        self._try_again(
            key,
            lambda: obstore.put(
                client, key, data, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE
            ),
        )

    def list_folders(self) -> list[str]:
        """List the folders at the root, sorted."""
        found = super().list_folders()
        if not found:
            self._require_store()
        return found

    def _listed(self, prefix: str) -> Iterator[StoredObject]:
        is_empty = True
        for found in super()._listed(prefix):
            is_empty = False
            yield found
        if is_empty:
            self._require_store()

    def _require_store(self) -> None:
        """Require that an empty list is one: a page to log in is read as a list of nothing."""
        try:
            is_anything = self.size(probe_key()) is not None
        except StorageError:
            return  # who may list may be forbidden to look at objects
        if is_anything:
            raise StorageError(f"{self.url}: {NO_STORE}")

    def _describe(self, key: str) -> StoredObject:
        try:
            return super()._describe(key)
        except StorageError as error:
            if lacks_reason(error.__cause__):  # a server says more to who wants the bytes
                with self._translated(key):
                    obstore.get_range(self._client(), key, start=0, end=1)
            raise

    def _try_again(self, key: str, write: Callable[[], object]) -> None:
        """Write; while somebody else writes the same key at this moment, wait and try again.

        Raises:
            ConflictError: somebody did, each time.
        """
        for attempt in range(1, _TRIES + 1):
            try:
                with self._translated(key):
                    write()
                return
            except ConflictError:
                if attempt == _TRIES:
                    raise
            # Those who collided would collide again if they all waited for the same time.
            time.sleep(_FIRST_WAIT_SECONDS * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311

    def _take(self, key: str, path: Path) -> None:
        self._put(key, path)


def open_memory() -> RemoteStore:
    """Open an empty store that lives as long as the object that is returned."""
    return RemoteStore("memory://", MemoryStore())


def open_remote(url: str, patience: Patience) -> RemoteStore:
    """Open a bucket of a server, without a request.

    Args:
        url: as in `audioset.storage.store.open_store`.
        patience: how long the server may take.

    Raises:
        InvalidInputError: an unknown kind of URL, or one with credentials in it.
        StorageError: the environment does not tell how to reach it.
    """
    shown = require_plain_url(url)
    scheme = shown.partition("://")[0]
    try:
        config: Any = read_s3_profile() if scheme == "s3" else {}
        plain = is_plain_http(scheme, config)

        def client(patience: Patience) -> "ObjectStore":
            options: ClientConfig = {**patience.timeouts, "allow_http": plain}
            return from_url(
                shown, config=config, client_options=options, retry_config=patience.retries
            )

        return RemoteStore(shown, client(patience), client(patience.of_uploads))
    except (BaseError, ValueError, OSError) as error:
        raise StorageError(f"cannot open the store {shown}: {first_line(error)}") from error
