"""One process at a time replaces the clips of a source that people reshape.

Who reshapes reads the manifest, listens to the source for a while, and then writes it. Whoever else
replaces rows of that manifest waits until that is done, and reads them only then.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audioset.curation.workspace.working import Working
from audioset.errors import StorageError
from audioset.storage.locks import locked


@contextmanager
def reshaping(working: Working, source_id: str) -> Iterator[None]:
    """Keep all others from the clips of a source; it may take a while.

    Raises:
        StorageError: the workspace cannot be written.
    """
    path = _lock_of(working, source_id)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{path.parent} cannot be made ({error.strerror})") from error
    with locked(path):
        yield


@contextmanager
def replacing_rows(working: Working, source_id: str) -> Iterator[None]:
    """Wait for who reshapes the clips of a source, and keep them from it for a moment.

    Of a source that nobody ever reshaped no lock is left behind.

    Args:
        working: the workspace; of what was removed from one, that workspace.
        source_id: of the source, which is the name of its manifest.
    """
    path = _lock_of(working, source_id)
    if not path.exists():
        yield
        return
    with locked(path):
        yield


def _lock_of(working: Working, source_id: str) -> Path:
    return working.originals.folder / f".{source_id}.lock"
