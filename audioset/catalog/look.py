"""A look at a catalog that changes nothing: not even tables of an earlier release."""

import os
from dataclasses import dataclass

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.exc import OperationalError

from audioset.catalog.connection import (
    is_read_only,
    make_engine,
    one_line_errors,
    parse_url,
    sqlite_file,
)
from audioset.catalog.migrations import MIGRATIONS
from audioset.catalog.tables import decisions

_WAIT_SECONDS_TO_LOOK = 2
_STEPS = "audioset_migrations"


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogLook:
    """What was seen of a catalog.

    Attributes:
        num_rows: that were ever recorded.
        newer_steps: names of steps of its tables that this release does not know.
        is_older: it lacks steps of this release.
        is_writable: by this user.
        is_busy: another program has it for itself.
        waited_seconds: for that program.
    """

    num_rows: int = 0
    newer_steps: tuple[str, ...] = ()
    is_older: bool = False
    is_writable: bool = True
    is_busy: bool = False
    waited_seconds: float = _WAIT_SECONDS_TO_LOOK


def look_into(url: str) -> CatalogLook:
    """Look into a catalog that exists.

    Raises:
        InvalidInputError: not a SQLAlchemy URL of SQLite or PostgreSQL.
        StorageError: it cannot be reached, is no database, or another program lets nobody read.
    """
    parsed = parse_url(url)
    with one_line_errors(parsed):
        engine = make_engine(parsed, wait_seconds=_WAIT_SECONDS_TO_LOOK)
        try:
            with engine.connect() as connection:
                return _look(connection)
        finally:
            engine.dispose()


def _look(connection: Connection) -> CatalogLook:
    tables = inspect(connection).get_table_names()
    if decisions.name not in tables:
        return CatalogLook(is_writable=_may_make_tables(connection))
    found = (
        set(connection.scalars(text(f"SELECT name FROM {_STEPS}")))  # noqa: S608  our own name
        if _STEPS in tables
        else set()
    )
    known = {step.__name__ for step in MIGRATIONS}
    num_rows = int(connection.scalar(select(func.count()).select_from(decisions)) or 0)
    connection.rollback()
    is_writable, is_busy = _try_to_write(connection)
    return CatalogLook(
        num_rows=num_rows,
        newer_steps=tuple(sorted(found - known)),
        is_older=bool(known - found),
        is_writable=is_writable,
        is_busy=is_busy,
    )


def _may_make_tables(connection: Connection) -> bool:
    """Tell whether this user may make tables on a server; of one who may not look there is none."""
    if connection.dialect.name == "sqlite":
        return _try_to_write(connection)[0]
    return bool(connection.scalar(text("SELECT has_schema_privilege(current_schema(), 'CREATE')")))


def _try_to_write(connection: Connection) -> tuple[bool, bool]:
    """Tell whether this user may write, and whether somebody else is at it; nothing is written."""
    if connection.dialect.name != "sqlite":
        asked = text("SELECT has_table_privilege('decisions', 'INSERT')")
        return bool(connection.scalar(asked)), False
    file = sqlite_file(connection.engine.url)
    if file is not None and not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)):
        return False, False
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        return not is_read_only(error), not is_read_only(error)
    connection.rollback()
    return True, False
