"""The folders in which a workspace has been, as its own MLflow database remembers them."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path, PurePath

from audioset.settings import slug
from audioset.tracking.moves.paths import Move, place_of

ARTIFACTS_FOLDER = "mlartifacts"  # beside the database
LOCK_SECONDS = 8  # that a SQLite file may be locked by another process
_HOMES = "audioset_homes"
_MAKE_HOMES = (
    "CREATE TABLE IF NOT EXISTS audioset_homes (folder TEXT PRIMARY KEY, number INTEGER NOT NULL)"
)
_READ_HOMES = "SELECT folder FROM audioset_homes ORDER BY number"
_ADD_HOME = (
    "INSERT OR REPLACE INTO audioset_homes "
    "SELECT ?, coalesce(max(number), 0) + 1 FROM audioset_homes"
)
_DEFAULT = "Default"  # MLflow's own experiment, whose folder is named by its number


def earlier_homes(uri: str, folder: Path) -> tuple[Move, ...]:
    """Give the folders in which a workspace has been, the latest first.

    Args:
        uri: of MLflow.
        folder: of the workspace.
    """
    database, here = sqlite_path(uri), str(folder)
    folders = read_homes(database) if database is not None else []
    if not folders or folders[-1] != here:  # it is the database of another workspace
        return ()
    olds = (place_of(one) for one in reversed(folders[:-1]))
    return tuple(Move(old, folder) for old in olds if old is not None)


def note_home(uri: str, folder: Path) -> None:
    """Let MLflow's database remember where its workspace is, when it does not yet.

    Where that cannot be written, its experiments tell it later.
    """
    database = own_database(uri, folder)
    if database is None or read_homes(database):
        return
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(database, isolation_level=None)) as connection,
    ):
        connection.execute("BEGIN IMMEDIATE")
        remember_homes(connection, [str(folder)])
        connection.execute("COMMIT")


def own_database(uri: str, folder: Path) -> Path | None:
    """Give MLflow's database when it is a file of the workspace, and there."""
    database = sqlite_path(uri)
    if database is None or not database.is_file():
        return None
    return database if database.resolve().is_relative_to(folder.resolve()) else None


def sqlite_path(uri: str) -> Path | None:
    """Give the file of a SQLite URI; None for other backends and for a database in memory."""
    kind, _, rest = uri.partition(":///")
    if kind.partition("+")[0] != "sqlite":
        return None
    path = rest.partition("?")[0].removeprefix("file:")
    return Path(path) if path and path != ":memory:" else None


def read_homes(database: Path) -> list[str]:
    """Read the folders, the present one last; none where the database cannot be read."""
    try:
        with opened_to_read(database) as connection:
            return _homes(connection)
    except sqlite3.Error:
        return []


@contextmanager
def opened_to_read(database: Path) -> Iterator[sqlite3.Connection]:
    """Open a database that is not changed by it."""
    address = f"{database.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=LOCK_SECONDS)) as connection:
        yield connection


def find_moves(connection: sqlite3.Connection, database: Path, here: Path) -> list[Move]:
    """Find from where the workspace came; from nowhere when it is where it was.

    An older release did not remember where it was, and may have gone on in the new folder: then
    there may be several.

    Args:
        connection: to MLflow's database.
        database: where that lies in the workspace.
        here: the folder of the workspace.
    """
    homes = _homes(connection)
    known = place_of(homes[-1]) if homes else None
    olds = {known} if homes else set(_guessed_homes(connection, database, here))
    moves = [Move(old, here) for old in olds if old is not None and str(old) != str(here)]
    return sorted(moves, key=lambda move: len(move.old.parts), reverse=True)


def remember_homes(connection: sqlite3.Connection, folders: Sequence[str]) -> None:
    """Remember folders in which the workspace has been, the present one last."""
    connection.execute(_MAKE_HOMES)
    for folder in folders:
        connection.execute(_ADD_HOME, (folder,))


def columns_of(connection: sqlite3.Connection, table: str) -> set[str]:
    """Name the columns of a table; none where there is no such table."""
    return {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}


def _homes(connection: sqlite3.Connection) -> list[str]:
    if not columns_of(connection, _HOMES):
        return []
    return [row[0] for row in connection.execute(_READ_HOMES)]


def _guessed_homes(
    connection: sqlite3.Connection, database: Path, here: Path
) -> Iterable[PurePath]:
    """Tell by the experiments that audioset made where the workspace was.

    Their folders lie in one beside the database, each named by its experiment.
    """
    if "artifact_location" not in columns_of(connection, "experiments"):
        return  # MLflow has not made its tables
    below = database.resolve().parent.relative_to(here.resolve()).parts
    for name, location in connection.execute("SELECT name, artifact_location FROM experiments"):
        folder = place_of(location or "")
        if folder is None or folder.parent.name != ARTIFACTS_FOLDER:
            continue
        if folder.name != ("0" if name == _DEFAULT else slug(name, fallback="experiment")):
            continue
        home = folder.parents[1]
        if not below:
            yield home
        elif home.parts[-len(below) :] == below:
            yield home.parents[len(below) - 1]
