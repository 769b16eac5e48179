"""Clips of a source as it is cut: put into the store as one shard, before any version names it.

What no version names yet is protected from `collect` by its age, and by a publish, which proves
that it is there before it writes the record.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audioset.errors import ConflictError
from audioset.records.cut_shards import PutClips
from audioset.records.version import DEFAULT_SHARD_BYTES, ContentObject
from audioset.storage.arrays import replace_column
from audioset.storage.shards import FORCED_END_FACTOR, Member, split_shards, write_shard
from audioset.storage.store import Store, opened_store
from audioset.versions.layout import shard_key
from audioset.versions.publish.put_shards import SAFE_AGE
from audioset.versions.publish.reuse import PLACE
from audioset.versions.read.moved import find_moved
from audioset.versions.read.sieve import Withdrawn
from audioset.versions.read.withdrawals import list_withdrawals

# A source is one shard, but for those of many hours: a reader holds whole shards on its disk.
_LEAST_BYTES = FORCED_END_FACTOR * DEFAULT_SHARD_BYTES


@dataclass(frozen=True, slots=True)
class StoreShards:
    """Puts clips into the store of a workspace; see `ClipShards`.

    Attributes:
        store: its root.
        dataset: name of the dataset.
    """

    store: str
    dataset: str

    def put(self, rows: pa.Table, read: Callable[[str], bytes]) -> PutClips:
        """Put the clips of a source."""
        return put_cut(opened_store(self.store), self.dataset, rows, read)

    def hold(self, rows: pa.Table, shards: Sequence[ContentObject]) -> bool:
        """Tell whether the store has the audio of clips, in the shards of their rows or elsewhere.

        Another place is one that a version names: a publish or a withdrawal moved them there.
        """
        store = opened_store(self.store)
        for shard in shards:
            lies_there = pc.equal(rows["shard_sha256"], shard.sha256)
            names = ("clip_id", "audio_sha256")
            clips = rows.filter(pc.fill_null(lies_there, False)).select(names).to_pylist()  # noqa: FBT003
            if not clips or store.size(shard_key(self.dataset, shard.sha256)) == shard.size_bytes:
                continue
            if any(find_moved(self.store, self.dataset, *clip.values()) is None for clip in clips):
                return False
        return True


def put_cut(store: Store, dataset: str, rows: pa.Table, read: Callable[[str], bytes]) -> PutClips:
    """Put the clips of a source that was cut as one shard; of many hours, as several.

    Clips that hold withdrawn speech are left out: they must not come back to the store.

    Args:
        rows: of the clips, in any order.
        read: gives the FLAC bytes of a clip, by its id.

    Raises:
        ConflictError: clips of the dataset were withdrawn meanwhile.
        StorageError: the store or the disk refused.
    """
    withdrawals = list_withdrawals(store, dataset)
    gone = Withdrawn.of(withdrawals).holds(rows)
    left = rows.filter(pa.array(~gone)).sort_by("clip_id").combine_chunks()
    shards, members, uploaded = [], [], []
    with store.scratch() as scratch:
        for part in split_shards(
            left["clip_id"].to_pylist(),
            left["size_bytes"].to_pylist(),
            target_bytes=DEFAULT_SHARD_BYTES,
            least_bytes=_LEAST_BYTES,
        ):
            clips = _clips(left.slice(part.start, len(part)), read)
            made, held = write_shard(scratch / "cut.tar", clips)
            key = shard_key(dataset, made.sha256)
            # One that is there may be about to be collected: nobody names it, perhaps.
            if store.put_content(key, scratch / "cut.tar", take=True, younger_than=SAFE_AGE):
                uploaded.append(key)
            (scratch / "cut.tar").unlink(missing_ok=True)
            shards.append(made)
            members += [(made.sha256, member) for member in held]
    if list_withdrawals(store, dataset) != withdrawals:
        for key in uploaded:  # nobody knows it yet, and it may hold what was withdrawn
            store.delete(key)
        raise ConflictError(f"clips of {dataset} were withdrawn meanwhile; cut the source again")
    return PutClips(_placed(left, members), tuple(shards), num_withdrawn=int(gone.sum()))


def _clips(rows: pa.Table, read: Callable[[str], bytes]) -> Iterator[tuple[dict[str, Any], bytes]]:
    for row in rows.to_pylist():
        yield row, read(row["clip_id"])


def _placed(rows: pa.Table, members: Sequence[tuple[str, Member]]) -> pa.Table:
    """Fill the storage columns of rows, which are in the order of the members."""
    values = [(m.audio_sha256, sha256, m.offset_bytes, m.size_bytes) for sha256, m in members]
    columns = zip(*values, strict=True) if values else [()] * len(PLACE)
    for name, column in zip(PLACE, columns, strict=True):
        values = pa.array(column, rows.schema.field(name).type)
        rows = replace_column(rows, name, values)
    return rows
