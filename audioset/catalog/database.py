"""The catalog: what people decided, in SQLite (default) or PostgreSQL.

Together with `tables.py` and `migrations.py` the only place that knows SQLAlchemy.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, create_engine, delete, func, insert, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from audioset.catalog.decisions import (
    Decision,
    DecisionKey,
    DecisionValue,
    RecordedDecision,
    SubjectKind,
    catalog_is_missing,
)
from audioset.catalog.migrations import lock_for_writing, migrate
from audioset.catalog.tables import decisions as table
from audioset.errors import InvalidInputError, StorageError
from audioset.hiding import hide, hide_in_error

# How long to wait for another writer (SQLite) or for the server, by driver, in its own words.
_WAIT_SECONDS = {
    "pysqlite": {"timeout": 30},
    "psycopg": {"connect_timeout": 10},
    "psycopg2": {"connect_timeout": 10},
}


IDS_AT_ONCE = 500  # databases limit how many values one statement may have


class CatalogDatabase:
    """The decisions of one workspace or team.

    Reading never creates anything: a SQLite file that is missing, or a database without the
    tables, holds no decisions. The first `record` creates both.
    """

    def __init__(self, url: str) -> None:
        """Open lazily; nothing is contacted yet.

        Args:
            url: SQLAlchemy URL, such as `sqlite:////data/catalog.db` or
                `postgresql+psycopg://user@host/database`.

        Raises:
            InvalidInputError: not a SQLAlchemy URL of SQLite or PostgreSQL.
            StorageError: the database's driver is not installed.
        """
        self._url = _parse(url)
        self._given = url
        self._engine = _make_engine(self._url)

    def record(self, decisions: Iterable[Decision], *, by: str) -> int:
        """Add decisions, all or none; returns how many.

        Args:
            decisions: in the order in which they were taken.
            by: who decided.

        Raises:
            StorageError: the database cannot be reached or refused.
        """
        now = datetime.now(UTC)
        rows = [
            {
                "decided_at": now,
                "decided_by": by,
                "subject_kind": decision.subject_kind,
                "subject_id": decision.subject_id,
                "field": decision.field,
                "value": json.dumps(decision.value, ensure_ascii=False),
            }
            for decision in decisions
        ]
        if not rows:
            return 0
        self.make_tables()
        with self.writing() as connection:
            connection.execute(insert(table), rows)
        return len(rows)

    def current(self) -> Mapping[DecisionKey, DecisionValue]:
        """Give the decision that holds for each (subject_kind, subject_id, field): the newest.

        Raises:
            StorageError: the database cannot be reached or is not a catalog.
        """
        return {key: value for key, (value, _) in self.current_with_author().items()}

    def current_with_author(self) -> Mapping[DecisionKey, tuple[DecisionValue, str]]:
        """Give for each key the decision that holds, and who took it.

        Raises:
            StorageError: the database cannot be reached or is not a catalog.
        """
        newest = select(func.max(table.c.id)).group_by(
            table.c.subject_kind, table.c.subject_id, table.c.field
        )
        query = select(
            table.c.subject_kind,
            table.c.subject_id,
            table.c.field,
            table.c.value,
            table.c.decided_by,
        ).where(table.c.id.in_(newest))
        with self.reading() as connection:
            rows = connection.execute(query) if connection is not None else ()
            return {
                (kind, subject, field): (json.loads(value), author)
                for kind, subject, field, value, author in rows
            }

    def history(self, subject_kind: SubjectKind, subject_id: str) -> list[RecordedDecision]:
        """Give everything that was ever decided about one clip or speaker, oldest first.

        Raises:
            StorageError: the database cannot be reached or is not a catalog.
        """
        query = (
            select(table.c.field, table.c.value, table.c.decided_by, table.c.decided_at)
            .where(table.c.subject_kind == subject_kind, table.c.subject_id == subject_id)
            .order_by(table.c.id)
        )
        with self.reading() as connection:
            rows = connection.execute(query).all() if connection is not None else []
        # A copy adds a row once more where an older one would hold; it is told once, as the last.
        once = dict.fromkeys(reversed([tuple(row) for row in rows]))
        return [
            RecordedDecision(
                Decision(subject_kind, subject_id, field, json.loads(value)), by, utc(decided_at)
            )
            for field, value, by, decided_at in reversed(once)
        ]

    def erase(self, subject_kind: SubjectKind, subject_ids: Iterable[str]) -> int:
        """Remove every decision about some subjects, history included; returns how many.

        Only for withdrawn consent: anything else is a new decision.

        Raises:
            StorageError: the database cannot be reached or refused.
        """
        ids = list(subject_ids)
        erased = 0
        with self.reading() as connection:
            if connection is None:
                return 0
            for start in range(0, len(ids), IDS_AT_ONCE):
                some = ids[start : start + IDS_AT_ONCE]
                done = connection.execute(
                    delete(table).where(
                        table.c.subject_kind == subject_kind, table.c.subject_id.in_(some)
                    )
                )
                erased += done.rowcount
            connection.commit()
        return erased

    @property
    def shown(self) -> str:
        """Its address, without the password."""
        return _shown(self._url)

    def make_tables(self) -> None:
        """Make the tables, or bring those of an earlier release up to date.

        Raises:
            StorageError: the database cannot be reached or refused.
        """
        with self._errors():
            migrate(self._engine)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection on which no other writer of the catalog works; all or nothing.

        Raises:
            StorageError: the database cannot be reached or refused; nothing was changed.
        """
        with self._errors(), self._engine.connect() as connection:
            lock_for_writing(connection)
            yield connection
            connection.commit()

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """Give a connection, or None where nothing was ever decided."""
        if catalog_is_missing(self._given):
            yield None
            return
        with self._errors(), self._engine.connect() as connection:
            yield connection if inspect(connection).has_table(table.name) else None

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Translate every error of the database to one line that never holds the password."""
        shown = _shown(self._url)
        try:
            yield
        except SQLAlchemyError as error:
            hide_in_error(error, _whole(self._url))
            cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
            reason = (str(cause).strip() or type(cause).__name__).splitlines()[0]
            if _is_full_disk(cause):
                raise StorageError(
                    f"catalog {shown}: the disk that holds it is full; nothing was changed; make "
                    "room there and run the same command again"
                ) from error
            raise StorageError(
                f"catalog {shown}: {reason}; check `catalog` in audioset.toml or AUDIOSET_CATALOG"
            ) from error
        except ValueError as error:
            raise StorageError(
                f"catalog {shown} holds a value that is not JSON: {error}"
            ) from error


def _is_full_disk(cause: BaseException) -> bool:
    """Tell it by the code of SQLite or of PostgreSQL (53100, disk_full)."""
    codes = (getattr(cause, "sqlite_errorname", None), getattr(cause, "sqlstate", None))
    return codes[0] == "SQLITE_FULL" or codes[1] == "53100"


def _parse(url: str) -> URL:
    example = "sqlite:///catalog.db or postgresql+psycopg://user@host/database"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # The text itself may hold a password, so it is not shown.
        raise InvalidInputError(
            f"the catalog's URL cannot be read; write it as {example}"
        ) from None
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise InvalidInputError(f"catalog {_shown(parsed)} is of another kind; use {example}")
    return parsed


def _whole(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _shown(url: URL) -> str:
    return hide(_whole(url), _whole(url))


def _make_engine(url: URL) -> Engine:
    arguments = _WAIT_SECONDS.get(url.get_driver_name() or "", {})
    try:
        # A verb talks to the catalog once or twice, so a connection is closed after its use.
        return create_engine(url, connect_args=arguments, poolclass=NullPool)
    except (ImportError, NoSuchModuleError) as error:
        raise StorageError(
            f"catalog {_shown(url)} needs a driver that is not "
            f"installed ({error}); for PostgreSQL: pip install 'psycopg[binary]'"
        ) from error


def utc(moment: datetime) -> datetime:
    """SQLite gives back the UTC time without its zone."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
