"""Find shards of the version before that a new one can keep, without reading any audio."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from audioset.records.version import ContentObject, VersionRecord
from audioset.storage.shards import SHARD_FACTS, Member

_STORED = ("audio_sha256", "shard_sha256", "offset_bytes", "size_bytes")


@dataclass(frozen=True)
class KnownClips:
    """What the version before has stored of the clips of a new one.

    Attributes:
        rows: one per clip of the new version; null where its stored bytes would differ.
        shards: of the version before, by hash.
    """

    rows: pa.Table
    shards: dict[str, ContentObject]

    def find_shard(self, positions: range) -> tuple[ContentObject, list[Member]] | None:
        """Find the shard that holds these clips and no others.

        Args:
            positions: of the clips in the new version.
        """
        rows = self.rows.slice(positions.start, len(positions))
        hashes = pc.unique(rows["shard_sha256"]).to_pylist()
        shard = self.shards.get(hashes[0]) if len(hashes) == 1 else None
        if shard is None or shard.num_clips != len(positions):
            return None
        members = [
            Member(row["clip_id"], row["offset_bytes"], row["size_bytes"], row["audio_sha256"])
            for row in rows.to_pylist()
        ]
        return shard, members


def find_known_clips(
    rows: pa.Table, sizes_bytes: list[int], record: VersionRecord, published: pa.Table
) -> KnownClips:
    """Compare the clips of a new version with a published one.

    A clip is known when all that its shard says of it is equal, the hash of its samples included,
    and its file has the size of the stored one.

    Args:
        rows: manifest of the new version.
        sizes_bytes: of the audio file of each of its clips.
        record: of the published version.
        published: manifest of the published version.
    """
    positions = pc.index_in(rows["clip_id"], value_set=published["clip_id"].combine_chunks())
    found = published.select([*SHARD_FACTS, *_STORED]).take(positions)
    same = pc.equal(found["size_bytes"], pa.array(sizes_bytes, pa.int64()))
    for name in SHARD_FACTS:
        same = pc.and_(same, pc.equal(found[name], rows[name]))
    stored = found.select(["clip_id", *_STORED])
    known = [pc.if_else(same, stored[name], None) for name in stored.column_names]
    return KnownClips(
        rows=pa.table(known, names=stored.column_names),
        shards={shard.sha256: shard for shard in record.shards},
    )
