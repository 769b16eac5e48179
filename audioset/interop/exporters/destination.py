"""Where an export goes: a folder that appears whole, or a bucket where what stands for it is last.

In a bucket files appear one by one. One that says so lies there until all are there, so that nobody
takes a part for the whole; the same export again goes on where a broken one was.
"""

import hashlib
import json
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir
from typing import Any, BinaryIO

from audioset.errors import AlreadyExistsError, InvalidInputError, StorageError
from audioset.nearby import is_workspace
from audioset.records.export_report import ExportedFile
from audioset.storage.files import cannot_write
from audioset.storage.scratch import scratch_folder
from audioset.storage.store import Store, open_store

_PREFIX = ".audioset-export-"
_UNFINISHED = "UNFINISHED-EXPORT.json"
_PUTS_AT_ONCE = 8


class Destination:
    """A folder in the making. Its files are named when all of them are whole.

    Attributes:
        place: where they will lie: an absolute folder, or a URL.
        is_folder: whether that is a folder of this machine.
        files: those that were opened, in the order in which they were closed.
        num_clip_files: how many files hold one clip.
        size_bytes: of all.
    """

    def __init__(self, place: str, making: Path, store: Store | None = None) -> None:
        self.place = place
        self.is_folder = store is None
        self.files: list[ExportedFile] = []
        self.num_clip_files = 0
        self.size_bytes = 0
        self._making = making
        self._known_folders: set[Path] = set()

    @contextmanager
    def open(self, name: str, *, num_clips: int | None = None) -> Iterator[BinaryIO]:
        """Open a new file; see `ExportJob.open`."""
        path = self._path(name)
        try:
            with path.open("xb") as file:
                yield file
        except FileExistsError as error:
            raise InvalidInputError(f"{name} would be written twice") from error
        except OSError as error:
            raise cannot_write(path, error) from error
        made = ExportedFile(
            name=name,
            size_bytes=path.stat().st_size,
            num_clips=num_clips,
            sha256=None if num_clips is None else _sha256(path),
        )
        self.files.append(made)
        self.size_bytes += made.size_bytes
        self._closed(name, path, is_last=num_clips is None)

    def write(self, name: str, data: bytes) -> None:
        """Write a file that is one clip."""
        path = self._path(name)
        try:
            path.write_bytes(data)
        except OSError as error:
            raise cannot_write(path, error) from error
        self.num_clip_files += 1
        self.size_bytes += len(data)

    def finish(self) -> None:
        """Let the files appear."""
        target = Path(self.place)
        try:
            if target.is_dir():
                target.rmdir()  # an empty one, else somebody wrote into it meanwhile
            self._making.rename(target)
        except OSError as error:
            raise cannot_write(target, error) from error

    def _path(self, name: str) -> Path:
        path = self._making / name
        if path.parent not in self._known_folders:
            if ".." in Path(name).parts or Path(name).is_absolute():
                raise InvalidInputError(f"{name!r} is no name of a file of an export")
            path.parent.mkdir(parents=True, exist_ok=True)
            self._known_folders.add(path.parent)
        return path

    def _closed(self, name: str, path: Path, *, is_last: bool) -> None:
        """Do nothing: all lies where it will be named."""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Bucket(Destination):
    """Objects below a URL; files that hold no clips are put at the end."""

    def __init__(self, place: str, making: Path, store: Store, pool: ThreadPoolExecutor) -> None:
        super().__init__(place, making, store)
        self._store = store
        self._pool = pool
        self._under_way: deque[Future[bool]] = deque()
        self._last: list[tuple[str, Path]] = []

    def write(self, name: str, data: bytes) -> None:
        """Put a clip; some are under way at once."""
        if len(self._under_way) >= 2 * _PUTS_AT_ONCE:
            self._under_way.popleft().result()
        # What lies there is of this very export, whose bytes are always the same.
        self._under_way.append(self._pool.submit(self._store.put_content, name, data))
        self.num_clip_files += 1
        self.size_bytes += len(data)

    def finish(self) -> None:
        """Put what stands for all others, and take the mark away."""
        while self._under_way:
            self._under_way.popleft().result()
        for name, path in self._last:
            self._store.put_content(name, path)
        self._store.delete(_UNFINISHED)

    def _closed(self, name: str, path: Path, *, is_last: bool) -> None:
        if is_last:
            self._last.append((name, path))
            return
        self._store.put_content(name, path)
        with suppress(OSError):
            path.unlink()


@contextmanager
def open_destination(to: str, wish: dict[str, Any]) -> Iterator[Destination]:
    """Make files that appear at `to` when the block ends well; else a folder is as it was.

    Args:
        to: a folder, which is made when missing and must be empty, or a URL.
        wish: what is exported and how, by which a broken export to a bucket is known again.

    Raises:
        InvalidInputError: it is a file, a workspace, or no address.
        AlreadyExistsError: something lies there.
        StorageError: it cannot be written, or the store did not answer.
    """
    if "://" in to and not to.startswith("file://"):
        with _opened_bucket(to, wish) as bucket:
            yield bucket
            bucket.finish()
        return
    # As the system finds it: `..` is taken out where links lead, not where letters do.
    target = Path(os.path.realpath(Path(to.removeprefix("file://")).expanduser()))
    _require_free(target)
    with scratch_folder(target.parent, _PREFIX) as scratch:
        making = scratch / "whole"
        making.mkdir()
        folder = Destination(str(target), making)
        yield folder
        _require_free(target)
        folder.finish()


@contextmanager
def _opened_bucket(url: str, wish: dict[str, Any]) -> Iterator[_Bucket]:
    store = open_store(url)
    mark = json.dumps(wish, sort_keys=True, indent=1).encode()
    found = next(iter(store.list_keys("")), None)
    if found is None:
        store.put_new(_UNFINISHED, mark)
    elif not _is_of(store, mark):
        raise AlreadyExistsError(
            f"{store.uri(found)} is there already; a reader would mix the two: name an empty "
            "place, or delete what lies there"
        )
    with (
        scratch_folder(Path(gettempdir()), _PREFIX) as making,
        ThreadPoolExecutor(_PUTS_AT_ONCE) as pool,
    ):
        yield _Bucket(store.url, making, store, pool)


def _is_of(store: Store, mark: bytes) -> bool:
    """Tell whether what lies there is what a broken export of just this has left."""
    return store.size(_UNFINISHED) is not None and store.get(_UNFINISHED) == mark


def _require_free(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise InvalidInputError(f"{target} is a file; name a folder")
    if target.is_dir() and is_workspace(target):
        raise InvalidInputError(f"{target} is a workspace; name another folder")
    try:
        found = min((path.name for path in target.iterdir()), default=None)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"cannot read {target}: {error.strerror or error}") from error
    if found is not None:
        raise AlreadyExistsError(
            f"{target} holds {found} already; a reader would mix the two: name an empty folder, or "
            "delete what is in it"
        )
