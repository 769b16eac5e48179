"""A folder for what the processes of one training keep of a version besides what they hold."""

import os
import shutil
import tempfile
import weakref
from pathlib import Path

from audioset.storage.files import cannot_write
from audioset.storage.scratch import owner, remove_left_behind

_PREFIX = "audioset-rows-"


class KeptFolder:
    """A folder in the system's temporary folder, made when it is first asked for.

    Processes that this is sent to share it, where they are on this machine. Who made it removes
    it; what a killed process left is removed when the next folder is made.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    def __reduce__(self) -> "tuple[type[KeptFolder], tuple[Path]]":
        return KeptFolder, (self(),)

    def __call__(self) -> Path:
        """Give the folder.

        Raises:
            StorageError: it cannot be made.
        """
        if self._path is None or not self._path.is_dir():
            parent = Path(tempfile.gettempdir())
            remove_left_behind(parent, _PREFIX)
            try:
                self._path = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{owner()}-"))
            except OSError as error:
                raise cannot_write(parent, error) from error
            weakref.finalize(self, _remove_own, self._path, os.getpid())
        return self._path


def _remove_own(path: Path, process: int) -> None:
    if process == os.getpid():  # else in a forked process
        shutil.rmtree(path, ignore_errors=True)
