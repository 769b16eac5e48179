"""The clips of an export: chosen in one pass over the manifest, laid down where they are many."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audioset.errors import InvalidInputError
from audioset.records.export_contracts import ExportFormat
from audioset.records.manifest import column_names, manifest_schema
from audioset.records.version import VersionRecord
from audioset.records.view import view_name
from audioset.storage.arrays import as_indices, replace_column
from audioset.storage.filters import find_rows
from audioset.storage.rows.laid_rows import ManyRows, lay_rows, take_rows
from audioset.storage.scratch import scratch_folder
from audioset.storage.store import Store
from audioset.versions.read.fetch import require_clip_names
from audioset.versions.read.parts import ManifestParts

REJECTED, NO_TEXT = "rejected", "without a text"
# Fewer rows are held; more are read so many at a time, some 2 MB.
HELD_ROWS = BLOCK_ROWS = 4096


@dataclass(frozen=True, slots=True)
class ChosenRows:
    """Rows in memory or on the drive, all of them or some; see `ExportRows`."""

    rows: ManyRows
    places: NDArray[np.int64] | None = field(default=None, repr=False)

    @property
    def num_rows(self) -> int:
        """How many."""
        return int(self.rows.num_rows if self.places is None else self.places.size)

    @property
    def schema(self) -> pa.Schema:
        """Their columns."""
        return self.rows.schema

    def __getitem__(self, name: str) -> pa.ChunkedArray:
        """Read one column."""
        return self.select([name])[name]

    def select(self, names: Sequence[str]) -> pa.Table:
        """Read some columns."""
        if self.places is None:
            return self.rows.select(names)
        return take_rows(self.rows, names, self.places)

    def slice(self, start: int, num_rows: int) -> pa.Table:
        """Read some rows that follow each other."""
        end = min(start + num_rows, self.num_rows)
        if self.places is None:
            places = np.arange(start, end, dtype=np.int64)
        else:
            places = self.places[start:end]
        return take_rows(self.rows, self.schema.names, places)

    def take(self, places: "NDArray[np.int64] | pa.Array") -> "ChosenRows":
        """Name some rows, in the order of their places; none is read."""
        taken = np.asarray(places, np.int64)
        return ChosenRows(self.rows, taken if self.places is None else self.places[taken])


@contextmanager
def choose_clips(
    store: Store,
    record: VersionRecord,
    kind: ExportFormat,
    *,
    text_column: str = "text",
    where: str | None = None,
    splits: Sequence[str] = (),
) -> Iterator[tuple[ChosenRows, dict[str, int]]]:
    """Give the rows that are to be written, and how many others are not, by the reason.

    Raises:
        InvalidInputError: no clip is left, no clip has such a text, a split is unknown, or the
            condition is no SQL.
        IntegrityError: the manifest is missing or damaged.
        StorageError: the store did not answer, or the disk is full.
    """
    choice = _Choice(str(record.ref), kind, text_column, frozenset(splits))
    with scratch_folder(Path(tempfile.gettempdir()), "audioset-export-rows-") as folder:
        batches = _found(ManifestParts(store, record, lambda: folder), where)
        rows = lay_rows(
            map(choice.of, batches),
            manifest_schema(),
            lambda: folder,
            most_held=HELD_ROWS,
            batch_rows=BLOCK_ROWS,
        )
        if not record.num_clips:
            raise InvalidInputError(f"{record.ref} has no clip left: all were withdrawn")
        if not choice.num_found:
            raise InvalidInputError(f"no clip of {record.ref} meets the condition {where!r}")
        choice.require(view_name(record, where))
        left_out = {why: number for why, number in choice.num_left_out.items() if number}
        yield ChosenRows(rows), left_out


def _found(parts: ManifestParts, where: str | None) -> Iterator[pa.RecordBatch]:
    """Stream the rows for which a condition holds, few at a time."""
    names = column_names()
    wanted = None
    if where is not None:
        wanted = find_rows(
            lambda columns: (pa.Table.from_batches([each]) for each in parts.scan(columns)),
            names,
            where,
        )
    start = 0
    for whole in parts.scan_places(names):
        for at in range(0, whole.num_rows, BLOCK_ROWS):
            batch = whole.slice(at, BLOCK_ROWS).select(names)
            if wanted is None:
                yield batch
            else:
                first, last = np.searchsorted(wanted, (start, start + batch.num_rows)).tolist()
                yield batch.take(as_indices(wanted[first:last] - start))
            start += batch.num_rows


@dataclass(slots=True)
class _Choice:
    """What of the rows that were found is written, and what is not."""

    ref: str
    kind: ExportFormat
    text_column: str
    splits: frozenset[str]
    num_found: int = 0
    num_left: int = 0
    num_texts: int = 0
    known_splits: set[str] = field(default_factory=set)
    num_left_out: Counter[str] = field(default_factory=Counter)

    def of(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Keep the rows of a batch that are written; the chosen text is in its column."""
        rows = pa.Table.from_batches([batch])
        require_clip_names(rows, self.ref)
        self.num_found += rows.num_rows
        if self.splits:
            self.known_splits.update(pc.unique(rows["split"].drop_null()).to_pylist())
            rows = rows.filter(pc.is_in(rows["split"], pa.array(sorted(self.splits), pa.string())))
        accepted = rows.filter(pc.fill_null(rows["accepted"], fill_value=True))
        self.num_left_out[REJECTED] += rows.num_rows - accepted.num_rows
        rows = self._with_text(accepted)
        if self.kind.needs_text:
            spoken = rows.filter(_have_text(rows))
            self.num_left_out[NO_TEXT] += rows.num_rows - spoken.num_rows
            rows = spoken
        self.num_left += rows.num_rows
        (kept,) = rows.combine_chunks().to_batches() or [batch.slice(0, 0)]
        return kept

    def _with_text(self, rows: pa.Table) -> pa.Table:
        """Put what is to be the text into its column."""
        if self.text_column == "text":
            return rows
        if self._is_column:
            return replace_column(rows, "text", rows[self.text_column])
        maps = rows["extra"].combine_chunks()
        texts = pc.map_lookup(maps, pa.scalar(self.text_column), "first")
        self.num_texts += len(texts) - texts.null_count
        return replace_column(rows, "text", texts)

    @property
    def _is_column(self) -> bool:
        schema, name = manifest_schema(), self.text_column
        return name in schema.names and pa.types.is_string(schema.field(name).type)

    def require(self, name: str) -> None:
        """Require that the wish was one that the rows can meet, and that any is left."""
        unknown = sorted(self.splits - self.known_splits)
        if unknown:
            raise InvalidInputError(
                f"no clip of {name} has split {unknown[0]!r}; splits are: "
                f"{', '.join(sorted(self.known_splits)) or 'none'}"
            )
        if not self._is_column and not self.num_texts:
            raise InvalidInputError(
                f"no clip has a text in {self.text_column!r}: name a column of texts, such as "
                "hypothesis, or a fact of the clips"
            )
        if not self.num_left:
            reasons = ", ".join(f"{n:,} {why}" for why, n in self.num_left_out.items() if n)
            raise InvalidInputError(
                f"no clip of {name} can be written as {self.kind.name}: {reasons}"
            )


def _have_text(rows: pa.Table) -> pa.ChunkedArray:
    words = pc.utf8_trim_whitespace(pc.fill_null(rows["text"], ""))
    return pc.not_equal(words, "")
