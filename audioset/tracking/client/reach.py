"""Whether MLflow answers at all, soon, and keeps its tables as this MLflow does.

By itself MLflow asks a dead server for minutes and a dead database for two, and brings an older
database up to date without a word.
"""

import os
import sqlite3
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from audioset.errors import TrackingError
from audioset.tracking.moves.homes import LOCK_SECONDS, opened_to_read

# For the first question: two tries, so that nobody waits for more than some ten seconds.
_HASTY = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "3",
    "PGCONNECT_TIMEOUT": "6",
}
_DATABASES = ("postgresql", "mysql", "mssql")
_FRESH_SECONDS = 60  # an answer counts for so long
_answered: dict[str, float] = {}  # address -> when, by the monotonic clock


def require_answer(uri: str, file: Path | None, ours: dict[str, str]) -> None:
    """Ask MLflow one short question, unless it has just answered; call it in a conversation.

    Args:
        uri: of MLflow.
        file: the SQLite file that it is, if it is one.
        ours: variables of the environment that audioset has set for MLflow, not the user.

    Raises:
        TrackingError: the database is of a newer MLflow, or one that others use is of an older.
        Exception: of MLflow, or of a library below it.
    """
    now = time.monotonic()
    if now - _answered.get(uri, -_FRESH_SECONDS) < _FRESH_SECONDS:
        return
    with _hasty(ours):
        if file is not None:
            _require_schema(schema_of_file(file), file)
        elif uri.startswith(("http://", "https://")):
            _ask_server(uri)
        elif "://" in uri and uri.partition("://")[0].partition("+")[0] in _DATABASES:
            _require_schema(_schema_of_database(uri), None)
    _answered[uri] = time.monotonic()


def has_answered(uri: str) -> bool:
    """Tell whether MLflow has ever answered this process there."""
    return uri in _answered


@contextmanager
def _hasty(ours: dict[str, str]) -> Iterator[None]:
    """Let MLflow be in a hurry, except where the user has told it how long to wait."""
    before = {name: os.environ.get(name) for name in _HASTY}
    changed = [name for name, text in before.items() if text is None or ours.get(name) == text]
    os.environ.update({name: _HASTY[name] for name in changed})
    try:
        yield
    finally:
        for name in changed:
            if (text := before[name]) is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = text


def _ask_server(uri: str) -> None:
    from mlflow import MlflowClient

    MlflowClient(tracking_uri=uri).get_experiment_by_name("Default")


def newer_mlflow(where: str, ours: str, schema: str) -> str:
    """Say that a database needs a newer MLflow than that of this machine."""
    return (
        f"{where} was written by a newer MLflow than the {ours} of this machine (its schema is "
        f"{schema}); pip install --upgrade mlflow"
    )


def schema_of_file(file: Path) -> str | None:
    """Read the revision of the tables; None where there are none."""
    with opened_to_read(file) as connection:
        named = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
        if connection.execute(named).fetchone() is None:
            return None
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(found[0]) if found else None


def _schema_of_database(uri: str) -> str | None:
    from mlflow.store.db import utils

    engine = utils.create_sqlalchemy_engine(uri)
    try:
        found = utils._get_schema_version(engine)
        return str(found) if found else None
    finally:
        engine.dispose()


def _require_schema(found: str | None, file: Path | None) -> None:
    """Require the tables of this MLflow; a file of our own is copied, then MLflow may change it."""
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError
    from mlflow.store.db import utils

    if found is None or found == utils._get_latest_schema_revision():
        return
    import mlflow

    scripts: Any = ScriptDirectory.from_config(utils._get_alembic_config(""))
    try:
        is_known = scripts.get_revision(found) is not None
    except CommandError:
        is_known = False
    where = "the database of MLflow" if file is None else str(file)
    if not is_known:
        raise TrackingError(newer_mlflow(where, mlflow.__version__, found))
    if file is None:
        raise TrackingError(
            f"{where} was written by an older MLflow (its schema is {found}), and the "
            f"{mlflow.__version__} of this machine would change it for everybody; make a copy, "
            "then: mlflow db upgrade ADDRESS, or install the MLflow of the others"
        )
    copy = _copy(file, found)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(
            f"{file} was written by an older MLflow (its schema is {found}); MLflow "
            f"{mlflow.__version__} brings it up to date now, and a copy stays at {copy}",
            stacklevel=2,
        )


def _copy(file: Path, schema: str) -> Path:
    """Copy the file as one that is read and written meanwhile must be; an earlier copy stays."""
    copy = file.with_name(f"{file.name}.before-{schema}")
    if copy.exists():
        return copy
    part = copy.with_name(f".{copy.name}.{os.getpid()}.part")
    try:
        with (
            closing(sqlite3.connect(file, timeout=LOCK_SECONDS)) as source,
            closing(sqlite3.connect(part)) as target,
        ):
            source.backup(target)
        part.replace(copy)
    except (sqlite3.Error, OSError) as error:
        raise TrackingError(
            f"{file} was written by an older MLflow, and no copy can be made of it before it is "
            f"brought up to date ({error}); make room there"
        ) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return copy
