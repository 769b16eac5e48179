"""All clips that the versions of a dataset ever held, each once: what later versions go on from."""

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audioset.records.manifest import manifest_schema
from audioset.records.published_clips import PublishedClips
from audioset.records.version import FIRST_VERSION, VersionRecord
from audioset.storage.arrays import code_columns, coded_schema, replace_column
from audioset.storage.rows.ordered_ids import OrderedIds
from audioset.storage.store import Store
from audioset.versions.read.resolve import scan_version


def published_clips(
    store: Store,
    records: Iterable[VersionRecord],
    columns: Sequence[str],
    *,
    working_ids: pa.ChunkedArray,
    coded: Sequence[str] = (),
) -> PublishedClips:
    """Read what versions say of the working clips, and every other clip that some version holds.

    Versions are streamed, the latest first, and only clips are kept that neither the workspace nor
    a later one has.

    Args:
        records: of one dataset, in any order.
        columns: of the manifest; `clip_id` and `split` among them.
        working_ids: ascending.
        coded: columns of few texts, which are given as a dictionary.

    Raises:
        IntegrityError: a stored manifest is missing or damaged.
        StorageError: the store did not answer, or refused.
    """
    schema = coded_schema(manifest_schema(), columns, coded)
    here = _WhatVersionsSay(working_ids)
    kept: list[_Kept] = []
    for record in sorted(records, key=lambda record: record.version, reverse=True):
        known = [here, *(each.said for each in kept)]
        batches = [
            batch
            for whole in scan_version(store, record, columns)
            if (batch := _unknown(code_columns(whole, schema), known, record.version)).num_rows
        ]
        if batches:
            kept.append(_Kept(pa.Table.from_batches(batches, schema), record.version))
    found = [each.finished() for each in kept] or [
        schema.append(_FIRST_VERSION_FIELD).empty_table()
    ]
    gone = found[0]
    if len(found) > 1:
        gone = pa.concat_tables(found).unify_dictionaries().sort_by("clip_id")
    return PublishedClips(here.first_versions, here.splits(), gone)


_FIRST_VERSION_FIELD = pa.field(FIRST_VERSION, pa.int32())


class _WhatVersionsSay:
    """What versions say of some clips, read from the latest to the first.

    Args:
        ids: of the clips, ascending.

    Attributes:
        first_versions: the first one that holds it, -1 as long as none does.
    """

    def __init__(self, ids: pa.ChunkedArray) -> None:
        self.first_versions = np.full(len(ids), -1, np.int32)
        self._ids = OrderedIds(ids)
        self._names: list[str] = []
        self._sides = np.full(len(ids), -1, np.int16)

    def take(self, batch: pa.RecordBatch, version: int) -> NDArray[np.bool_]:
        """Note what an older version says; tells which of its rows are known."""
        places = self._ids.places(batch["clip_id"])
        known = places >= 0
        self.first_versions[places[known]] = version
        encoded = batch["split"].dictionary_encode()
        numbers = [self._number(name) for name in encoded.dictionary.to_pylist()]
        # The last place is that of clips without a split.
        sides = np.array([*numbers, -1], np.int16)[np.asarray(encoded.indices.fill_null(-1))]
        empty = known & (sides >= 0)
        empty[known] &= self._sides[places[known]] < 0
        self._sides[places[empty]] = sides[empty]
        return known

    def splits(self) -> pa.Array:
        """Give the split of each clip, in the latest version in which it has one."""
        names = pa.array(self._names, pa.string())
        return names.take(pa.array(self._sides, mask=self._sides < 0))

    def _number(self, name: str) -> int:
        if name not in self._names:
            self._names.append(name)
        return self._names.index(name)


class _Kept:
    """The clips that one version gave, and what older versions say of them."""

    def __init__(self, rows: pa.Table, version: int) -> None:
        self._rows = rows.unify_dictionaries()
        self.said = _WhatVersionsSay(self._rows["clip_id"])
        for batch in self._rows.select(["clip_id", "split"]).to_batches():
            self.said.take(batch, version)

    def finished(self) -> pa.Table:
        """Give the rows."""
        rows = replace_column(self._rows, "split", self.said.splits())
        return rows.append_column(_FIRST_VERSION_FIELD, pa.array(self.said.first_versions))


def _unknown(
    batch: pa.RecordBatch, known: Sequence[_WhatVersionsSay], version: int
) -> pa.RecordBatch:
    """Give the clips that neither the workspace nor a later version has."""
    found: NDArray[np.bool_] = np.zeros(batch.num_rows, bool)
    for each in known:
        found |= each.take(batch, version)
    return batch.filter(pa.array(~found)) if found.any() else batch
