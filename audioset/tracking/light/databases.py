"""The database behind MLflow, opened to be read alone: SQLite by itself, PostgreSQL by SQLAlchemy.

MLflow keeps its tables as it likes and says so by the revision of their schema. Those revisions are
named here whose tables are known to be as the questions in `sql.py` need them; of any other one
nothing is read.
"""

import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from audioset.errors import AudiosetError
from audioset.tracking.light.entities import CannotAnswerError
from audioset.tracking.moves import sqlite_path
from audioset.tracking.moves.homes import LOCK_SECONDS

# From MLflow 3.10 to 3.17, oldest first.
KNOWN_REVISIONS = (
    "1b5f0d9ad7c1",
    "e1f2a3b4c5d6",
    "76601a5f987d",
    "c3d6457b6d8a",
    "a5b4c3d2e1f0",
    "ae8bbe7743c9",
    "7d34483879f0",
    "da6fb0208061",
    "89d3d66ed43f",
    "b7e4c1a90f23",
    "a8b9c0d1e2f3",
    "c1d2e3f4a5b6",
    "c3d9e7f1a2b4",
    "6f8d9c3b2a1e",
    "1971f2d9a75b",
    "17e22815139b",
    "b7e2c1a4d9f3",
    "75868b020152",
    "dc11669786a5",
)
_NAME = re.compile(r":(\w+)")
_ELSEWHERE = (  # of other workspaces than the one that is there without any: MLflow shows none then
    "SELECT 1 FROM experiments WHERE workspace <> 'default' "
    "UNION ALL SELECT 1 FROM registered_models WHERE workspace <> 'default'"
)
_POSTGRESQL = "postgresql"
_WAIT_SECONDS = 3  # for a server that is silent; then MLflow itself waits

FoundRows = Sequence[Sequence[Any]]


class Database(Protocol):
    """A database that is read."""

    def read(self, query: str, values: Mapping[str, object]) -> FoundRows:
        """Give all rows; values stand in the query as `:name`.

        Raises:
            CannotAnswerError: it did not answer.
        """
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


def open_database(uri: str) -> Database:
    """Open the database that a tracking URI names.

    Raises:
        CannotAnswerError: it is of another kind, does not answer, or its tables are not known.
    """
    file = sqlite_path(uri)
    if file is None and uri.partition(":")[0].partition("+")[0] != _POSTGRESQL:
        raise CannotAnswerError("a database of another kind")
    found: Database = _Postgresql(uri) if file is None else _Sqlite(file)
    try:
        revisions = [row[0] for row in found.read("SELECT version_num FROM alembic_version", {})]
        if len(revisions) != 1 or revisions[0] not in KNOWN_REVISIONS:
            raise CannotAnswerError("tables of a revision that is not known")
        if found.read(_ELSEWHERE, {}):
            raise CannotAnswerError("divided into workspaces")
    except CannotAnswerError:
        found.close()
        raise
    return found


def names_of(values: Iterable[object], prefix: str) -> tuple[str, dict[str, object]]:
    """Write values as a list of names for `IN`, and give the values by their names."""
    named = {f"{prefix}{number}": value for number, value in enumerate(values)}
    return ", ".join(f":{name}" for name in named), named


class _Sqlite:
    def __init__(self, file: Path) -> None:
        address = f"{file.absolute().as_uri()}?mode=ro"
        try:
            self._connection = sqlite3.connect(address, uri=True, timeout=LOCK_SECONDS)
        except sqlite3.Error as error:
            raise CannotAnswerError(str(error)) from error

    def read(self, query: str, values: Mapping[str, object]) -> FoundRows:
        try:
            return self._connection.execute(query, dict(values)).fetchall()
        except sqlite3.Error as error:
            raise CannotAnswerError(str(error)) from error

    def close(self) -> None:
        self._connection.close()


class _Postgresql:
    def __init__(self, uri: str) -> None:
        # As heavy as half of MLflow's client would be, so only where it is needed.
        from audioset.catalog.connection import make_engine, one_line_errors, parse_url

        try:
            self._url = parse_url(uri)
            self._translated = one_line_errors
            with one_line_errors(self._url):
                opened = make_engine(self._url, wait_seconds=_WAIT_SECONDS).connect()
                self._connection = opened.execution_options(postgresql_readonly=True)
        except AudiosetError as error:
            raise CannotAnswerError(str(error)) from error

    def read(self, query: str, values: Mapping[str, object]) -> FoundRows:
        try:
            with self._translated(self._url):
                found = self._connection.exec_driver_sql(_NAME.sub(r"%(\1)s", query), dict(values))
                return [tuple(row) for row in found]
        except AudiosetError as error:
            raise CannotAnswerError(str(error)) from error

    def close(self) -> None:
        self._connection.close()
