"""One process at a time replaces the clips of a source that people reshape.

Who reshapes reads the manifest, listens to the source for a while, and then writes it. Whoever else
replaces rows of that manifest waits until that is done, and reads them only then.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from audioset.curation.workspace.working import Working
from audioset.errors import NotFoundError, StorageError
from audioset.records.manifest import Clip, clips_from_table, table_from_clips
from audioset.storage.locks import locked
from audioset.storage.tables import read_manifest, replace_rows


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


def change_rows(
    working: Working, manifest: Path, clip_ids: Collection[str], change: Callable[[Clip], Clip]
) -> set[str]:
    """Change rows as they are now, after long work on clips as they were.

    Meanwhile clips may be removed, moved or cut anew, and facts be given: that stays.

    Args:
        working: the workspace.
        manifest: of the source.
        clip_ids: of the clips that were worked on.
        change: what becomes of the row of one.

    Returns:
        Ids of those that are still there.

    Raises:
        StorageError: the manifest cannot be read or written.
    """
    with replacing_rows(working, manifest.stem):
        rows: list[Clip] = []
        with suppress(NotFoundError):  # a source may be removed as a whole
            rows = list(clips_from_table(read_manifest(manifest)))
        there = {row.clip_id for row in rows} & set(clip_ids)
        if there:
            new = [change(row) if row.clip_id in there else row for row in rows]
            replace_rows(manifest, table_from_clips(new))
    return there


def _lock_of(working: Working, source_id: str) -> Path:
    return working.originals.folder / f".{source_id}.lock"
