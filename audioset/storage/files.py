"""Files on a local disk that appear whole, or not at all."""

import errno
import hashlib
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from audioset.errors import AlreadyExistsError, IntegrityError, StorageError
from audioset.machine import drive_of, name_new, sync_folder, tell_once
from audioset.storage.locks import locked

# How folders begin that end with the command: in a store, and in the system's temporary folder.
SCRATCH_PREFIX = ".audioset-scratch-"
_TEMPORARY_PREFIXES = (SCRATCH_PREFIX, "audioset-")
_IN_USE = (errno.EACCES, errno.EPERM, errno.EBUSY, errno.ETXTBSY)
_REPLACE_TRIES, _REPLACE_POLL_SECONDS = 50, 0.02
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
        _sync(path.parent)
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
        replace_file(source, path)
        _sync(path.parent)
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


def write_checked(file: BinaryIO, blocks: Iterable[bytes], sha256: str, size_bytes: int) -> None:
    """Write what is fetched of a store, and hold it against the hash that it is named by.

    Raises:
        IntegrityError: it has another hash, or more bytes.
    """
    found, left = hashlib.sha256(), size_bytes
    for block in blocks:
        left -= len(block)
        if left < 0:  # it must not fill the disk before its hash tells
            raise IntegrityError(
                f"what was fetched as {sha256[:12]}… has more than {size_bytes} bytes: the object "
                "in the store is damaged; audioset verify tells which versions need it"
            )
        found.update(block)
        file.write(block)
    if found.hexdigest() != sha256:
        raise IntegrityError(
            f"what was fetched as {sha256[:12]}… has the hash {found.hexdigest()[:12]}…: the "
            "object in the store is damaged; audioset verify tells which versions need it"
        )


def name_exclusively(made: Path, path: Path) -> None:
    """Give a whole file its name in the same folder, which must be free; it may keep its first.

    Raises:
        FileExistsError: the name is taken, perhaps only since this moment.
    """
    if name_new(made, path):
        return
    # Neither links nor a careful rename: all who write here take turns, and look first.
    with locked(path.parent / ".names.lock"):
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        made.rename(path)


def replace_file(made: Path, path: Path) -> None:
    """Put a whole file in the place of another, also where others read that just now.

    Windows, and drives of it, refuse that while the other is open: it is tried for a while.

    Raises:
        OSError: it cannot be done.
    """
    for _ in range(_REPLACE_TRIES):
        try:
            made.replace(path)
        except OSError as error:
            if error.errno not in _IN_USE or not path.is_file():
                raise
            time.sleep(_REPLACE_POLL_SECONDS)
        else:
            return
    made.replace(path)


def remove_folder(folder: Path) -> None:
    """Delete a folder and all in it, where it is there.

    Raises:
        StorageError: it cannot be removed.
    """
    try:
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise StorageError(f"cannot remove {folder}: {error.strerror or error}") from error


def _name(temporary: Path, path: Path, *, exclusive: bool) -> None:
    if not exclusive:
        replace_file(temporary, path)
        return
    try:
        name_exclusively(temporary, path)
    except FileExistsError as error:
        raise AlreadyExistsError(f"{path} exists and never changes") from error


def _sync(folder: Path) -> None:
    """Make the new name itself survive a power loss."""
    if not sync_folder(folder):
        tell_once(
            f"the drive at {drive_of(folder)} cannot say when names are on it: a power loss may "
            "take the newest files; older ones are safe"
        )
