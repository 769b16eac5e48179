"""Files on a local disk that appear whole, or not at all."""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from audioset.errors import AlreadyExistsError, StorageError


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
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error


def write_page(path: Path, page: str) -> Path:
    """Write a page for people at the place that they named, and give the place.

    Its folders are made when missing: what the page tells of has taken its time.

    Raises:
        StorageError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error
    return path


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
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error


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
