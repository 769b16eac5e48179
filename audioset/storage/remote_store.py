"""A bucket of a server as a store: S3, Google, Azure; and one in memory, by the same client.

Promises between writers rest on conditions that the server checks: If-None-Match and If-Match.
"""

import os
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import obstore
from obstore.exceptions import BaseError
from obstore.store import MemoryStore, from_url

from audioset.errors import AlreadyExistsError, StorageError
from audioset.storage.answers import first_line
from audioset.storage.base_store import BaseStore
from audioset.storage.credentials import is_plain_http, read_s3_profile
from audioset.storage.patience import Patience
from audioset.storage.ranges import cut_out, join_ranges
from audioset.storage.scratch import scratch_folder
from audioset.storage.urls import require_plain_url

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore

# Bounds what an upload holds in memory: 4 parts of 8 MiB. S3 allows 10,000 parts: 80 GB.
PART_BYTES = 8 * 2**20
PARTS_AT_ONCE = 4


class RemoteStore(BaseStore):
    """Objects that a client of obstore reaches, under one prefix of a bucket.

    What it promises is said at `audioset.storage.store.Store`.

    Attributes:
        url: the root as the user gave it, without a closing slash.
    """

    is_local: ClassVar[bool] = False

    def __init__(self, url: str, client: "ObjectStore") -> None:
        super().__init__(url)
        self._opened = client
        self._process = os.getpid()

    def get(self, key: str, *, most_bytes: int | None = None) -> bytes:
        """Get a whole object."""
        with self._translated(key):
            found = obstore.get(self._client(), key)
            self._require_at_most(key, found.meta["size"], most_bytes)
            return found.bytes().to_bytes()

    def put_new(self, key: str, data: bytes) -> None:
        """Put an object that must not exist; the server lets one writer create it."""
        with self._translated(key):
            obstore.put(self._client(), key, data, mode="create")

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
        try:
            with self._translated(key):
                obstore.put(self._client(), key, data, mode={"e_tag": etag})
        except AlreadyExistsError:
            return False
        return True

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
        obstore.put(self._client(), key, data, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)

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
        options: ClientConfig = {**patience.timeouts, "allow_http": plain}
        client = from_url(
            shown, config=config, client_options=options, retry_config=patience.retries
        )
    except (BaseError, ValueError, OSError) as error:
        raise StorageError(f"cannot open the store {shown}: {first_line(error)}") from error
    return RemoteStore(shown, client)
