"""Files and folders that a process makes for itself, and how those of a killed one are found.

Their names hold whose they are. The number of a process tells whether it lives on its own machine
(or in its own container) only; what another left is judged by its age.
"""

import glob
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from audioset.machine import is_alive, process_space
from audioset.storage.files import SCRATCH_PREFIX, cannot_write

# What a machine that we know nothing of has not touched for so long is taken for left behind.
LEFT_BEHIND_SECONDS = 24 * 3600.0
_SMALL_BYTES = 1_000_000  # fewer are not worth a file
_OWNER = re.compile("([0-9a-f]{12})-([0-9]+)")


def owner() -> str:
    """Name this process, for names of what it makes: its surroundings and its number."""
    return f"{process_space()}-{os.getpid()}"


def remove_left_behind(parent: Path, before: str, after: str = "") -> None:
    """Remove files and folders of processes that are gone; what resists stays.

    Args:
        parent: the folder that holds them.
        before: how their names begin.
        after: how they end. Between the two is somewhere the owner, or what older versions of
            audioset wrote in its place.
    """
    for path in parent.glob(f"{glob.escape(before)}*{glob.escape(after)}"):
        with suppress(OSError):
            if _is_left_behind(path):
                _remove(path)


def _is_left_behind(path: Path) -> bool:
    found = _OWNER.search(path.name)
    if found and found[1] == process_space():
        return not is_alive(int(found[2]))
    touched = max(part.lstat().st_mtime for part in [path, *path.glob("*")])
    return time.time() - touched > LEFT_BEHIND_SECONDS


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def scratch_folder(parent: Path, prefix: str = SCRATCH_PREFIX) -> Iterator[Path]:
    """Make a folder in `parent`, which is made when missing; it vanishes with the context.

    Those that killed processes left there are removed.

    Raises:
        StorageError: the disk is full, or `parent` cannot be written.
    """
    remove_left_behind(parent, prefix)
    try:
        parent.mkdir(parents=True, exist_ok=True)
        made = tempfile.mkdtemp(prefix=f"{prefix}{owner()}-", dir=parent)
    except OSError as error:
        raise cannot_write(parent, error) from error
    try:
        yield Path(made)
    finally:
        shutil.rmtree(made, ignore_errors=True)


class ScratchFile:
    """Bytes that memory is too small for: in a file that nobody sees, once they are many.

    Every method raises StorageError where the disk of temporary files is full.

    Args:
        folder: existing folder of the file; that of temporary files when None.

    Attributes:
        size_bytes: how many there are.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.size_bytes = 0
        self._folder = folder or Path(tempfile.gettempdir())
        where = str(self._folder)
        self._file = tempfile.SpooledTemporaryFile(_SMALL_BYTES, dir=where)  # noqa: SIM115  `close`

    def append(self, data: bytes | memoryview) -> int:
        """Add bytes at the end; gives where they begin. Not after the first `read`."""
        start = self.size_bytes
        with self._no_room_told():
            self._file.write(data)
        self.size_bytes += len(data)
        return start

    def read(self, start: int, size_bytes: int) -> bytes:
        """Give bytes that were added."""
        with self._no_room_told():
            self._file.seek(start)
            return self._file.read(size_bytes)

    def close(self) -> None:
        """Remove the file."""
        with suppress(OSError):  # what was not written yet is not needed any more
            self._file.close()

    @contextmanager
    def _no_room_told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise cannot_write(self._folder, error) from error
