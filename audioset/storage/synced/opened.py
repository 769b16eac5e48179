"""A folder on object storage opened as one of this machine, which is gone with the process."""

import atexit
import hashlib
import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.locations import require_plain_url, stand_for
from audioset.storage.scratch import scratch_folder
from audioset.storage.synced.marks import ADDRESS_FILE, MARK

if TYPE_CHECKING:
    from audioset.storage.synced.folder import Hold

_OBJECTS = "objects"
_open = ExitStack()
atexit.register(_open.close)


def open_synced(
    address: str, *, folders: Sequence[str], files: Sequence[str], of_machine: Sequence[str]
) -> Path:
    """Fetch a folder of object storage into one of this machine that stands for it.

    Args:
        address: such as `s3://bucket/work`.
        folders: of it, which are fetched as a whole.
        files: of it beside them.
        of_machine: folders in it that are this machine's own: they are not sent, and stay here for
            the next process.

    Returns:
        The folder, with the name of that which it stands for; it is gone when the process ends.

    Raises:
        InvalidInputError: an unknown kind of URL, or one with credentials in it.
        StorageError: the store did not answer, or the disk is full.
    """
    address = require_plain_url(address)
    home = _open.enter_context(scratch_folder(Path(tempfile.gettempdir())))
    folder = home / (address.rpartition("/")[2] or "workspace")
    _mark(folder, address)
    stand_for(folder, address)
    kept = _kept_folder(address)
    for name in of_machine:
        _stand_in(folder / name, kept / name)
    _fetch(folder, address, folders, files)
    return folder


def join_synced(
    folder: Path,
    address: str,
    *,
    folders: Sequence[str],
    files: Sequence[str],
    again: bool = False,
    hold: "Hold | None" = None,
) -> None:
    """Have a folder that another process opened, maybe on another machine, stand here for the same.

    It is left when the process ends, since others of this machine may use it; whoever makes scratch
    here later removes it.

    Args:
        folder: that it opened.
        address, folders, files: as it said.
        again: fetch what others changed, where it is here already.
        hold: keeps this process and others of this machine from a file while it is replaced, where
            they may be at work on it.

    Raises:
        StorageError: the store did not answer, or the disk is full.
    """
    is_here = (folder / MARK).is_dir()
    if is_here and again:
        _fetch(folder, address, folders, files, hold)
    if is_here:
        return
    with scratch_folder(folder.parent) as home:
        made = home / folder.name
        _mark(made, address)
        _fetch(made, address, folders, files)
        with suppress(OSError):  # another process of this machine was faster: theirs is as good
            made.rename(folder)


def _mark(folder: Path, address: str) -> None:
    (folder / MARK).mkdir(parents=True)
    (folder / MARK / ADDRESS_FILE).write_text(address, encoding="utf-8")


def _fetch(
    folder: Path,
    address: str,
    folders: Sequence[str],
    files: Sequence[str],
    hold: "Hold | None" = None,
) -> None:
    from audioset.storage.synced.folder import SyncedFolder  # late: it talks to the store

    objects = _kept_folder(address) / _OBJECTS
    SyncedFolder(folder, address, kept=objects).fetch(folders, files, hold or nullcontext)


def _stand_in(path: Path, kept: Path) -> None:
    """Let a folder that stays stand for one that is gone soon, where that can be."""
    with suppress(OSError):  # a home that cannot be written, or Windows: it is gone with the rest
        kept.mkdir(parents=True, exist_ok=True)
        path.symlink_to(kept, target_is_directory=True)


def _kept_folder(address: str) -> Path:
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    name = hashlib.sha256(address.encode()).hexdigest()[:16]
    return Path(caches) / "audioset" / "workspaces" / name
