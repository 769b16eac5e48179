"""Moving rows and clips between the workspace and what is kept aside, so that it can be broken off.

First what is going to move is written down together with what then counts as removed: from this
moment the change holds. Then file after file is moved, which may be done twice without harm, and at
last it is written down that nothing is going any more. Whoever comes after a killed process, before
anything else, goes through the same list.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from audioset.curation.removed.state import alone, read_removed, write_removed
from audioset.curation.workspace.one_writer import replacing_rows
from audioset.curation.workspace.working import Working
from audioset.errors import StorageError
from audioset.records.cut_shards import join_noted
from audioset.records.identity import clip_path
from audioset.records.manifest import SCHEMA_VERSION_KEY, SOURCE_KEY
from audioset.records.removed import Going, Removed
from audioset.storage.synced import was_removed, was_written
from audioset.storage.tables import (
    read_manifest,
    read_manifest_metadata,
    replace_rows,
    write_manifest,
)


def finish_change(working: Working) -> None:
    """Finish a change that was broken off; cheap where there is none.

    Raises:
        InvalidInputError: a manifest, or the file that says what was removed, is damaged.
        StorageError: the workspace cannot be written.
    """
    if read_removed(working).going is not None:
        with alone(working):
            carry_out(working, read_removed(working))


def carry_out(working: Working, removed: Removed) -> None:
    """Write down what counts as removed from now on, and move what is going; inside of `alone`.

    Raises:
        InvalidInputError: a manifest is damaged.
        StorageError: the workspace cannot be written.
    """
    write_removed(working, removed)
    if removed.going is None:
        return
    _move(working, removed.going)
    write_removed(working, replace(removed, going=None))


def _move(working: Working, going: Going) -> None:
    here, aside = working, working.aside
    origin, target = (aside, here) if going.undo else (here, aside)
    try:
        for folder in (target.manifests_dir, target.clips_dir):
            folder.mkdir(parents=True, exist_ok=True)
        for name, clip_ids in going.clip_ids.items():
            # A row never stands in the workspace without its clip: that would be told as a loss.
            with replacing_rows(working, Path(name).stem):
                if going.undo:
                    _move_clips(origin, target, clip_ids)
                _move_rows(origin, target, name, clip_ids, going)
                if not going.undo:
                    _move_clips(origin, target, clip_ids)
    except OSError as error:
        raise StorageError(f"{error.filename or target.folder}: {error.strerror}") from error


def _move_clips(origin: Working, target: Working, clip_ids: Iterable[str]) -> None:
    for clip_id in clip_ids:
        # One that is gone was moved already, or deleted by hand before.
        with suppress(FileNotFoundError):
            was, path = clip_path(origin.clips_dir, clip_id), clip_path(target.clips_dir, clip_id)
            was.replace(path)
            was_written(path)
            was_removed(was)


def _move_rows(
    origin: Working, target: Working, name: str, clip_ids: tuple[str, ...], going: Going
) -> None:
    source, place = origin.manifests_dir / name, target.manifests_dir / name
    if not source.exists():  # it was moved already
        return
    rows = read_manifest(source)
    goes = pc.is_in(rows["clip_id"], value_set=pa.array(clip_ids, pa.string()))
    left = rows.filter(pc.invert(goes))
    if name in going.whole and not left.num_rows and not place.exists():
        source.replace(place)  # just as it is, with all that it says
        was_written(place)
        was_removed(source)
        return
    _add_rows(source, place, rows.filter(goes), going)
    if left.num_rows or (name not in going.whole and _says_its_source(source)):
        replace_rows(source, left)
    else:
        source.unlink()
        was_removed(source)


def _add_rows(source: Path, place: Path, rows: pa.Table, going: Going) -> None:
    """Add rows to those that are there; what the workspace says of a source goes before."""
    said = read_manifest_metadata(place if going.undo and place.exists() else source)
    if place.exists():
        said |= join_noted(read_manifest_metadata(source), read_manifest_metadata(place))
        there = read_manifest(place)
        same = pc.is_in(there["clip_id"], value_set=rows["clip_id"].combine_chunks())
        rows = pa.concat_tables([there.filter(pc.invert(same)), rows])
    kept = {key: text for key, text in said.items() if key != SCHEMA_VERSION_KEY}
    write_manifest(place, rows, metadata=kept)


def _says_its_source(manifest: Path) -> bool:
    """Whether a manifest without rows says that a source was cut, and how."""
    return SOURCE_KEY in read_manifest_metadata(manifest)


def delete_aside(working: Working, clip_ids: Iterable[str]) -> int:
    """Delete clips that are kept aside, and their rows; inside of `alone`. Returns how many.

    Raises:
        InvalidInputError: a manifest is damaged.
        StorageError: the folder cannot be written.
    """
    aside, gone = working.aside, pa.array(sorted(clip_ids), pa.string())
    deleted = 0
    try:
        for path in sorted(aside.manifests_dir.glob("*.parquet")):
            rows = read_manifest(path)
            goes = pc.is_in(rows["clip_id"], value_set=gone)
            left = rows.filter(pc.invert(goes))
            for clip_id in rows.filter(goes)["clip_id"].to_pylist():
                clip_path(aside.clips_dir, clip_id).unlink(missing_ok=True)
                was_removed(clip_path(aside.clips_dir, clip_id))
            deleted += rows.num_rows - left.num_rows
            if left.num_rows:
                replace_rows(path, left)
            else:
                path.unlink()
                was_removed(path)
        for folder in (aside.manifests_dir, aside.clips_dir):
            with suppress(OSError):  # others are still kept
                folder.rmdir()
    except OSError as error:
        raise StorageError(f"{error.filename or aside.folder}: {error.strerror}") from error
    return deleted
