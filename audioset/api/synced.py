"""A workspace on object storage, as a folder of this machine for the time of a process.

Its manifests lie there, and are sent back one by one, each on the condition that nobody else
changed it; its clips lie in its store. Scratch is all that this machine needs.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Self

from audioset.errors import InvalidInputError, NotFoundError, StorageError
from audioset.machine import machine_name
from audioset.nearby import MANIFESTS_FOLDER, WORKSPACE_FILE, WORKSPACE_VARIABLE
from audioset.settings import Settings

if TYPE_CHECKING:
    from audioset.storage.store import Store

BETWEEN_LOOKS_SECONDS = 5.0  # between two looks at what others changed: some ten requests each
ENGINES = (None, "ray")
_FOLDERS = (MANIFESTS_FOLDER, "clips", "originals", "removed", "urls", ".exported")
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


@contextmanager
def on_engine(settings: Settings, engine: str | None, address: str | None) -> Iterator[None]:
    """Let the long work of a workspace run on a cluster inside of this block.

    Args:
        settings: of the workspace.
        engine: "ray", or None for this machine.
        address: of the cluster; None for the one that `RAY_ADDRESS` names, or one of this machine.

    Raises:
        InvalidInputError: no such engine, it is not installed, or an address without an engine.
        AudiosetError: the cluster does not answer.
    """
    ready = partial(_be_ready, settings.workspace, settings.address)
    try:
        with _on_cluster(engine, address, ready):
            yield
    finally:
        if engine is not None and settings.address is not None:
            _join(settings.workspace, settings.address, again=True)


@contextmanager
def store_on_engine(
    store: "Store", dataset: str, engine: str | None, address: str | None
) -> Iterator[None]:
    """Let long work on a store, which needs no workspace, run on a cluster in this block.

    Args:
        store: whose objects are read there.
        dataset: of which they are.
        engine, address: as for `on_engine`.

    Raises:
        InvalidInputError: as `on_engine`; or the store lives in this process alone.
        AudiosetError: the cluster does not answer.
        StorageError: the store did not answer, or refused.
    """
    file = None
    if engine is not None and store.is_local:
        from audioset.versions.layout import version_key
        from audioset.versions.read.resolve import list_version_numbers

        numbers = list_version_numbers(store, dataset)
        file = store.uri(version_key(dataset, max(numbers))) if numbers else None
    elif engine is not None and store.url.startswith("memory:"):
        raise InvalidInputError(f"{store.url} is of this process alone; other machines see it not")
    with _on_cluster(engine, address, partial(_see_store, file)):
        yield


@contextmanager
def _on_cluster(
    engine: str | None, address: str | None, ready: Callable[[], None]
) -> Iterator[None]:
    if engine not in ENGINES:
        raise InvalidInputError(f"no engine {engine!r}; there is {ENGINES[-1]}")
    if engine is None:
        if address is not None:
            raise InvalidInputError(f"{address} is the address of a cluster: say engine ray, too")
        yield
        return
    from audioset.engine import in_use
    from audioset.ray_engine import RayEngine

    ray = RayEngine(address, ready)
    with ray.connected(), in_use(ray):
        yield


def _see_store(file: str | None) -> None:
    """See a store that is a folder also on the machine of a worker; any machine sees the others.

    Args:
        file: of it, which must be there: the machine may have another folder of that name.

    Raises:
        NotFoundError: it is not there.
    """
    if file is not None and not Path(file).is_file():
        raise NotFoundError(
            f"{machine_name()} does not see {file}: a folder is a store of one machine, unless it "
            "lies on a drive that all nodes have; else copy it onto object storage: audioset copy"
        )


def _be_ready(folder: Path, address: str | None) -> None:
    """Have the folder of a workspace on the machine of a worker.

    Raises:
        NotFoundError: this machine does not see it.
        StorageError: the store did not answer, or the disk is full.
    """
    if address is not None:
        _join(folder, address)
    elif not folder.is_dir():
        raise NotFoundError(
            f"{machine_name()} does not see {folder}: put the workspace on a drive that all nodes "
            "have, or on object storage"
        )


def _join(
    folder: Path,
    address: str,
    *,
    again: bool = False,
    hold: Callable[[Path], AbstractContextManager[object]] | None = None,
) -> None:
    from audioset.storage.synced import join_synced

    join_synced(folder, address, folders=_FOLDERS, files=_FILES, again=again, hold=hold)


class LookingFar:
    """Brings here what others change of a workspace on object storage, while somebody asks.

    Args:
        settings: of the workspace; one that is a folder needs no such look.
        hold: keeps everybody here from the clips of a source, by its id.
    """

    def __init__(
        self, settings: Settings, hold: Callable[[str], AbstractContextManager[object]]
    ) -> None:
        self._settings, self._hold_source = settings, hold
        self._under_way: Thread | None = None
        self._looked_at = time.monotonic()

    def __enter__(self) -> Self:
        """Be looked by."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for a look that is under way."""
        if self._under_way is not None:
            self._under_way.join()

    def look(self) -> None:
        """Begin to look, where that was some seconds ago; nobody waits for the answer."""
        due = time.monotonic() - self._looked_at >= BETWEEN_LOOKS_SECONDS
        if self._settings.address is None or not due:
            return
        if self._under_way is not None and self._under_way.is_alive():
            return
        self._looked_at = time.monotonic()
        self._under_way = Thread(target=self._fetch, daemon=True)
        self._under_way.start()

    def _fetch(self) -> None:
        with suppress(StorageError):  # what is known stays; the next look may reach the store
            address = str(self._settings.address)
            _join(self._settings.workspace, address, again=True, hold=self._hold)

    def _hold(self, path: Path) -> AbstractContextManager[object]:
        is_manifest = path.suffix == ".parquet"
        return self._hold_source(path.stem) if is_manifest else nullcontext()


def send_settings(settings: Settings) -> None:
    """Send the `audioset.toml` of a new workspace.

    Raises:
        ConflictError: somebody else made one there meanwhile.
        StorageError: the store did not answer, or refused.
    """
    from audioset.storage.synced import was_written

    was_written(settings.workspace / WORKSPACE_FILE)
