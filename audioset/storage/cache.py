"""Cache: objects of a store that are named by their hash, kept in a folder of this machine.

Any number of processes may share the folder. A file appears whole and with the hash it is named
by, or not at all; when the folder is full, the files that were not used for longest make room.
"""

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from audioset.errors import StorageError
from audioset.storage.files import write_atomically, write_checked
from audioset.storage.locks import locked

# A half-written file that nobody has added to for this long belongs to a process that is gone.
ABANDONED_SECONDS = 3600
_LOCK = ".lock"


class Cache:
    """Files by hash in one folder, of limited size.

    Attributes:
        folder: made when the first file is kept.
        limit_bytes: what all files together may have. While files are written that is exceeded by
            no more than these have.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self.folder = folder
        self.limit_bytes = limit_bytes

    def open(
        self, sha256: str, size_bytes: int, fetch: Callable[[], Iterable[bytes]]
    ) -> BinaryIO | None:
        """Open a file, fetched first when it is not there; None when it can never fit.

        Of several processes that want the same file at once, one fetches it. An open file stays
        readable when it is removed meanwhile.

        Args:
            sha256: of its bytes, hex.
            size_bytes: how many they are.
            fetch: gives the bytes, block by block.

        Raises:
            IntegrityError: what was fetched has another hash; nothing was kept.
            StorageError: the folder cannot be written, or `fetch` failed.
        """
        found = self.find(sha256, size_bytes)
        if found is not None or size_bytes > self.limit_bytes:
            return found
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with locked(self.folder / f".{sha256[:2]}.lock"):
                found = self.find(sha256, size_bytes)
                if found is not None:
                    return found
                self._make_room(size_bytes)
                path = self.folder / sha256
                write_atomically(
                    path, lambda file: write_checked(file, fetch(), sha256, size_bytes)
                )
                return path.open("rb")
        except OSError as error:
            raise StorageError(
                f"the cache {self.folder} cannot be used: {error.strerror or error}"
            ) from error

    def find(self, sha256: str, size_bytes: int) -> BinaryIO | None:
        """Open a file that is there, and note that it was used; None when it is not there."""
        try:
            file = (self.folder / sha256).open("rb")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        stat = os.fstat(file.fileno())
        if stat.st_size != size_bytes:
            file.close()
            return None
        # Told outright: most file systems note reads once a day, or never.
        os.utime(file.fileno(), ns=(time.time_ns(), stat.st_mtime_ns))
        return file

    def remove(self, sha256: str) -> None:
        """Remove a file whose bytes turned out to be damaged; nothing happens when it is gone."""
        (self.folder / sha256).unlink(missing_ok=True)

    def _make_room(self, size_bytes: int) -> None:
        """Remove what was not used for longest until another file fits."""
        with locked(self.folder / _LOCK):
            kept = []
            with os.scandir(self.folder) as found:
                entries = list(found)
            for entry in entries:
                try:
                    stat = entry.stat()
                except FileNotFoundError:  # somebody finished writing it meanwhile, or gave up
                    continue
                if entry.name.endswith(".tmp") and _is_abandoned(stat.st_mtime):
                    Path(entry.path).unlink(missing_ok=True)
                elif not entry.name.startswith("."):
                    kept.append((stat.st_atime_ns, stat.st_size, entry.path))
            total = size_bytes + sum(size for _, size, _ in kept)
            for _, size, path in sorted(kept):
                if total <= self.limit_bytes:
                    return
                Path(path).unlink(missing_ok=True)
                total -= size


def open_cache(folder: Path | None, limit_bytes: int) -> Cache | None:
    """Give the cache of the settings, None when there is none. Nothing is made yet."""
    return None if folder is None else Cache(folder, limit_bytes)


def _is_abandoned(modified_at: float) -> bool:
    return time.time() - modified_at > ABANDONED_SECONDS
