"""Where the audio of a new version's clips lies already: in the shards of the version before."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audioset.records.manifest import column_names, manifest_schema
from audioset.records.version import ContentObject, VersionRecord
from audioset.storage.arrays import as_booleans, as_indices, as_texts
from audioset.storage.rows.laid_rows import ManyRows, scan_rows
from audioset.storage.shards import SHARD_FACTS
from audioset.versions.read.windows import side_by_side

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
        return as_booleans(pc.is_valid(self.places["shard_sha256"]))

    def without(self, gone: NDArray[np.bool_]) -> "KnownClips":
        """Give the same without the places of some clips."""
        if not gone.any():
            return self
        return KnownClips(_only_where(self.places, pa.array(~gone)), self.shards)

    def where_unknown(self, other: "KnownClips") -> "KnownClips":
        """Give the same, with the places that only the other one knows."""
        filled = [pc.coalesce(self.places[name], other.places[name]) for name in PLACE]
        return KnownClips(pa.table(filled, names=PLACE), {**other.shards, **self.shards})


def find_known_clips(
    rows: ManyRows,
    sizes_bytes: NDArray[np.int64],
    record: VersionRecord,
    published: Iterable[pa.RecordBatch],
) -> KnownClips:
    """Compare the clips of a new version with a published one, a part of both at a time.

    A clip is known when all that its shard says of it is equal, the hash of its samples included,
    and its file, where there is one, has the size of the stored one.

    Args:
        rows: manifest of the new version, in the order of its clip ids.
        sizes_bytes: of the audio file of each of its clips, 0 where there is none.
        record: of the published version.
        published: manifest of the published version, in the same order.
    """
    shards = {shard.sha256: shard for shard in record.shards}
    named = as_texts(shards)
    columns = (*SHARD_FACTS, *PLACE)
    schema = pa.schema([manifest_schema().field(name) for name in columns])
    places = [_no_places(0)]
    start = 0
    for ours, theirs in side_by_side(scan_rows(rows, columns), published, schema):
        sizes = as_indices(sizes_bytes[start : start + ours.num_rows])
        places.append(_find_places(ours, theirs, sizes, named))
        start += ours.num_rows
    return KnownClips(pa.concat_tables(places), shards)


def _find_places(
    ours: pa.RecordBatch, theirs: pa.RecordBatch, sizes: pa.Array, named: pa.Array
) -> pa.Table:
    """Give the places of the clips of one window."""
    found = theirs.take(pc.index_in(ours["clip_id"], value_set=theirs["clip_id"]))
    same = pc.or_(pc.equal(sizes, 0), pc.equal(found["size_bytes"], sizes))
    for name in SHARD_FACTS:
        same = pc.and_(same, pc.equal(found[name], ours[name]))
    same = pc.and_(same, pc.is_in(found["shard_sha256"], value_set=named))
    return _only_where(pa.Table.from_batches([found.select(PLACE)]), same)


def no_known_clips(num_rows: int) -> KnownClips:
    """Give what is known of a first version: nothing."""
    return KnownClips(_no_places(num_rows), {})


def _no_places(num_rows: int) -> pa.Table:
    schema = manifest_schema()
    return pa.table({name: pa.nulls(num_rows, schema.field(name).type) for name in PLACE})


def _only_where(places: pa.Table, condition: pa.Array | pa.ChunkedArray) -> pa.Table:
    return pa.table([pc.if_else(condition, places[n], None) for n in PLACE], names=PLACE)
