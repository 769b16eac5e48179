"""Put the shards of one publish into the store, one at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from audioset.records.version import StoredObject
from audioset.storage.shards import SHARD_FACTS, Member, write_shard
from audioset.storage.store import Store
from audioset.versions.clips import read_clip
from audioset.versions.layout import shard_key
from audioset.versions.reuse import KnownClips


@dataclass(frozen=True, slots=True)
class PutShard:
    """A shard that is in the store.

    Attributes:
        stored: its hash and size.
        members: where its clips lie, in order.
        uploaded: False when the store had it.
    """

    stored: StoredObject
    members: list[Member]
    uploaded: bool


class ShardPutter:
    """Builds each shard in one temporary file and puts it under its hash.

    Args:
        rows: manifest of the new version.
        sizes: of the audio file of each row, in bytes.
        clips_dir: folder of those files.
        store: where the shards go.
        dataset: name of the dataset.
        known: what the version before has stored; None when there is none.
        scratch: existing folder for the temporary file.
    """

    def __init__(
        self, rows: pa.Table, sizes: list[int], clips_dir: Path, *, store: Store, dataset: str,
        known: KnownClips | None, scratch: Path,
    ) -> None:  # fmt: skip
        self._facts = rows.select([*SHARD_FACTS, "audio_sha256"])
        self._sizes = sizes
        self._clips_dir = clips_dir
        self._store = store
        self._dataset = dataset
        self._known = known
        self._file = scratch / "shard.tar"

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
        stored, members = write_shard(self._file, self._clips(positions))
        uploaded = self._store.put_content(shard_key(self._dataset, stored.sha256), self._file)
        return PutShard(stored, members, uploaded)

    def _clips(self, positions: range) -> Iterator[tuple[dict[str, Any], bytes]]:
        facts = self._facts.slice(positions.start, len(positions)).to_pylist()
        for position, row in zip(positions, facts, strict=True):
            yield row, read_clip(self._clips_dir, row, self._sizes[position])
