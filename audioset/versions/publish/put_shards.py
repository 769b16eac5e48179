"""Put the shards of one publish into the store, a few at a time."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from audioset.engine import Progress
from audioset.records.version import ContentObject
from audioset.storage.shards import SHARD_FACTS, Member, write_shard
from audioset.storage.store import Store
from audioset.versions.layout import shard_key
from audioset.versions.publish.reuse import KnownClips
from audioset.versions.publish.working_audio import read_clip


@dataclass(frozen=True, slots=True)
class PutShard:
    """A shard that is in the store.

    Attributes:
        stored: its hash and size.
        members: where its clips lie, in order.
        uploaded: False when the store had it.
    """

    stored: ContentObject
    members: list[Member]
    uploaded: bool


# Half of the age below which `collect` removes nothing: time enough for the rest of a publish.
SAFE_AGE = timedelta(hours=12)
# Each takes a temporary file of up to four shard sizes; more would not make a line faster.
SHARDS_AT_ONCE = 4


class ShardPutter:
    """Builds shards in temporary files and puts them under their hashes.

    Args:
        rows: manifest of the new version.
        sizes: of the audio file of each row, in bytes.
        clips_dir: folder of those files.
        store: where the shards go.
        dataset: name of the dataset.
        known: what the version before has stored; None when there is none.
        scratch: existing folder for the temporary files.
    """

    def __init__(
        self,
        rows: pa.Table,
        sizes: list[int],
        clips_dir: Path,
        *,
        store: Store,
        dataset: str,
        known: KnownClips | None,
        scratch: Path,
    ) -> None:
        self._facts = rows.select([*SHARD_FACTS, "audio_sha256"])
        self._sizes = sizes
        self._clips_dir = clips_dir
        self._store = store
        self._dataset = dataset
        self._known = known
        self._scratch = scratch

    def put_all(self, plan: Sequence[range], progress: Progress) -> list[PutShard]:
        """Put all shards; the first error ends it, and what was put stays for the next try.

        Args:
            plan: rows of each shard.
            progress: told of the bytes of audio that are in the store.

        Raises:
            MediaError: a clip's audio is not what its row says.
            StorageError: the store or the disk refused.
        """
        total, done = sum(self._sizes), 0
        progress("publishing", 0, total, "B")
        with ThreadPoolExecutor(SHARDS_AT_ONCE) as pool:
            at_work = {pool.submit(self.put, positions): positions for positions in plan}
            try:
                for future in as_completed(at_work):
                    future.result()
                    positions = at_work[future]
                    done += sum(self._sizes[positions.start : positions.stop])
                    progress("publishing", done, total, "B")
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
            return [future.result() for future in at_work]

    def put(self, positions: range) -> PutShard:
        """Put the shard of these rows, unless the store has it.

        Raises:
            MediaError: a clip's audio is not what its row says.
            StorageError: the store or the disk refused.
        """
        found = self._known.find_shard(positions) if self._known else None
        if found is not None:
            stored, members = found
            if self._store.size(shard_key(self._dataset, stored.sha256)) == stored.size_bytes:
                return PutShard(stored, members, uploaded=False)
        file = self._scratch / f"{positions.start}.tar"
        try:
            stored, members = write_shard(file, self._clips(positions))
            key = shard_key(self._dataset, stored.sha256)
            # The version before keeps what it needs; anything else may be about to be collected.
            needed = self._known is not None and stored.sha256 in self._known.shards
            limit = None if needed else SAFE_AGE
            uploaded = self._store.put_content(key, file, take=True, younger_than=limit)
        finally:
            file.unlink(missing_ok=True)
        return PutShard(stored, members, uploaded)

    def _clips(self, positions: range) -> Iterator[tuple[dict[str, Any], bytes]]:
        facts = self._facts.slice(positions.start, len(positions)).to_pylist()
        for position, row in zip(positions, facts, strict=True):
            yield row, read_clip(self._clips_dir, row, self._sizes[position])
