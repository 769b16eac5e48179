"""Folders for files that are about to be put into a store; they vanish with what is left in them.

Their names hold the machine and the process, so that a later process can remove those of a killed
one.
"""

import glob
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from audioset.storage.files import SCRATCH_PREFIX, cannot_write, is_alive


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """Make a folder in `parent`, which is made when missing; it vanishes with the context.

    Raises:
        StorageError: the disk is full, or `parent` cannot be written.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)
        made = tempfile.mkdtemp(prefix=f"{_prefix()}{os.getpid()}-", dir=parent)
    except OSError as error:
        raise cannot_write(parent, error) from error
    try:
        yield Path(made)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def remove_left_behind(parent: Path) -> None:
    """Remove what killed processes of this machine left in `parent`; what resists stays."""
    prefix = _prefix()
    with suppress(OSError):
        for folder in parent.glob(f"{glob.escape(prefix)}*"):
            pid = folder.name.removeprefix(prefix).partition("-")[0]
            if pid.isdigit() and not is_alive(int(pid)):
                shutil.rmtree(folder, ignore_errors=True)


def _prefix() -> str:
    return f"{SCRATCH_PREFIX}{platform.node()}-"
