"""Views: the rows of a version for which a condition holds, and their digest."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from audioset.errors import IntegrityError
from audioset.records.pin import Pin
from audioset.records.version import VersionRecord
from audioset.records.view import View, whole
from audioset.storage.filters import filter_rows
from audioset.storage.store import Store
from audioset.storage.tables import ROW_GROUP_ROWS
from audioset.versions.read.digest import table_digest
from audioset.versions.read.resolve import read_version
from audioset.versions.read.totals import totals_of

TOTAL_COLUMNS = ("length_seconds", "speaker", "size_bytes")


def read_rows(store: Store, record: VersionRecord, condition: str | None) -> pa.Table:
    """Read the rows of a view, in the order of their clip ids.

    Args:
        condition: SQL condition on the columns of the manifest; all rows when None.

    Raises:
        InvalidInputError: not a condition, or an unknown column.
        IntegrityError: a part of the manifest is missing or does not match its hash.
        StorageError: the store did not answer, or refused.
    """
    rows = read_version(store, record)
    return rows if condition is None else filter_rows(rows, condition)


def scan_rows(
    store: Store, record: VersionRecord, condition: str, columns: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """Stream columns of the rows of a view; the arguments and errors are those of `read_rows`."""
    rows = read_rows(store, record, condition).select(columns)
    yield from rows.combine_chunks().to_batches(ROW_GROUP_ROWS)


def digest_of_rows(record: VersionRecord, rows: pa.Table) -> str:
    """Give the digest of a view: that of its version when no row is left out."""
    if rows.num_rows == record.num_clips:
        return record.digest
    return table_digest(rows.combine_chunks().to_batches(ROW_GROUP_ROWS))


def describe_view(
    record: VersionRecord,
    condition: str | None,
    rows: pa.Table | None,
    *,
    digest: str | None = None,
) -> View:
    """Say what a view holds.

    Args:
        rows: as `read_rows` gives them; not needed for a whole version.
        digest: of the rows, when it is known; `TOTAL_COLUMNS` of them are then enough.
    """
    if condition is None or rows is None:
        return whole(record)
    return View(
        record=record,
        filter=condition,
        digest=digest or digest_of_rows(record, rows),
        **totals_of(rows),
        size_bytes=pc.sum(rows["size_bytes"], min_count=0).as_py(),
    )


def require_pinned_rows(pin: Pin, view: View) -> None:
    """Require that a view holds the rows that were pinned.

    After a withdrawal it cannot: the digest of the version, which is checked before, must do.

    Raises:
        IntegrityError: it holds other rows.
    """
    if view.digest != pin.digest and not view.record.num_withdrawn:
        raise IntegrityError(
            f"{view.name} has digest {view.digest[:12]}, but {pin.digest[:12]} is pinned: the "
            "condition chooses other clips than it did; pin it again"
        )
