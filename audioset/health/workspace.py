"""A workspace as files: its folder, its manifests, what was left over, its locks, its drive."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.errors import AudiosetError, NotFoundError
from audioset.health.words import diagnose, from_error, unknown
from audioset.machine import (
    drive_of,
    is_on_network,
    lock,
    name_new,
    sync_folder,
    take_lock,
)
from audioset.nearby import WORKSPACE_FILE, require_workspace
from audioset.records.doctor_report import Diagnosis
from audioset.settings import clips_dir_of, manifests_dir_of
from audioset.storage.files import SCRATCH_PREFIX
from audioset.storage.scratch import owner
from audioset.wording import count, some_of

if TYPE_CHECKING:
    from audioset.settings import Settings

_OLD_SECONDS = 3600.0  # what is being written now is younger
_HALF_WRITTEN = (".*.tmp", ".*.part", f"{SCRATCH_PREFIX}*")
_WITH_LOCKS = ("removed", "originals", "places")
_FILES_SHOWN = 3


def look_at_folder(folder: Path) -> Diagnosis:
    """Say whether there is a workspace, and whether it may be written."""
    try:
        require_workspace(folder)
    except NotFoundError as error:
        return from_error("workspace", error, state="limited")
    inside = [path for path in (manifests_dir_of(folder), clips_dir_of(folder)) if path.exists()]
    closed = [str(path) for path in (folder, *inside) if not os.access(path, os.R_OK | os.X_OK)]
    if closed:
        cure = f"have its owner let you in: chmod -R u+rwX {closed[0]}"
        return diagnose("workspace", "trouble", f"{closed[0]} may not be read by you", cure)
    shut = [str(path) for path in (folder, *inside) if not os.access(path, os.W_OK)]
    if shut:
        found = f"{some_of(shut, _FILES_SHOWN)} can be read, and not written by you"
        cure = "enough to look; to cut and decide, work in one of your own: audioset checkout"
        return diagnose("workspace", "limited", found, cure)
    return diagnose("workspace", "fine", f"{folder}, readable and writable")


def look_at_settings(settings: "Settings") -> Diagnosis:
    """Check what `audioset.toml` says of cuts and splits; the rest was checked by reading it."""
    from audioset.records.cut_options import CutOptions
    from audioset.records.split_report import SplitOptions

    CutOptions.from_mapping(settings.cut_defaults)
    SplitOptions.from_mapping(settings.split_defaults)
    file = settings.workspace / WORKSPACE_FILE
    where = str(file) if file.exists() else "no audioset.toml: defaults and variables"
    return diagnose("settings", "fine", f"dataset {settings.name!r} by {where}")


def look_at_manifests(folder: Path) -> Diagnosis:
    """Open each manifest, as far as its schema."""
    from audioset.storage.tables import list_manifests, read_manifest_metadata

    where = manifests_dir_of(folder)
    if not any(where.glob("*.parquet")):
        return diagnose("manifests", "fine", "none yet")
    paths, errors = list_manifests(where), []
    for path in paths:
        try:
            read_manifest_metadata(path)
        except AudiosetError as error:
            errors.append(error)
    if not errors:
        return diagnose("manifests", "fine", f"{count(len(paths), 'manifest')}, each opens")
    first = from_error("manifests", errors[0])
    others = f", and {len(errors) - 1:,} more" if len(errors) > 1 else ""
    cure = "put it back from a backup, or delete it and cut its source again"
    return diagnose("manifests", "trouble", f"{first.found}{others}", first.cure or cure)


def look_for_left_over(folder: Path, settings: "Settings | None") -> Diagnosis:
    """Find what killed processes left half-written; it is in nobody's way but takes room."""
    places = [folder, *(each for each in folder.iterdir() if each.is_dir())]
    if settings is not None and "://" not in settings.store:
        places.append(Path(settings.store))
    found = sorted({path for place in places for path in _old(place)})
    if (folder / "removed" / "removed.json").exists() and _is_broken_off(folder):
        text = "a removal was broken off; the next command finishes it"
        return diagnose("left over", "limited", text, "audioset status tells")
    if not found:
        return diagnose("left over", "fine", "nothing half-written")
    shown = some_of(found, _FILES_SHOWN)
    cure = f"they are safe to delete: rm -r {' '.join(map(str, found[:_FILES_SHOWN]))}"
    return diagnose("left over", "limited", f"half-written by a killed process: {shown}", cure)


def look_at_locks(folder: Path) -> Diagnosis:
    """Find locks that others hold just now, and claims that stand for locks."""
    held = []
    for path in _lock_files(folder):
        with suppress(FileNotFoundError), path.open("rb") as file:
            if not take_lock(file):
                held.append(str(path))
    claims = [str(path) for name in _WITH_LOCKS for path in (folder / name).glob(".*.claim")]
    if held:
        text = f"another audioset is at work here, and holds {some_of(held, _FILES_SHOWN)}"
        return diagnose("locks", "limited", text, "wait for it, or end it; ps shows which it is")
    if claims:
        text = f"claimed by a process of this or another machine: {some_of(claims, _FILES_SHOWN)}"
        return diagnose("locks", "limited", text, "where none runs, it is removed by itself soon")
    return diagnose("locks", "fine", "nobody else is at work here")


def look_at_drive(folder: Path) -> Diagnosis:
    """Try what the drive of the workspace can, in a folder that is removed again."""
    drive = drive_of(folder)
    if not os.access(folder, os.W_OK):
        return unknown("drive", f"{folder} may not be written by you")
    lacks = []
    with _tried(folder) as room:
        first, second = room / "a", room / "b"
        first.write_bytes(b"1")
        with first.open("ab") as file:
            if not lock(file):
                lacks.append("has no locks: let one process write at a time")
        if not name_new(first, second):
            lacks.append("names files without looking whether the name is free")
        if not sync_folder(room):
            lacks.append("cannot say when names are on it: a power loss may take the newest files")
    if is_on_network(folder):
        lacks.append("is on the network: decisions take longer there")
    if lacks:
        cure = "lay the workspace on a local disk, and share by a store on S3"
        return diagnose("drive", "limited", f"{drive} {'; '.join(lacks)}", cure)
    return diagnose("drive", "fine", f"{drive}: locks, exclusive names, and safe after power loss")


@contextmanager
def _tried(folder: Path) -> Iterator[Path]:
    """Make a folder that is removed; a killed process leaves one that the next verb removes."""
    room = Path(tempfile.mkdtemp(prefix=f"{SCRATCH_PREFIX}{owner()}-", dir=folder))
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _old(place: Path) -> Iterator[Path]:
    limit = time.time() - _OLD_SECONDS
    for pattern in _HALF_WRITTEN:
        for path in place.glob(pattern):
            with suppress(FileNotFoundError):  # who wrote it ended between the list and this look
                if path.lstat().st_mtime < limit:
                    yield path


def _is_broken_off(folder: Path) -> bool:
    from audioset.records.removed import Removed

    text = (folder / "removed" / "removed.json").read_text(encoding="utf-8")
    return Removed.from_json(text).going is not None


def _lock_files(folder: Path) -> Iterator[Path]:
    for name in _WITH_LOCKS:
        yield from (folder / name).glob(".*lock")
