"""Who is to judge which clips: rows that are only added, of which the newest moment holds.

So two catalogs become one by having all rows of both, in any order.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import insert, select

from audioset.catalog.connection import utc
from audioset.catalog.database import CatalogDatabase
from audioset.catalog.tables import assignments as table
from audioset.records.assignments import Assignment


class _AssignmentRow(NamedTuple):
    assigned_at: datetime
    assigned_by: str
    reviewer: str
    clip_id: str
    review_pass: int
    withdrawn: bool

    @property
    def assignment(self) -> Assignment:
        return Assignment(
            reviewer=self.reviewer, clip_id=self.clip_id, review_pass=self.review_pass
        )


_COLUMNS = [table.c[name] for name in _AssignmentRow._fields]


def write_assignments(
    catalog: CatalogDatabase, wanted: Iterable[Assignment], *, by: str, withdrawn: bool = False
) -> int:
    """Assign clips, or withdraw what was assigned, all or nothing; returns how many.

    Args:
        catalog: where.
        wanted: each once.
        by: who says so.
        withdrawn: they hold no more.

    Raises:
        StorageError: the database cannot be reached or refused.
    """
    now = datetime.now(UTC)
    rows = [
        _AssignmentRow(now, by, one.reviewer, one.clip_id, one.review_pass, withdrawn)._asdict()
        for one in wanted
    ]
    if rows:
        catalog.make_tables()
        with catalog.writing() as connection:
            connection.execute(insert(table), rows)
    return len(rows)


def read_assignments(catalog: CatalogDatabase, reviewer: str | None = None) -> list[Assignment]:
    """Give the assignments that hold, in the order in which they were made.

    Args:
        catalog: where.
        reviewer: to whom; to anybody when None.

    Raises:
        StorageError: the database cannot be reached or is not a catalog.
    """
    newest: dict[Assignment, _AssignmentRow] = {}
    for row in sorted(_read(catalog, reviewer), key=lambda row: row.assigned_at):
        newest.pop(row.assignment, None)
        newest[row.assignment] = row
    return [one for one, row in newest.items() if not row.withdrawn]


def copy_assignments(
    origin: CatalogDatabase,
    target: CatalogDatabase,
    *,
    is_withdrawn: Callable[[str], bool],
    dry_run: bool,
) -> int:
    """Bring the assignments of one catalog to another; returns how many rows that lacked.

    Args:
        origin, target: the two.
        is_withdrawn: tells of a clip id whether the clip was withdrawn; such rows stay out.
        dry_run: only tell.

    Raises:
        StorageError: a database cannot be reached, or refused.
    """
    rows = [row for row in _read(origin) if not is_withdrawn(row.clip_id)]
    if not rows:
        return 0
    if dry_run:
        there = set(_read(target))
        return sum(row not in there for row in rows)
    target.make_tables()
    # What is there is read under the lock: two copies at once add nothing twice.
    with target.writing() as connection:
        there = set(map(_row, connection.execute(select(*_COLUMNS))))
        new = [row._asdict() for row in dict.fromkeys(rows) if row not in there]
        if new:
            connection.execute(insert(table), new)
    return len(new)


def _read(catalog: CatalogDatabase, reviewer: str | None = None) -> list[_AssignmentRow]:
    """Give all rows, in the order in which they were added; none in a catalog without the table."""
    with catalog.reading() as connection:
        if connection is None:
            return []
        query = select(*_COLUMNS).order_by(table.c.id)
        if reviewer is not None:
            query = query.where(table.c.reviewer == reviewer)
        return list(map(_row, connection.execute(query)))


def _row(values: Iterable[Any]) -> _AssignmentRow:
    row = _AssignmentRow(*values)
    return row._replace(assigned_at=utc(row.assigned_at), withdrawn=bool(row.withdrawn))
