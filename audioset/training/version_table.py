"""An opened version or view as a table: names, facts and filters. No audio is read here."""

from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.identity import VersionRef
from audioset.records.manifest import column_names
from audioset.records.version import VersionRecord
from audioset.records.view import View, both_conditions, view_name
from audioset.storage.cache import Cache
from audioset.storage.filters import filter_rows
from audioset.storage.plain_tables import frame_of
from audioset.storage.store import Store
from audioset.versions.read.views import describe_view, digest_of_rows, read_rows

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_EXTRA = "extra"
_LABEL_GROUPS = ("text", "speaker", "rights", "curation")  # what is worth offering as a label


class VersionTable:
    """The rows of one published version, or of a view of it, in order of clip ids.

    Attributes:
        store: that holds it.
        record: of the version.
        filter: SQL condition of the view; None for the whole version.
        cache: keeps shards of a remote store; None keeps nothing.
    """

    def __init__(
        self,
        store: Store,
        record: VersionRecord,
        *,
        filter: str | None = None,
        cache: Cache | None = None,
    ) -> None:
        self.store = store
        self.record = record
        self.filter = filter
        self.cache = cache

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
        return digest_of_rows(self.record, self.table)

    @property
    def view(self) -> View:
        """What it holds: version, condition, digest and totals."""
        table = None if self.filter is None else self.table
        return describe_view(self.record, self.filter, table)

    @cached_property
    def table(self) -> "pa.Table":
        """The manifest, one row per clip in order of clip ids; read from the store once.

        Raises:
            InvalidInputError: the condition of the view is not SQL on the columns.
            IntegrityError: the stored manifest does not match its hash.
            StorageError: the store did not answer.
        """
        return read_rows(self.store, self.record, self.filter)

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
        rows = filter_rows(self.table, condition)
        joined = both_conditions(self.filter, condition.strip())
        view = type(self)(self.store, self.record, filter=joined, cache=self.cache)
        view.table = rows
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
        if name in self.table.column_names and name != _EXTRA:
            column = self.table.column(name)
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
                if column != _EXTRA and self.table.column(column).null_count < len(self)
            }
            raise NotFoundError(
                f"no clip of {self.name} has {name!r}; there are {', '.join(sorted(keys | filled))}"
            )
        return values

    def __len__(self) -> int:
        # Not what the record states: list() makes room for as many before it reads any.
        return int(self.table.num_rows)

    def positions(self, split: str | None = None) -> list[int]:
        """Give the rows of `table` that belong to a split; all when None.

        Raises:
            InvalidInputError: no clip has this split.
        """
        if split is None:
            return list(range(self.table.num_rows))
        splits = self.table.column("split").to_pylist()
        chosen = [position for position, value in enumerate(splits) if value == split]
        if not chosen:
            known = ", ".join(sorted({value for value in splits if value})) or "none"
            raise InvalidInputError(
                f"no clip of {self.name} has split {split!r}; splits are: {known}"
            )
        return chosen

    @cached_property
    def _extras(self) -> list[dict[str, str]]:
        return [dict(pairs or ()) for pairs in self.table.column(_EXTRA).to_pylist()]
