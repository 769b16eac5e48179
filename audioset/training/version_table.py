"""An opened version or view as a table: names, facts and filters. No audio is read here."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pyarrow as pa

from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.identity import VersionRef
from audioset.records.manifest import column_names
from audioset.records.version import VersionRecord
from audioset.records.view import View, both_conditions, view_name
from audioset.settings import DEFAULT_READ_AHEAD_BYTES
from audioset.storage.arrays import as_numbers
from audioset.storage.cache import Cache
from audioset.storage.filters import filter_rows
from audioset.storage.plain_tables import frame_of
from audioset.storage.store import Store
from audioset.training.kept_folder import KeptFolder
from audioset.training.row_blocks import RowBlocks, RowsOnDrive, are_held
from audioset.versions.read.digest import table_digest
from audioset.versions.read.views import TOTAL_COLUMNS, describe_view, digest_of_rows, read_rows

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_EXTRA = "extra"
_LABEL_GROUPS = ("text", "speaker", "rights", "curation")  # what is worth offering as a label


class VersionTable:
    """The rows of one published version, or of a view of it, in order of clip ids.

    Attributes:
        store: that holds it.
        record: of the version.
        filter: SQL condition of the view; None for the whole version.
        cache: keeps shards of a remote store; None keeps nothing.
        read_ahead_bytes: encoded clips of a remote store that are held at once at most.
    """

    def __init__(
        self,
        store: Store,
        record: VersionRecord,
        *,
        filter: str | None = None,
        cache: Cache | None = None,
        read_ahead_bytes: int = DEFAULT_READ_AHEAD_BYTES,
        kept: KeptFolder | None = None,
    ) -> None:
        self.store = store
        self.record = record
        self.filter = filter
        self.cache = cache
        self.read_ahead_bytes = read_ahead_bytes
        self._kept = KeptFolder() if kept is None else kept

    def __repr__(self) -> str:
        clips = f"{self.record.num_clips} clips" if self.filter is None else "a view"
        return f"{type(self).__name__}({self.name}, {clips}, {self.store.url})"

    @property
    def name(self) -> str:
        """Name of the version, `dataset@v3`, or of the view, `dataset@v3?snr_db > 20`."""
        return view_name(self.record, self.filter)

    @property
    def ref(self) -> VersionRef:
        """Name of the version, `dataset@v3`."""
        return self.record.ref

    @cached_property
    def digest(self) -> str:
        """Full sha256 of the rows, hex; that of the version when a view leaves no clip out."""
        if self.filter is None:
            return self.record.digest
        rows = self.manifest
        if not isinstance(rows, RowBlocks):
            return digest_of_rows(self.record, rows)
        if rows.num_rows == self.record.num_clips:
            return self.record.digest
        return table_digest(rows.batches(rows.column_names))

    @property
    def view(self) -> View:
        """What it holds: version, condition, digest and totals."""
        rows = None if self.filter is None else self._columns(TOTAL_COLUMNS)
        return describe_view(self.record, self.filter, rows, digest=self.digest)

    @cached_property
    def table(self) -> pa.Table:
        """The manifest, one row per clip in order of clip ids; read from the store once.

        Raises:
            InvalidInputError: the condition of the view is not SQL on the columns.
            IntegrityError: the stored manifest does not match its hash.
            StorageError: the store did not answer.
        """
        if are_held(self.record):
            return read_rows(self.store, self.record, self.filter)
        return self._columns(self.manifest.column_names)

    @cached_property
    def manifest(self) -> pa.Table | RowBlocks:
        """The rows as columns and single rows; of a large version little of them is held.

        Raises:
            As `table`.
        """
        if are_held(self.record):
            return self.table
        rows = RowBlocks(RowsOnDrive(self.store, self.record, self._kept))
        return rows if self.filter is None else rows.where(self.filter)

    def where(self, condition: str) -> Self:
        """Give the view of the clips for which a condition holds. No audio is read.

        It reads only the byte ranges of its clips, has a digest of its own, and can be opened by
        its name, pinned and trained on like a version. A view of a view meets both conditions.

        Args:
            condition: SQL on the columns of the manifest, such as `speaker = 'm' and snr_db > 20`;
                facts without a column of their own are `extra['room']`. Null is not true.

        Raises:
            InvalidInputError: not a condition, an unknown column, or one that may give other clips
                next time, such as `random() < 0.1`: use `sample`.
            IntegrityError: the stored manifest does not match its hash.
            StorageError: the store did not answer.
        """
        rows = self.manifest
        joined = both_conditions(self.filter, condition.strip())
        view = type(self)(
            self.store,
            self.record,
            filter=joined,
            cache=self.cache,
            read_ahead_bytes=self.read_ahead_bytes,
            kept=self._kept,
        )
        if isinstance(rows, RowBlocks):
            view.manifest = rows.where(condition)
        else:
            view.table = filter_rows(rows, condition)
        return view

    def sample(self, share: float, seed: int = 0) -> Self:
        """Give the view of a share of the clips, chosen by the hash of seed and clip id.

        A clip is in or out whatever else the version holds, so a sample grows with its dataset and
        keeps its clips. It is `where("sample(0.1, 7)")`, and can be joined with other conditions.

        Args:
            share: of the clips, 0 to 1; met about, as by drawing.
            seed: another number gives another share.

        Raises:
            As `where`.
        """
        return self.where(f"sample({share}, {seed})")

    def to_pandas(self) -> "pd.DataFrame":
        """Give the manifest as a DataFrame; every key of `extra` becomes a column of its own.

        A key that has the name of a manifest column is called `extra_<key>`. Numbers and truth
        values that may be missing have the nullable types of pandas.
        """
        return frame_of(self.table)

    def label(self, name: str) -> list[Any]:
        """Give one fact of every clip, in order: a manifest column or a key of `extra`.

        A manifest column that is empty for all clips gives way to a key of the same name.

        Raises:
            NotFoundError: no clip has such a fact; the text names those that exist.
        """
        if name in self.manifest.column_names and name != _EXTRA:
            column = self.manifest.column(name)
            if column.null_count < len(column):
                values: list[Any] = column.to_pylist()
                return values
        if not len(self):
            raise NotFoundError(f"{self.name} holds no clip, so none has {name!r}")
        values = [extra.get(name) for extra in self._extras]
        if all(value is None for value in values):
            keys = {key for extra in self._extras for key in extra}
            filled = {
                column
                for group in _LABEL_GROUPS
                for column in column_names(group=group)
                if column != _EXTRA and self.manifest.column(column).null_count < len(self)
            }
            raise NotFoundError(
                f"no clip of {self.name} has {name!r}; there are {', '.join(sorted(keys | filled))}"
            )
        return values

    def __len__(self) -> int:
        # Not what the record states: list() makes room for as many before it reads any.
        return int(self.manifest.num_rows)

    def positions(self, split: str | None = None) -> list[int]:
        """Give the rows of `table` that belong to a split; all when None.

        Raises:
            InvalidInputError: no clip has this split.
        """
        found: list[int] = self._positions_of(split).tolist()
        return found

    def _positions_of(self, split: str | None) -> "NDArray[np.int64]":
        """Give what `positions` gives, shape (clips,)."""
        if split is None:
            return np.arange(len(self))
        numbers, names = self._splits
        chosen = np.flatnonzero(numbers == names.index(split)) if split in names else None
        if chosen is None:
            known = ", ".join(sorted(name for name in names if name)) or "none"
            raise InvalidInputError(
                f"no clip of {self.name} has split {split!r}; splits are: {known}"
            )
        return chosen

    @cached_property
    def _splits(self) -> "tuple[NDArray[Any], list[str | None]]":
        """The split of every clip, as its number in the list of those that there are."""
        column = self.manifest.column("split")
        whole = pa.concat_arrays(column.chunks) if column.num_chunks else pa.nulls(0, column.type)
        encoded = whole.dictionary_encode("encode")
        names: list[str | None] = encoded.dictionary.to_pylist()
        return as_numbers(encoded.indices).astype(np.min_scalar_type(len(names))), names

    @cached_property
    def _extras(self) -> list[dict[str, str]]:
        return [dict(pairs or ()) for pairs in self.manifest.column(_EXTRA).to_pylist()]

    def _columns(self, names: Sequence[str]) -> pa.Table:
        rows = self.manifest
        return rows.table(names) if isinstance(rows, RowBlocks) else rows.select(list(names))
