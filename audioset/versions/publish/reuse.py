"""Where the audio of a new version's clips lies already: in the shards of the version before."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audioset.records.manifest import column_names, manifest_schema
from audioset.records.version import ContentObject, VersionRecord
from audioset.storage.arrays import as_indices
from audioset.storage.shards import SHARD_FACTS

PLACE = column_names(group="storage")


@dataclass(frozen=True)
class KnownClips:
    """What stored shards hold of the clips of a new version.

    Attributes:
        places: the storage columns, one row per clip of the new version; null where its audio is in
            none of the shards.
        shards: that hold them, by hash.
    """

    places: pa.Table
    shards: dict[str, ContentObject]

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Whether a clip is in one of the shards, shape (rows,)."""
        return np.asarray(pc.is_valid(self.places["shard_sha256"]), dtype=bool)

    def without(self, gone: NDArray[np.bool_]) -> "KnownClips":
        """Give the same without the places of some clips."""
        return KnownClips(_only_where(self.places, pa.array(~gone)), self.shards)

    def where_unknown(self, other: "KnownClips") -> "KnownClips":
        """Give the same, with the places that only the other one knows."""
        filled = [pc.coalesce(self.places[name], other.places[name]) for name in PLACE]
        return KnownClips(pa.table(filled, names=PLACE), {**other.shards, **self.shards})


def find_known_clips(
    rows: pa.Table, sizes_bytes: NDArray[np.int64], record: VersionRecord, published: pa.Table
) -> KnownClips:
    """Compare the clips of a new version with a published one.

    A clip is known when all that its shard says of it is equal, the hash of its samples included,
    and its file, where there is one, has the size of the stored one.

    Args:
        rows: manifest of the new version.
        sizes_bytes: of the audio file of each of its clips, 0 where there is none.
        record: of the published version.
        published: manifest of the published version.
    """
    positions = pc.index_in(rows["clip_id"], value_set=published["clip_id"].combine_chunks())
    found = published.select([*SHARD_FACTS, *PLACE]).take(positions)
    sizes = as_indices(sizes_bytes)
    same = pc.or_(pc.equal(sizes, 0), pc.equal(found["size_bytes"], sizes))
    for name in SHARD_FACTS:
        same = pc.and_(same, pc.equal(found[name], rows[name]))
    shards = {shard.sha256: shard for shard in record.shards}
    named = pa.array(list(shards), pa.string())
    same = pc.and_(same, pc.is_in(found["shard_sha256"], value_set=named))
    return KnownClips(_only_where(found, same), shards)


def no_known_clips(num_rows: int) -> KnownClips:
    """Give what is known of a first version: nothing."""
    schema = manifest_schema()
    nothing = {name: pa.nulls(num_rows, schema.field(name).type) for name in PLACE}
    return KnownClips(pa.table(nothing), {})


def _only_where(places: pa.Table, condition: pa.Array | pa.ChunkedArray) -> pa.Table:
    return pa.table([pc.if_else(condition, places[n], None) for n in PLACE], names=PLACE)
