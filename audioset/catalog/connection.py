"""How the catalog's database is reached: its address, its connections, its errors in one line."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.pool import NullPool, QueuePool, StaticPool

from audioset.errors import AudiosetError, InvalidInputError, StorageError
from audioset.hiding import hide, hide_in_error
from audioset.machine import drive_of, is_on_network, tell_once

# How long to wait for another writer (SQLite) or for the server, by driver, in its own words.
_WAIT_SECONDS = {
    "pysqlite": {"timeout": 30},
    "psycopg": {"connect_timeout": 10},
    "psycopg2": {"connect_timeout": 10},
}
_WAL_VERSIONS = b"\x02\x02"  # in a SQLite file, of who may write and read it
_WAL_VERSIONS_AT = 18


def parse_url(url: str) -> URL:
    """Read the URL of a catalog.

    Raises:
        InvalidInputError: it is none, or not of SQLite or PostgreSQL.
    """
    example = "sqlite:///catalog.db or postgresql+psycopg://user@host/database"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # The text itself may hold a password, so it is not shown.
        raise InvalidInputError(
            f"the catalog's URL cannot be read; write it as {example}"
        ) from None
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise InvalidInputError(f"catalog {shown(parsed)} is of another kind; use {example}")
    return parsed


def shown(url: URL) -> str:
    """Give an address without its password."""
    return hide(_whole(url), _whole(url))


def sqlite_file(url: URL) -> Path | None:
    """Give the file of a catalog that is one."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(url.database or "")


def make_engine(url: URL, *, keep: bool = False, wait_seconds: int | None = None) -> Engine:
    """Make what connects to a catalog, or to a database of MLflow; nothing is contacted yet.

    Args:
        keep: a connection stays open after its use, for who decides all the time. A verb talks to
            the catalog once or twice, and leaves nothing open.
        wait_seconds: for the server; as long as for a catalog when None.

    Raises:
        StorageError: the database's driver is not installed.
    """
    arguments = _WAIT_SECONDS.get(url.get_driver_name() or "", {})
    if wait_seconds is not None:
        arguments = dict.fromkeys(arguments, wait_seconds)
    pool: dict[str, Any] = {"poolclass": NullPool}
    if keep and (sqlite_file(url) or url.get_backend_name() != "sqlite"):
        # A server that was started anew meanwhile is no error.
        pool = {"poolclass": QueuePool, "pool_pre_ping": True}
    try:
        engine = create_engine(url, connect_args=arguments, **pool)
    except (ImportError, NoSuchModuleError) as error:
        raise StorageError(
            f"catalog {shown(url)} needs a driver that is not "
            f"installed ({error}); for PostgreSQL: pip install 'psycopg[binary]'"
        ) from error
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "do_connect", _connect_unchangeable)
        event.listen(engine, "connect", _write_through)
    return engine


def copy_in_memory(url: URL) -> Engine:
    """Copy a SQLite file that nobody here may change to a database in memory."""
    memory = sqlite3.connect(":memory:", check_same_thread=False)
    with make_engine(url).connect() as source:
        opened: Any = source.connection.driver_connection
        opened.backup(memory)
    return create_engine("sqlite://", creator=lambda: memory, poolclass=StaticPool)


def choose_journal(engine: Engine, *, tell: bool = False) -> None:
    """Let a SQLite file keep a write-ahead log, in which a decision waits for the drive once.

    Not on a drive that other machines have too: its readers share memory.

    Args:
        tell: warn where there is none.
    """
    file = sqlite_file(engine.url)
    if file is None:
        return
    wanted = "delete" if is_on_network(file.parent) else "wal"
    with engine.connect() as connection:
        if connection.exec_driver_sql("PRAGMA journal_mode").scalar() != wanted:
            with suppress(OperationalError):  # somebody uses it right now: the next one changes it
                connection.exec_driver_sql(f"PRAGMA journal_mode={wanted}")
    if tell and wanted == "delete":
        tell_once(
            f"the drive at {drive_of(file)} is on the network: the catalog keeps no write-ahead "
            "log there, and each decision takes longer"
        )


def overwrite_what_goes(connection: Connection) -> None:
    """Let SQLite overwrite rows that are deleted, for those that nobody may find again."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def write_anew(engine: Engine) -> None:
    """Write a SQLite file anew, without what was deleted, and empty its write-ahead log.

    Rows that were moved within the file leave their old bytes behind, which `secure_delete` does
    not know of. A server keeps its files to itself.
    """
    if engine.dialect.name == "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        if busy:
            tell_once(
                f"{engine.url.database}-wal is read by another process, and keeps what was erased "
                "until that ends and something is decided"
            )


@contextmanager
def one_line_errors(url: URL) -> Iterator[None]:
    """Translate every error of the database to one line that never holds the password.

    Raises:
        StorageError: the database cannot be reached, or refused.
    """
    try:
        yield
    except AudiosetError:
        raise
    except SQLAlchemyError as error:
        hide_in_error(error, _whole(url))
        cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
        reason = (str(cause).strip() or type(cause).__name__).splitlines()[0]
        if _is_full_disk(cause):
            raise StorageError(
                f"catalog {shown(url)}: the disk that holds it is full; nothing was changed; make "
                "room there and run the same command again"
            ) from error
        raise StorageError(
            f"catalog {shown(url)}: {reason}; check `catalog` in audioset.toml or AUDIOSET_CATALOG"
        ) from error
    except ValueError as error:
        raise StorageError(
            f"catalog {shown(url)} holds a value that is not JSON: {error}"
        ) from error


def utc(moment: datetime) -> datetime:
    """SQLite gives back the UTC time without its zone."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def is_read_only(error: OperationalError) -> bool:
    """Tell whether SQLite refused since the file or its folder may not be written."""
    return str(getattr(error.orig, "sqlite_errorname", "")).startswith("SQLITE_READONLY")


def _connect_unchangeable(_dialect: object, _record: object, args: list[Any], named: Any) -> None:
    """Let a write-ahead log be read where its files cannot be made, since nobody can write."""
    file = Path(str(args[0])) if args else None
    if file is None or not file.is_file() or os.access(file.parent, os.W_OK):
        return
    with file.open("rb") as header:
        versions = header.read(_WAL_VERSIONS_AT + 2)[_WAL_VERSIONS_AT:]
    if versions == _WAL_VERSIONS and not file.with_name(f"{file.name}-wal").exists():
        args[0] = f"file:{quote(str(file.absolute()))}?immutable=1"
        named["uri"] = True


def _write_through(connection: Any, _record: object) -> None:
    """What was recorded is on the drive: also after a power loss."""
    connection.execute("PRAGMA synchronous=FULL")


def _whole(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _is_full_disk(cause: BaseException) -> bool:
    """Tell it by the code of SQLite or of PostgreSQL (53100, disk_full)."""
    codes = (getattr(cause, "sqlite_errorname", None), getattr(cause, "sqlstate", None))
    return codes[0] == "SQLITE_FULL" or codes[1] == "53100"
