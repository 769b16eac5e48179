"""Clips as they were before people moved their edges, split or merged them: kept to come back.

They lie in `originals/` of the workspace as in a workspace of their own: rows in a manifest of the
name of their source's, and the FLAC files under their roots.
"""

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from audioset.curation.workspace.clip_files import (
    find_clips_of,
    remove_clip_files,
    remove_stale_parts,
    write_clip_file,
)
from audioset.curation.workspace.working import Working
from audioset.errors import AudiosetError, InvalidInputError, StorageError
from audioset.records.identity import clip_path
from audioset.records.manifest import Clip, clips_from_table, table_from_clips
from audioset.storage.synced import was_removed
from audioset.storage.tables import read_manifest, read_manifest_metadata, write_manifest

_KEY = b"audioset.originals"


@dataclass(frozen=True, slots=True, kw_only=True)
class Originals:
    """What is kept of one source.

    Attributes:
        rows: by root.
        cuts: fingerprints of the cuts that rows come of, by root; clips that people made are of
            none, and no cut replaces them.
        touched: ids of clips that were about to come or go when this was written: of one that is in
            no manifest a killed process may have left the audio.
    """

    rows: Mapping[str, Clip] = field(default_factory=dict)
    cuts: Mapping[str, str] = field(default_factory=dict)
    touched: tuple[str, ...] = ()

    def of_cut(self, fingerprint: str) -> "Originals":
        """Leave out the rows of another cut: that replaced them."""
        rows = {
            root: row
            for root, row in self.rows.items()
            if self.cuts.get(root, fingerprint) == fingerprint
        }
        return replace(self, rows=rows)


def read_originals(working: Working, name: str) -> Originals:
    """Read what is kept of a source; nothing where nobody reshaped its clips.

    Args:
        working: the workspace.
        name: of the manifest of the source.

    Raises:
        InvalidInputError: the file is damaged.
        StorageError: it cannot be read.
    """
    path = working.originals.manifests_dir / name
    if not path.exists():
        return Originals()
    try:
        said = json.loads(read_manifest_metadata(path)[_KEY])
        rows = {said["roots"].get(row.clip_id, row.clip_id): row for row in _clips(path)}
        return Originals(rows=rows, cuts=said["cuts"], touched=tuple(said["touched"]))
    except (KeyError, ValueError, TypeError) as error:
        raise InvalidInputError(
            f"{path} is damaged ({error}); it holds clips as they were before their edges were "
            "moved: restore it from a backup, or delete it and cut the source again"
        ) from error


def _clips(path: Path) -> list[Clip]:
    return list(clips_from_table(read_manifest(path)))


def write_originals(working: Working, name: str, originals: Originals) -> None:
    """Write what is kept of a source; call it under the lock of the source.

    Raises:
        StorageError: the folder cannot be written.
    """
    rows = originals.rows
    said = {
        "roots": {row.clip_id: root for root, row in rows.items() if row.clip_id != root},
        "cuts": {root: cut for root, cut in originals.cuts.items() if root in rows},
        "touched": originals.touched,
    }
    write_manifest(
        working.originals.manifests_dir / name,
        table_from_clips(rows.values()),
        metadata={_KEY: json.dumps(said).encode()},
    )


def remove_originals(working: Working, name: str) -> None:
    """Forget that a source was reshaped, where nothing of it is left; call it under the lock.

    Raises:
        StorageError: the folder cannot be written.
    """
    originals = working.originals
    try:
        (originals.manifests_dir / name).unlink(missing_ok=True)
        was_removed(originals.manifests_dir / name)
        for folder in (originals.manifests_dir, originals.clips_dir):
            with suppress(OSError):  # others are still kept
                folder.rmdir()
    except OSError as error:
        raise StorageError(f"cannot write {originals.folder}: {error.strerror or error}") from error


def keep_audio(working: Working, root: str, clip_id: str) -> None:
    """Keep the audio of a clip as it is; that of one whose audio lies in the store is not here.

    Raises:
        StorageError: the folder cannot be written.
    """
    folder = working.originals.clips_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        audio = clip_path(working.clips_dir, clip_id).read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"{error.filename or folder}: {error.strerror}") from error
    write_clip_file(folder, root, audio)


def remove_audio_but_of(working: Working, source_id: str, roots: Collection[str]) -> None:
    """Remove the kept audio of a source but that of some clips."""
    folder = working.originals.clips_dir
    if folder.is_dir():
        remove_clip_files(folder, find_clips_of(folder, source_id) - set(roots))
        remove_stale_parts(folder)
        with suppress(OSError):  # others are still kept
            folder.rmdir()


def original_path(working: Working, root: str) -> Path:
    """Tell where the audio of a clip lies as it was."""
    return clip_path(working.originals.clips_dir, root)


def has_original(working: Working, root: str, row: Clip) -> bool:
    """Tell whether the audio of a clip as it was is there, or in the store."""
    if row.is_in_store:
        return True
    with suppress(OSError, AudiosetError):
        return original_path(working, root).stat().st_size == row.size_bytes
    return False
