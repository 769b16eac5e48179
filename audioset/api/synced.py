"""A workspace on object storage, as a folder of this machine for the time of a process.

Its manifests lie there, and are sent back one by one, each on the condition that nobody else
changed it; its clips lie in its store. Scratch is all that this machine needs.
"""

import os
from pathlib import Path

from audioset.nearby import MANIFESTS_FOLDER, WORKSPACE_FILE, WORKSPACE_VARIABLE
from audioset.settings import Settings

_FOLDERS = (MANIFESTS_FOLDER, "clips", "originals", "removed", ".exported")
_FILES = (WORKSPACE_FILE, "parent.json")
_OF_MACHINE = ("places", ".review")  # where sources lie here, and what was heard of them


def find_folder(workspace: str | Path | None) -> tuple[str | Path | None, str | None]:
    """Give the folder of a workspace, and its address where it lies on object storage.

    Args:
        workspace: as it was named; None for what the environment names.

    Raises:
        InvalidInputError: an unknown kind of URL, or one with credentials in it.
        StorageError: the store did not answer.
    """
    named = workspace or os.environ.get(WORKSPACE_VARIABLE)
    if not isinstance(named, str) or "://" not in named:
        return workspace, None
    from audioset.storage.synced import find_address, open_synced

    folder = open_synced(named, folders=_FOLDERS, files=_FILES, of_machine=_OF_MACHINE)
    return folder, find_address(folder)


def send_settings(settings: Settings) -> None:
    """Send the `audioset.toml` of a new workspace.

    Raises:
        ConflictError: somebody else made one there meanwhile.
        StorageError: the store did not answer, or refused.
    """
    from audioset.storage.synced import was_written

    was_written(settings.workspace / WORKSPACE_FILE)
