"""What was removed from a workspace, as a file says it; one process at a time changes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audioset.curation.workspace.working import Working
from audioset.errors import InvalidInputError, StorageError
from audioset.records.removed import Removed
from audioset.storage.files import write_atomically
from audioset.storage.locks import locked
from audioset.storage.synced import was_written


def read_removed(working: Working) -> Removed:
    """Read what was removed from a workspace; nothing where nobody removed anything.

    Raises:
        InvalidInputError: the file that says it is damaged.
        StorageError: it cannot be read.
    """
    path = _path(working)
    try:
        return Removed.from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Removed()
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(
            f"{path} is damaged ({error}); it says what was removed from the workspace: restore it "
            "from a backup, or delete it, after which a cut takes all sources again"
        ) from error


def write_removed(working: Working, removed: Removed) -> None:
    """Write what was removed; call it inside of `alone`.

    Raises:
        StorageError: the disk is full, or the folder cannot be written.
    """
    data = removed.to_json().encode()
    write_atomically(_path(working), lambda file: file.write(data))
    was_written(_path(working))


@contextmanager
def alone(working: Working) -> Iterator[None]:
    """Keep other processes from changing what was removed.

    Raises:
        StorageError: the folder cannot be made.
    """
    folder = working.aside.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder} cannot be made ({error.strerror})") from error
    with locked(folder / ".lock"):
        yield


def _path(working: Working) -> Path:
    return working.aside.folder / "removed.json"
