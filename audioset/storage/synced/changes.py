"""Send what changed in a folder that stands for another one on object storage.

Worker processes know a folder by its path alone, so they read its mark too.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.storage.synced.marks import MARK, find_address

if TYPE_CHECKING:
    from audioset.storage.synced.folder import SyncedFolder

_LEVELS_UP = 3  # from removed/manifests/talk.parquet


def was_written(path: Path) -> None:
    """Send a file that was written just now, where its folder stands for another one.

    Raises:
        ConflictError: somebody else changed it meanwhile; the folder has what they wrote then.
        StorageError: the store did not answer, or refused.
    """
    folder = _folder_of(path)
    if folder is not None:
        folder.send(path)


def was_removed(path: Path) -> None:
    """Remove the object of a file that was removed just now, where its folder stands for another.

    Raises:
        ConflictError, StorageError: as `was_written`.
    """
    folder = _folder_of(path)
    if folder is not None:
        folder.remove(path)


def _folder_of(path: Path) -> "SyncedFolder | None":
    root = _root_above(path.parent)
    return None if root is None else _synced(root)


@cache  # who makes such a folder makes it where nothing was before
def _root_above(folder: Path) -> Path | None:
    above = (folder, *folder.parents)[:_LEVELS_UP]
    return next((each for each in above if (each / MARK).is_dir()), None)


@cache
def _synced(root: Path) -> "SyncedFolder":
    from audioset.storage.synced.folder import SyncedFolder

    return SyncedFolder(root, find_address(root) or "")
