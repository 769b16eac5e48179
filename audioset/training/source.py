"""Where the reader gets the bytes of clips from: a local store, the cache, or ranges of a shard.

Every clip is checked against its hash here, whichever way it came.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from audioset.errors import IntegrityError, NotFoundError
from audioset.machine import read_at
from audioset.records.version import VersionRecord
from audioset.storage.cache import Cache
from audioset.storage.store import Store
from audioset.training.clip import has_hash, require_audio
from audioset.training.rows import Rows
from audioset.versions.layout import shard_key

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A shard of which this share of the clips is wanted is fetched whole when there is a cache.
WHOLE_SHARD_SHARE = 0.5
# Of a stretch of which this share is wanted, gaps are read in vain up to a MiB, which costs less
# than another request. Else a filter leaves many small gaps, and reading them all would read most
# of the version: clips that are wanted one after the other are some KB apart.
DENSE_SHARE = 0.5
DENSE_JOIN_BYTES = 2**20
JOIN_BYTES = 64 * 1024


class ClipSource:
    """Bytes of clips by their row.

    Args:
        store: that holds the version.
        record: of the version.
        rows: of the version or view.
        cache: keeps whole shards of a remote store; None keeps nothing.
    """

    def __init__(
        self, store: Store, record: VersionRecord, rows: Rows, cache: Cache | None
    ) -> None:
        self._store = store
        self._record = record
        self._rows = rows
        self._cache = None if store.is_local else cache
        self._shards = {shard.sha256: shard for shard in record.shards}
        self._whole: frozenset[str] = frozenset()

    @property
    def is_local(self) -> bool:
        """Whether the store is a folder of this machine, which needs no reading ahead."""
        return self._store.is_local

    def expect(self, positions: "NDArray[np.int64]") -> None:
        """Tell which clips will be wanted, so that shards of which most is are fetched whole."""
        if self._cache is None:
            return
        self._whole = frozenset(
            sha256
            for sha256, wanted in self._rows.count_by_shard(positions).items()
            if sha256 in self._shards
            and wanted >= WHOLE_SHARD_SHARE * self._shards[sha256].num_clips
        )

    def fetch(self, positions: Sequence[int], *, whole: bool = True) -> list[bytes]:
        """Fetch the FLAC bytes of clips, in the order of the positions, one shard after the other.

        Args:
            positions: rows of the clips.
            whole: whether shards may be fetched whole, for the cache; it takes longer.

        Raises:
            IntegrityError: a shard is missing, or a clip is not what was published.
            StorageError: the store did not answer, or refused.
        """
        places = self._rows.places(positions)
        by_shard: dict[str, list[int]] = defaultdict(list)
        for number, shard in enumerate(places.shards):
            by_shard[shard].append(number)
        found: list[bytes] = [b""] * len(positions)
        for shard, numbers in by_shard.items():
            ranges = [places.ranges[number] for number in numbers]
            hashes = [places.hashes[number] for number in numbers]
            parts = self._read(shard, ranges, hashes, whole=whole)
            for number, part in zip(numbers, parts, strict=True):
                require_audio(part, places.hashes[number], places.clip_ids[number])
                found[number] = part
        return found

    def _read(
        self, shard: str, ranges: list[tuple[int, int]], hashes: list[str], *, whole: bool
    ) -> list[bytes]:
        """Read ranges of a shard; what the cache holds damaged is thrown away and read again."""
        try:
            file = self._cached(shard, whole=whole)
            if file is not None:
                with file:
                    parts = [read_at(file, offset, size) for offset, size in ranges]
                if all(map(has_hash, parts, hashes)):
                    return parts
                assert self._cache is not None  # noqa: S101  it gave the file
                self._cache.remove(shard)
            key = shard_key(self._record.dataset, shard)
            return self._store.get_ranges(key, ranges, join_bytes=_join_bytes(ranges))
        except NotFoundError as error:
            raise IntegrityError(
                f"{self._record.ref} is damaged: one of its shards is missing"
            ) from error

    def _cached(self, sha256: str, *, whole: bool) -> BinaryIO | None:
        """Open the cached file of a shard; one that is wanted whole is fetched first."""
        shard = self._shards.get(sha256)
        if self._cache is None or shard is None:
            return None
        if not whole or sha256 not in self._whole:
            return self._cache.find(sha256, shard.size_bytes)
        key = shard_key(self._record.dataset, sha256)
        return self._cache.open(sha256, shard.size_bytes, lambda: self._store.get_blocks(key))


def _join_bytes(ranges: list[tuple[int, int]]) -> int:
    """Tell how large a gap between ranges of a shard may be that is read in vain."""
    start, end = min(ranges)[0], max(offset + size for offset, size in ranges)
    wanted = sum(size for _, size in ranges)
    return DENSE_JOIN_BYTES if wanted >= DENSE_SHARE * (end - start) else JOIN_BYTES
