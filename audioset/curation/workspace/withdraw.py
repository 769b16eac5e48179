"""Withdrawn recordings in the workspace: find them, and delete their audio and their rows."""

import shutil

import pyarrow as pa
import pyarrow.compute as pc

from audioset.catalog.decisions import SubjectKind
from audioset.curation.workspace.clip_files import remove_clip_files
from audioset.curation.workspace.effective import scan_effective
from audioset.curation.workspace.working import Working
from audioset.errors import StorageError
from audioset.records.withdrawal import REACH_COLUMNS, Reach, reach_of
from audioset.storage.tables import read_manifest, replace_rows


def find_working_reach(working: Working, column: str, value: str) -> Reach:
    """Tell what it takes to withdraw the working clips whose column has a value.

    Decisions are applied. What was removed and is kept aside is looked at too.

    Args:
        column: "speaker", "clip_id" or "source_id"; by "source_id" the sources are withdrawn as a
            whole.
    """
    reach = Reach()
    for clips in (working, working.aside):
        if not any(clips.manifests_dir.glob("*.parquet")):
            continue
        for batch in scan_effective(clips, list(dict.fromkeys([*REACH_COLUMNS, column]))):
            chosen = batch.filter(pc.equal(batch[column], value))
            reach |= reach_of(chosen, whole_sources=column == "source_id")
    return reach


def withdraw_working_clips(working: Working, recordings: frozenset[str]) -> int:
    """Delete the working clips of some recordings, and what was decided about them.

    Those that were removed and are kept aside are deleted too.

    The audio goes first: a row without audio is noticed by the next cut or publish, audio without a
    row by nobody. A later `cut` of the same source makes them anew, or others of the same speech;
    publish leaves them out.

    Returns:
        How many clips were deleted.

    Raises:
        StorageError: a manifest or the catalog cannot be written.
    """
    deleted: list[str] = []
    for clips in (working, working.aside):
        for path in sorted(clips.manifests_dir.glob("*.parquet")):
            rows = read_manifest(path)
            gone = pc.is_in(rows["pcm_sha256"], value_set=pa.array(sorted(recordings), pa.string()))
            clip_ids = rows.filter(gone)["clip_id"].to_pylist()
            if clip_ids:
                remove_clip_files(clips.clips_dir, clip_ids)
                replace_rows(path, rows.filter(pc.invert(gone)))
                deleted += clip_ids
    _erase_decisions(working, "clip", deleted)
    _forget_exports(working)
    return len(deleted)


def erase_speaker(working: Working, speaker: str) -> None:
    """Remove what was decided about a speaker.

    Raises:
        StorageError: the catalog cannot be written.
    """
    _erase_decisions(working, "speaker", [speaker])


def _forget_exports(working: Working) -> None:
    """Delete what tables said when they were exported: texts and speakers of clips that are gone.

    It is a hint, without which a table that comes back is held against what holds now.
    """
    try:
        if working.exported_dir.exists():
            shutil.rmtree(working.exported_dir)
    except OSError as error:
        raise StorageError(
            f"cannot remove {working.exported_dir}: {error.strerror or error}"
        ) from error


def _erase_decisions(working: Working, kind: SubjectKind, ids: list[str]) -> None:
    if ids:
        working.catalog.erase(kind, ids)
