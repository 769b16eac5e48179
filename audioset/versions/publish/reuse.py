"""Where the audio of a new version's clips lies already: in the shards of the version before."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audioset.records.manifest import column_names, manifest_schema
from audioset.records.version import ContentObject, VersionRecord
from audioset.storage.arrays import as_indices, as_numbers, fill_null
from audioset.storage.rows.laid_rows import BATCH_ROWS, ManyRows, even_batches, lay_rows, scan_rows
from audioset.storage.shards import SHARD_FACTS
from audioset.versions.read.windows import side_by_side

PLACE = column_names(group="storage")
PLACE_SCHEMA = pa.schema([manifest_schema().field(name) for name in PLACE])


@dataclass(frozen=True)
class KnownClips:
    """What stored shards hold of the clips of a new version.

    Attributes:
        places: rows with the storage columns, one per clip of the new version; of a clip whose
            audio is in none of the shards they say nothing. None where that is so of all.
        codes: which of the shards has a clip, by its place among them, -1 for none, shape (rows,).
        shards: that hold them, by hash.
    """

    places: ManyRows | None
    codes: NDArray[np.int32]
    shards: dict[str, ContentObject]

    @classmethod
    def of_places(cls, places: ManyRows, shards: Mapping[str, ContentObject]) -> "KnownClips":
        """Take the places of those clips that are in one of the shards."""
        named = pa.array(list(shards), pa.string())
        codes = [shard_codes(b["shard_sha256"], named) for b in scan_rows(places, ["shard_sha256"])]
        return cls(places, np.concatenate([*codes, np.zeros(0, np.int32)]), dict(shards))

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Whether a clip is in one of the shards, shape (rows,)."""
        return self.codes >= 0

    def without(self, gone: NDArray[np.bool_]) -> "KnownClips":
        """Give the same without the places of some clips."""
        return KnownClips(self.places, np.where(gone, np.int32(-1), self.codes), self.shards)

    def where_unknown(self, other: "KnownClips", folder: Callable[[], Path]) -> "KnownClips":
        """Give the same, with the places that only the other one knows.

        Args:
            other: of the same clips.
            folder: gives the folder for the places of many clips; see `lay_rows`.
        """
        if self.places is None or other.places is None:
            return other if self.places is None else self
        shards = {**self.shards, **{k: s for k, s in other.shards.items() if k not in self.shards}}
        code_of = {sha256: code for code, sha256 in enumerate(shards)}
        renamed = np.array([code_of[sha256] for sha256 in other.shards] or [-1], np.int32)
        taken = ~self.is_known & other.is_known
        both = zip(scan_places(self.places), scan_places(other.places), strict=True)
        start = 0

        def batches() -> Iterator[pa.RecordBatch]:
            nonlocal start
            for ours, theirs in both:
                mask = pa.array(taken[start : start + len(ours)])
                start += len(ours)
                yield merge_places(mask, theirs, ours)

        places = lay_rows(batches(), PLACE_SCHEMA, folder)
        codes = np.where(taken, renamed[other.codes], self.codes)
        return KnownClips(places, codes, shards)


def scan_places(rows: ManyRows) -> Iterator[pa.RecordBatch]:
    """Stream the storage columns of rows; batches of equally many rows have the same lengths."""
    return even_batches(scan_rows(rows, PLACE), BATCH_ROWS)


def merge_places(chosen: pa.Array, one: pa.RecordBatch, other: pa.RecordBatch) -> pa.RecordBatch:
    """Give the storage columns of the one where it is chosen, and of the other elsewhere."""
    merged = [pc.if_else(chosen, one[name], other[name]) for name in PLACE]
    return pa.RecordBatch.from_arrays(merged, schema=PLACE_SCHEMA)


def shard_codes(sha256s: pa.Array, named: pa.Array) -> NDArray[np.int32]:
    """Give the place of each clip's shard among some, -1 where it is in none, shape (clips,)."""
    found = pc.index_in(sha256s, value_set=named)
    missing = ~as_numbers(found.is_valid().cast(pa.uint8())).astype(bool)
    return np.where(missing, np.int32(-1), as_numbers(fill_null(found)))


def find_known_clips(
    rows: ManyRows,
    sizes_bytes: NDArray[np.int64],
    record: VersionRecord,
    published: Iterable[pa.RecordBatch],
    folder: Callable[[], Path],
) -> KnownClips:
    """Compare the clips of a new version with a published one, a part of both at a time.

    A clip is known when all that its shard says of it is equal, the hash of its samples included,
    and its file, where there is one, has the size of the stored one.

    Args:
        rows: manifest of the new version, in the order of its clip ids.
        sizes_bytes: of the audio file of each of its clips, 0 where there is none.
        record: of the published version.
        published: manifest of the published version, in the same order.
        folder: gives the folder for the places of many clips; see `lay_rows`.
    """
    shards = {shard.sha256: shard for shard in record.shards}
    named = pa.array(list(shards), pa.string())
    columns = (*SHARD_FACTS, *PLACE)
    schema = pa.schema([manifest_schema().field(name) for name in columns])
    codes = np.full(rows.num_rows, -1, np.int32)

    def places() -> Iterator[pa.RecordBatch]:
        start = 0
        for ours, theirs in side_by_side(scan_rows(rows, columns), published, schema):
            end = start + ours.num_rows
            found, is_same = _find_places(ours, theirs, as_indices(sizes_bytes[start:end]))
            codes[start:end] = np.where(is_same, shard_codes(found["shard_sha256"], named), -1)
            yield found
            start = end

    return KnownClips(lay_rows(places(), PLACE_SCHEMA, folder), codes, shards)


def _find_places(
    ours: pa.RecordBatch, theirs: pa.RecordBatch, sizes: pa.Array
) -> tuple[pa.RecordBatch, NDArray[np.bool_]]:
    """Give the places of the clips of one window, and which of the clips are the same."""
    if ours["clip_id"].equals(theirs["clip_id"]):
        found = theirs
    else:
        found = theirs.take(pc.index_in(ours["clip_id"], value_set=theirs["clip_id"]))
    same = pc.or_(pc.equal(sizes, 0), pc.equal(found["size_bytes"], sizes))
    for name in SHARD_FACTS:
        same = pc.and_(same, pc.equal(found[name], ours[name]))
    is_same = as_numbers(fill_null(same).cast(pa.uint8())).astype(bool)
    return found.select(PLACE).cast(PLACE_SCHEMA), is_same


def no_known_clips(num_rows: int) -> KnownClips:
    """Give what is known of a first version: nothing."""
    return KnownClips(None, np.full(num_rows, -1, np.int32), {})
