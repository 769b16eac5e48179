"""A workspace that was moved, renamed or copied: the places that MLflow keeps follow it.

MLflow keeps in its database, as absolute paths, where the files of each run and model lie. Ours
keeps one thing more, the folders in which its workspace has been. Where the last of them is not the
folder of now, all paths into it are changed in one transaction; a copy so gets its own, and the
first one is not touched. See `docs/decisions/022-a-workspace-that-moves.md`.
"""

import sqlite3
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from audioset.errors import MovedWarning, TrackingError
from audioset.tracking.moves.homes import (
    LOCK_SECONDS,
    columns_of,
    find_moves,
    opened_to_read,
    own_database,
    read_homes,
    remember_homes,
)
from audioset.tracking.moves.paths import Move, follow_source

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")
_NOT_WRITABLE = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")
_GOING_ON = ("RUNNING", "SCHEDULED")
_COPIES: list["TemporaryDirectory[str]"] = []  # kept until the process ends

# Tables of MLflow, and which of their columns hold a place. Some are not in each release of it.
_PLACES = (
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
    ("trace_tags", "value"),
    ("trace_info", "artifact_location"),
)
_ONLY = {"trace_tags": "key = 'mlflow.artifactLocation'"}


@dataclass(slots=True)
class _Changed:
    """What became of the paths into an old folder.

    Attributes:
        followed: how many were changed.
        stayed: how many have their files in the old folder alone.
        going_on: runs that had not ended, but for the active one of this process.
    """

    followed: int = 0
    stayed: int = 0
    going_on: list[str] = field(default_factory=list)


def follow_move(uri: str, folder: Path) -> str:
    """Let MLflow's paths follow a workspace that is not where it was; a warning tells it.

    Done where the database is a file of the workspace; what lies elsewhere stays as it is.

    Args:
        uri: of MLflow.
        folder: of the workspace.

    Returns:
        The same; where the database cannot be written, that of a copy that can only be read.

    Raises:
        TrackingError: another process has the database for itself.
    """
    database = own_database(uri, folder)
    if database is None or not _has_moved(database, folder):
        return uri
    try:
        moves, changed = _bring(database, database, folder)
    except sqlite3.OperationalError as error:
        _require_not_writable(error, database)
        return _follow_in_copy(database, folder)
    except sqlite3.DatabaseError:
        return uri  # MLflow says what is wrong with it
    _tell(moves, folder, changed)
    return uri


def _has_moved(database: Path, here: Path) -> bool:
    """Tell whether the workspace is not where it was; a file that cannot be read is MLflow's."""
    if read_homes(database)[-1:] == [str(here)]:
        return False
    try:
        with opened_to_read(database) as connection:
            return bool(find_moves(connection, database, here))
    except sqlite3.Error:
        return False


def _bring(written: Path, database: Path, here: Path) -> tuple[list[Move], "_Changed"]:
    """Change all paths in one transaction, which is done whole or not at all.

    Args:
        written: the database, or a copy of it.
        database: where it lies in the workspace.
        here: the folder of the workspace.
    """
    with closing(
        sqlite3.connect(written, timeout=LOCK_SECONDS, isolation_level=None)
    ) as connection:
        connection.execute("BEGIN IMMEDIATE")
        moves = find_moves(connection, database, here)
        changed = _follow(connection, moves)
        remember_homes(connection, [*(str(move.old) for move in moves), str(here)])
        connection.execute("COMMIT")
    return moves, changed


def _follow_in_copy(database: Path, here: Path) -> str:
    """Let MLflow read a copy, removed when the process ends, where it would look elsewhere."""
    from tempfile import TemporaryDirectory

    with opened_to_read(database) as source:
        scratch = TemporaryDirectory(prefix="audioset-mlflow-", ignore_cleanup_errors=True)
        _COPIES.append(scratch)
        copy = Path(scratch.name).resolve() / database.name
        with closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    moves, changed = _bring(copy, database, here)
    note = f"; {database} cannot be written, so it is read from a copy, and nothing can be logged"
    _tell(moves, here, changed, note)
    return f"sqlite+pysqlite:///file:{quote(str(copy))}?mode=ro&uri=true"


