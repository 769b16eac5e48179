"""Clip files of the workspace: written whole or not at all."""

import errno
import glob
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from audioset.errors import MediaError, NotFoundError, StorageError
from audioset.records.identity import clip_path
from audioset.storage.scratch import owner, remove_left_behind
from audioset.storage.synced import was_removed, was_written

_PART_SUFFIX = ".part"


def read_sha256(path: Path) -> str:
    """Hash a source file's bytes, hex.

    Raises:
        NotFoundError: no such file.
        MediaError: it is a folder, a pipe or a device, or cannot be read.
    """
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise MediaError(f"{path}: not a regular file; save the recording to a file first")
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise NotFoundError(f"{path}: no such file") from error
    except OSError as error:
        raise MediaError(f"{path}: cannot be read ({error.strerror})") from error


def file_size(path: Path) -> int | None:
    """Size of a file in bytes; None when there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def find_clips_of(clips_dir: Path, source_id: str) -> set[str]:
    """List the ids of the clips of a source that have a file."""
    named = re.compile(re.escape(source_id) + r"-(t[0-9])?(c[0-9]+)?-?[0-9]{9}-[0-9]{9}")
    found = (path.stem for path in clips_dir.glob(glob.escape(source_id) + "-*.flac"))
    return {stem for stem in found if named.fullmatch(stem)}


def write_clip_file(clips_dir: Path, clip_id: str, flac: bytes, *, hold: bool = False) -> None:
    """Write one clip under a temporary name and rename it when it is whole.

    Args:
        hold: leave it under the temporary name until `release_clip_file`.

    Raises:
        StorageError: the disk is full or the folder cannot be written.
    """
    part = _part_path(clips_dir, clip_id)
    try:
        clips_dir.mkdir(parents=True, exist_ok=True)  # drives in the cloud keep no empty folder
        part.write_bytes(flac)
        if not hold:
            part.replace(clip_path(clips_dir, clip_id))
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StorageError(_explain_write(clips_dir, error)) from error
    if not hold:
        was_written(clip_path(clips_dir, clip_id))


def release_clip_file(clips_dir: Path, clip_id: str) -> None:
    """Put a clip that was held in its place, over an older one."""
    path = clip_path(clips_dir, clip_id)
    _part_path(clips_dir, clip_id).replace(path)
    was_written(path)


def remove_clip_files(clips_dir: Path, clip_ids: Iterable[str], *, held: bool = False) -> None:
    """Remove clips, or what is held of them."""
    for clip_id in clip_ids:
        path = _part_path(clips_dir, clip_id) if held else clip_path(clips_dir, clip_id)
        path.unlink(missing_ok=True)
        if not held:
            was_removed(path)


def _part_path(clips_dir: Path, clip_id: str) -> Path:
    return clips_dir / f".{clip_id}.{owner()}{_PART_SUFFIX}"


def remove_stale_parts(clips_dir: Path) -> None:
    """Remove what a killed process left half-written; those of living processes stay."""
    remove_left_behind(clips_dir, ".", _PART_SUFFIX)


def _explain_write(folder: Path, error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return f"the disk that holds {folder} is full; make room and run the same command again"
    return f"{folder} cannot be written ({error.strerror})"
