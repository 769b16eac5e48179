"""Files on a local disk that appear whole, or not at all."""

import errno
import fcntl
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from audioset.errors import AlreadyExistsError, StorageError

# How folders begin that end with the command: in a store, and in the system's temporary folder.
SCRATCH_PREFIX = ".audioset-scratch-"
_TEMPORARY_PREFIXES = (SCRATCH_PREFIX, "audioset-")
_FULL = (errno.ENOSPC, errno.EDQUOT)  # no room on the disk, or none left of the user's share


def write_atomically(
    path: Path, write: Callable[[BinaryIO], object], *, exclusive: bool = False
) -> None:
    """Let `write` fill a file that appears at `path` only when it is whole and on disk.

    The bytes are flushed to disk under another name first (starting with a dot, in the same
    folder), so that neither a crash nor a power loss leaves a half-written file behind a good name.

    Args:
        path: of the file; its folders are made when missing.
        write: is given the open file.
        exclusive: refuse to replace a file, even one that appears at the same moment.

    Raises:
        AlreadyExistsError: `exclusive`, and there is a file at `path`.
        StorageError: the disk is full, or the folder cannot be written.
    """
    temporary = path.parent / f".{secrets.token_hex(8)}.tmp"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            _name(temporary, path, exclusive=exclusive)
        finally:
            temporary.unlink(missing_ok=True)
        _sync_directory(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error


def move_atomically(source: Path, path: Path) -> None:
    """Move a file of the same disk to `path`, replacing a file there, once its bytes are on disk.

    Raises:
        StorageError: the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as file:
            os.fsync(file.fileno())
        source.replace(path)
        _sync_directory(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> StorageError:
    """Make the error of a file that cannot be written; of a full disk it says what to do."""
    if error.errno not in _FULL:
        return StorageError(f"cannot write {path}: {error.strerror or error}")
    folders = (path, *path.parents) if path.is_dir() else path.parents
    folder = next((f for f in folders if not _is_scratch(f)), path.parent)
    is_temporary = folder == Path(tempfile.gettempdir())
    elsewhere = ", or set TMPDIR to a folder on another disk" if is_temporary else ""
    return StorageError(
        f"the disk that holds {folder} is full; make room there{elsewhere}, and run the same "
        "command again"
    )


def _is_scratch(folder: Path) -> bool:
    """Tell whether a folder is one of ours that is gone when a person reads its name."""
    is_temporary = folder.parent == Path(tempfile.gettempdir())
    return folder.name.startswith(_TEMPORARY_PREFIXES if is_temporary else SCRATCH_PREFIX)


def _name(temporary: Path, path: Path, *, exclusive: bool) -> None:
    if not exclusive:
        temporary.replace(path)
        return
    try:
        # A hard link is the one call that names a file and fails when the name is taken;
        # looking first and renaming then lets two writers both believe that they were first.
        path.hardlink_to(temporary)
    except FileExistsError as error:
        raise AlreadyExistsError(f"{path} exists and never changes") from error


def _sync_directory(directory: Path) -> None:
    """Make the new name itself survive a power loss."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock between processes; it ends with the process, however that ends.

    Raises:
        FileNotFoundError: the folder of the lock file does not exist.
    """
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_alive(pid: int) -> bool:
    """Tell whether a process runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
