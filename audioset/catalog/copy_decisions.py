"""Decisions from one catalog to another, with who and when; repeating it adds nothing.

Some rows at a time, each time all or nothing, so that a copy that stops anywhere is continued by
the next one, and who decides at the same moment is not kept waiting.
"""

import json
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from audioset.catalog.connection import utc
from audioset.catalog.database import CatalogDatabase
from audioset.catalog.decisions import sqlite_url
from audioset.catalog.holding import in_parts
from audioset.catalog.merge import DecisionRow, Merged, RowKey, merge
from audioset.catalog.tables import decisions as table
from audioset.engine import Progress, no_progress
from audioset.errors import NotCopiedWarning, StorageError
from audioset.records.copy_report import CopiedDecisions, CopyConflict
from audioset.settings import shown_here

_ROWS_AT_ONCE = 1000
_NAMING = ("op_id", "subject_kind", "subject_id", "field")  # of which there is one row
_COLUMNS = [table.c[name] for name in DecisionRow._fields]


def copy_decisions(
    origin: CatalogDatabase,
    target: CatalogDatabase,
    *,
    is_withdrawn: Callable[[str], bool],
    dry_run: bool = False,
    progress: Progress = no_progress,
) -> CopiedDecisions:
    """Bring all decisions of one catalog to another; those that it has are not added again.

    Args:
        is_withdrawn: tells of a clip id whether the clip was withdrawn; such decisions stay out.
        dry_run: only tell.
        progress: told of decisions.

    Raises:
        StorageError: a database cannot be reached, or refused. What was copied stands.
    """
    total, done, num_left_out = _count(origin), 0, 0
    num_added = 0
    conflicts: dict[RowKey, tuple[DecisionRow, DecisionRow]] = {}
    progress("copying decisions", 0, total, "decisions")
    if total and not dry_run:
        target.make_tables()
    for batch in _batches(origin):
        done += len(batch)
        rows = [r for r in batch if r.subject_kind != "clip" or not is_withdrawn(r.subject_id)]
        num_left_out += len(batch) - len(rows)
        merged = _merge(origin, target, rows, dry_run=dry_run)
        num_added += len(merged.rows)
        conflicts |= merged.conflicts
        progress("copying decisions", done, total, "decisions")
    return CopiedDecisions(
        num_added=num_added,
        num_there=done - num_left_out - num_added,
        num_left_out=num_left_out,
        conflicts=tuple(_conflict(*both) for _, both in sorted(conflicts.items())),
    )


def tell_not_copied(own: Path, used: CatalogDatabase) -> None:
    """Warn when the newest decision of a workspace's own catalog is not in the one that is used.

    Args:
        own: SQLite file of the workspace's own catalog.
        used: the catalog that its settings name.

    Raises:
        StorageError: the catalog that is used cannot be reached.
    """
    file = CatalogDatabase(sqlite_url(own))
    newest = select(*_COLUMNS).order_by(table.c.id.desc()).limit(1)
    try:
        with file.reading() as connection:
            found = connection.execute(newest).all() if connection is not None else []
        if not found:
            return
        num_here = _count(file)
    except StorageError:  # it is not used, so what is wrong with it stops nobody
        return
    row = _row(found[0])
    with used.reading() as connection:
        if row in _about(connection, [row.subject_id]):
            return
    lacks = "lacks the newest decisions" if _count(used) else "holds no decisions"
    warnings.warn(
        f"catalog {used.shown} {lacks}, while {own.name} here has {num_here:,}, not used: audioset "
        f"copy --catalog --from {shown_here(own)} brings what is missing, or rename that file",
        NotCopiedWarning,
        stacklevel=2,
    )


def _count(catalog: CatalogDatabase) -> int:
    with catalog.reading() as connection:
        if connection is None:
            return 0
        return int(connection.scalar(select(func.count()).select_from(table)) or 0)


def _batches(catalog: CatalogDatabase) -> Iterator[list[DecisionRow]]:
    """Give all rows in the order in which they were added, some at a time."""
    last = 0
    while True:
        query = select(table.c.id, *_COLUMNS).where(table.c.id > last).order_by(table.c.id)
        with catalog.reading() as connection:
            found = connection.execute(query.limit(_ROWS_AT_ONCE)).all() if connection else []
        if not found:
            return
        last = found[-1][0]
        yield [_row(values[1:]) for values in found]


def _merge(
    origin: CatalogDatabase, target: CatalogDatabase, rows: list[DecisionRow], *, dry_run: bool
) -> Merged:
    subjects = sorted({row.subject_id for row in rows})
    with origin.reading() as connection:
        here = _about(connection, subjects)
    if dry_run:
        with target.reading() as connection:
            return merge(rows, here, _about(connection, subjects))
    # What is there is read under the lock: two copies at once add nothing twice.
    with target.writing() as connection:
        merged = merge(rows, here, _about(connection, subjects))
        for row in merged.moved:
            connection.execute(
                delete(table).where(*(table.c[name] == getattr(row, name) for name in _NAMING))
            )
        written = [row._asdict() for row in _in_order(merged)]
        if written:
            connection.execute(insert(table), written)
    return merged


def _in_order(merged: Merged) -> list[DecisionRow]:
    moved = set(merged.moved)
    return [*(row for row in merged.rows if row not in moved), *merged.moved]


def _about(connection: Connection | None, subjects: list[str]) -> list[DecisionRow]:
    """Give all rows about some subjects, in their order."""
    found: list[tuple[int, DecisionRow]] = []
    if connection is None:
        return []
    for some in in_parts(subjects):
        query = select(table.c.id, *_COLUMNS).where(table.c.subject_id.in_(some))
        found += [(values[0], _row(values[1:])) for values in connection.execute(query)]
    return [row for _, row in sorted(found, key=lambda numbered: numbered[0])]


def _row(values: Iterable[Any]) -> DecisionRow:
    row = DecisionRow(*values)
    return row._replace(decided_at=utc(row.decided_at))


def _conflict(holds: DecisionRow, other: DecisionRow) -> CopyConflict:
    return CopyConflict(
        subject_kind=holds.subject_kind,
        subject_id=holds.subject_id,
        field=holds.field,
        value=json.loads(holds.value),
        decided_by=holds.decided_by,
        decided_at=holds.decided_at,
        other_value=json.loads(other.value),
        other_by=other.decided_by,
        other_at=other.decided_at,
    )