def _follow(connection: sqlite3.Connection, moves: Sequence[Move]) -> _Changed:
    changed = _Changed()
    for move in moves:
        _follow_runs(connection, move, changed)
        # Where the next run goes: never into a folder that is another workspace's now.
        _change(
            connection,
            ("experiments", "artifact_location"),
            partial(move.follow, at_any_rate=True),
        )
        for column in _PLACES:
            changed.followed += _change(connection, column, move.follow)
            changed.stayed += sum(
                move.stays(place) for _, place in _rows(connection, column[0], "rowid", column[1])
            )
        _change(
            connection,
            ("datasets", "dataset_source"),
            partial(follow_source, move),
        )
    return changed


def _follow_runs(connection: sqlite3.Connection, move: Move, changed: _Changed) -> None:
    """Change the places of runs. One that has not ended writes no more into the old folder."""
    ours = _active_run_id()
    rows = _rows(connection, "runs", "rowid", "artifact_uri", "run_uuid", "status")
    for row_id, place, run_id, status in rows:
        now = move.follow(place or "", at_any_rate=status in _GOING_ON)
        if now is None:
            changed.stayed += move.stays(place or "")
            continue
        connection.execute("UPDATE runs SET artifact_uri = ? WHERE rowid = ?", (now, row_id))
        changed.followed += 1
        if status in _GOING_ON and run_id != ours:
            changed.going_on.append(run_id)


def _active_run_id() -> str | None:
    active = getattr(sys.modules.get("mlflow"), "active_run", None)
    run = active() if active is not None else None
    return None if run is None else run.info.run_id


def _change(
    connection: sqlite3.Connection,
    column: tuple[str, str],
    follow: Callable[[str], str | None],
) -> int:
    """Change the values of a column that have another place now; gives how many."""
    table, name = column
    pairs = [
        (now, row_id)
        for row_id, place in _rows(connection, table, "rowid", name)
        if place and (now := follow(place)) is not None
    ]
    if pairs:  # the column may not be there
        change = f"UPDATE {table} SET {name} = ? WHERE rowid = ?"  # noqa: S608  names from above
        connection.executemany(change, pairs)
    return len(pairs)


def _rows(connection: sqlite3.Connection, table: str, *names: str) -> list[tuple[str, ...]]:
    """Read columns of a table; nothing where this release of MLflow has them not."""
    if not set(names) - {"rowid"} <= columns_of(connection, table):
        return []
    only = f" WHERE {_ONLY[table]}" if table in _ONLY else ""
    wanted = f"SELECT {', '.join(names)} FROM {table}{only}"  # noqa: S608  names from above
    return connection.execute(wanted).fetchall()


def _tell(moves: Sequence[Move], here: Path, changed: _Changed, note: str = "") -> None:
    """Say in one line what was done; nothing where nothing was logged yet."""
    if not moves or not (changed.followed or changed.stayed):
        return
    olds = ", ".join(str(move.old) for move in moves)
    told = (
        f"this workspace was in {olds} and is in {here} now; MLflow looks for the files of its "
        "runs and models here"
    )
    if changed.stayed:
        told += f", but for {changed.stayed} whose files are in {olds} alone"
    if changed.going_on:
        told += (
            f"; {changed.going_on[-1]} had not ended: if it goes on, what it still writes goes "
            f"to {olds}"
        )
    warnings.warn(told + note, MovedWarning, stacklevel=4)


def _require_not_writable(error: sqlite3.OperationalError, database: Path) -> None:
    """Require that the file, or its drive, is there to be read only.

    Raises:
        TrackingError: something else is wrong.
    """
    if error.sqlite_errorname in _BUSY:
        raise TrackingError(
            f"{database} is in use by another process for over {LOCK_SECONDS} s; try again"
        ) from error
    if not error.sqlite_errorname.startswith(_NOT_WRITABLE):
        raise TrackingError(
            f"{database}: the paths of a workspace that was moved cannot be changed: {error}"
        ) from error
