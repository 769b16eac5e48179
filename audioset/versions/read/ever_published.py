"""All clips that the versions of a dataset ever held, each once: what later versions go on from."""

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audioset.records.manifest import manifest_schema
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
    coded: Sequence[str] = (),
) -> pa.Table:
    """Read every clip that some version holds: its row in the latest of them, and where it began.

    Older versions are streamed, and only clips are kept that no later one has.

    Args:
        records: of one dataset, oldest first.
        columns: of the manifest; `clip_id` and `split` among them.
        coded: columns of few texts, which are given as a dictionary.

    Returns:
        The columns, and `first_version` (int64), the number of the first version that holds the
        clip, in the order of clip ids. `split` is that of the latest version in which the clip has
        one.

    Raises:
        IntegrityError: a stored manifest is missing or damaged.
        StorageError: the store did not answer, or refused.
    """
    schema = coded_schema(manifest_schema(), columns, coded)
    kept: list[_Kept] = []
    for record in sorted(records, key=lambda record: record.version, reverse=True):
        batches = [
            batch
            for whole in scan_version(store, record, columns)
            if (batch := _unknown(code_columns(whole, schema), kept, record.version)).num_rows
        ]
        if batches:
            kept.append(_Kept(pa.Table.from_batches(batches, schema), record.version))
    found = [each.finished() for each in kept] or [
        _finished(schema.empty_table(), np.zeros(0, np.int64))
    ]
    if len(found) == 1:
        return found[0]
    return pa.concat_tables(found).unify_dictionaries().sort_by("clip_id")


class _Kept:
    """The clips that one version gave, and what older versions say of them."""

    def __init__(self, rows: pa.Table, version: int) -> None:
        self._rows = rows.unify_dictionaries().combine_chunks()
        self._ids = OrderedIds(self._rows["clip_id"].combine_chunks())
        self._first = np.full(len(rows), version, np.int64)
        splits = self._rows["split"].combine_chunks()
        self._splits = splits.dictionary_encode()
        self._names: list[str] = self._splits.dictionary.to_pylist()
        self._sides = np.array(self._splits.indices.fill_null(-1))

    def take(self, batch: pa.RecordBatch, version: int) -> NDArray[np.bool_]:
        """Note what an older version says; tells which of its rows are known."""
        places = self._ids.places(batch["clip_id"])
        known = places >= 0
        self._first[places[known]] = version
        empty = known & (self._sides[places] < 0) & np.asarray(batch["split"].is_valid())
        if empty.any():
            for row in np.flatnonzero(empty).tolist():
                self._sides[places[row]] = self._number(batch["split"][row].as_py())
        return known

    def finished(self) -> pa.Table:
        """Give the rows."""
        names = pa.array(self._names, pa.string())
        splits = names.take(pa.array(self._sides, mask=self._sides < 0))
        return _finished(replace_column(self._rows, "split", splits), self._first)

    def _number(self, name: str) -> int:
        if name not in self._names:
            self._names.append(name)
        return self._names.index(name)


def _finished(rows: pa.Table, first_versions: NDArray[np.int64]) -> pa.Table:
    field = pa.field(FIRST_VERSION, pa.int64())
    return rows.append_column(field, pa.array(first_versions, pa.int64()))


def _unknown(batch: pa.RecordBatch, kept: Sequence[_Kept], version: int) -> pa.RecordBatch:
    """Give the clips that no later version has."""
    known: NDArray[np.bool_] = np.zeros(batch.num_rows, bool)
    for each in kept:
        known |= each.take(batch, version)
    return batch.filter(pa.array(~known)) if known.any() else batch
