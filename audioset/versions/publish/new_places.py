"""Where every clip of a new version lies: where it lay, or in a shard that was put."""

from collections.abc import Iterator, Sequence
from itertools import repeat

import numpy as np
import pyarrow as pa

from audioset.records.version import ContentObject
from audioset.storage.rows.laid_rows import BATCH_ROWS, ManyRows, even_batches, scan_rows
from audioset.versions.publish.plan import ShardPlan
from audioset.versions.publish.put_shards import PutShard
from audioset.versions.publish.reuse import PLACE, PLACE_SCHEMA, merge_places, scan_places


class NewPlaces:
    """The storage columns of a new version, a batch of rows after the other.

    Args:
        plan: of the version.
        put: the shards that were put, in the order of the plan.
    """

    def __init__(self, plan: ShardPlan, put: Sequence[PutShard]) -> None:
        self._known = plan.known
        self._packed = plan.packed
        self._put = put
        self._firsts = np.array([positions[0] for positions in plan.packed], np.int64)
        self._lasts = np.array([positions[-1] for positions in plan.packed], np.int64)

    def shards(self) -> tuple[ContentObject, ...]:
        """Give all shards that the version names, in the order of the first clip of each."""
        every = [*self._known.shards.values(), *(shard.stored for shard in self._put)]
        codes = self._known.codes.copy()
        for code, positions in enumerate(self._packed, len(self._known.shards)):
            codes[positions] = code
        firsts = np.full(len(every), len(codes), np.int64)
        np.minimum.at(firsts, codes, np.arange(len(codes)))
        used = np.argsort(firsts, kind="stable")[: int((firsts < len(codes)).sum())]
        # What was put again may be what is there.
        return tuple({every[code].sha256: every[code] for code in used.tolist()}.values())

    def fill(self, rows: ManyRows) -> Iterator[pa.RecordBatch]:
        """Stream the rows of the version with their storage columns."""
        places = self._known.places
        known = repeat(None) if places is None else scan_places(places)
        start = 0
        for batch, lay in zip(even_batches(scan_rows(rows), BATCH_ROWS), known, strict=False):
            filled = self._filled(start, len(batch), lay)
            arrays = [
                filled[name] if name in PLACE else batch.column(name) for name in batch.schema.names
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=batch.schema)
            start += len(batch)

    def _filled(self, start: int, count: int, lay: pa.RecordBatch | None) -> pa.RecordBatch:
        """Give the storage columns of some rows; `lay` says where those lie that were not put."""
        here = np.flatnonzero((self._firsts < start + count) & (self._lasts >= start)).tolist()
        place_of = np.full(count, -1, np.int64)
        parts: list[pa.RecordBatch] = []
        num_put = 0
        for shard in here:
            positions = self._packed[shard]
            first, last = np.searchsorted(positions, (start, start + count)).tolist()
            place_of[positions[first:last] - start] = np.arange(num_put, num_put + last - first)
            parts.append(self._put[shard].places.slice(first, last - first))
            num_put += last - first
        if lay is not None and not num_put:
            return lay
        is_put = place_of >= 0
        together = pa.Table.from_batches(parts, PLACE_SCHEMA).combine_chunks()
        found = together.take(pa.array(place_of, mask=~is_put)).combine_chunks()
        put = pa.RecordBatch.from_arrays(
            [column.combine_chunks() for column in found.columns], schema=PLACE_SCHEMA
        )
        return put if lay is None else merge_places(pa.array(is_put), put, lay)
