"""Withdrawn recordings in the workspace: find them, and delete their audio and their rows."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from audioset.catalog.decisions import SubjectKind
from audioset.curation.workspace.clip_files import remove_clip_files
from audioset.curation.workspace.effective import scan_effective
from audioset.curation.workspace.former_ids import with_former_ids
from audioset.curation.workspace.kept_heard import forget_heard
from audioset.curation.workspace.one_writer import replacing_rows
from audioset.curation.workspace.reshaped_clips import (
    SpeechSpan,
    originals_of,
    remove_kept_clips,
    rows_beside,
)
from audioset.curation.workspace.roots import Roots
from audioset.curation.workspace.working import Working
from audioset.records.manifest import table_from_clips
from audioset.records.withdrawal import REACH_COLUMNS, Reach, reach_of
from audioset.storage.files import remove_folder
from audioset.storage.tables import read_manifest, replace_rows


def find_working_reach(working: Working, column: str, value: str) -> Reach:
    """Tell what it takes to withdraw the working clips whose column has a value.

    Decisions are applied. What was removed and is kept aside is looked at too.

    Args:
        column: "speaker", "clip_id" or "source_id"; by "source_id" the sources are withdrawn as a
            whole.
    """
    found: list[pa.Table | pa.RecordBatch] = []
    values = pa.array([value])
    if column == "clip_id":
        roots = with_former_ids(Roots.read(working), working)
        values = pa.array(sorted({value, roots.row_of(roots.root_of(value))}))
        found += [table_from_clips([row]) for row in originals_of(working, roots.root_of(value))]
    for clips in (working, working.aside):
        if not any(clips.manifests_dir.glob("*.parquet")):
            continue
        for batch in scan_effective(clips, list(dict.fromkeys([*REACH_COLUMNS, column]))):
            found.append(batch.filter(pc.is_in(batch[column], value_set=values)))
    spans = [span for rows in found for span in _spans_of(rows)]
    found += rows_beside(working, spans)
    reach = Reach()
    for rows in found:
        reach |= reach_of(rows, whole_sources=column == "source_id" and bool(rows.num_rows))
    return reach


def _spans_of(rows: pa.Table | pa.RecordBatch) -> Iterator[SpeechSpan]:
    names = ("source_sha256", "start_seconds", "end_seconds")
    for values in zip(*(rows[name].to_pylist() for name in names), strict=True):
        yield SpeechSpan(*values)


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
    gone_recordings = pa.array(sorted(recordings), pa.string())
    roots = Roots.read(working)
    kept = remove_kept_clips(working, recordings=recordings)
    for clips in (working, working.aside):
        for path in sorted(clips.manifests_dir.glob("*.parquet")):
            with replacing_rows(working, path.stem):
                rows = read_manifest(path)
                gone = pc.is_in(rows["pcm_sha256"], value_set=gone_recordings)
                clip_ids = rows.filter(gone)["clip_id"].to_pylist()
                if clip_ids:
                    remove_clip_files(clips.clips_dir, clip_ids)
                    replace_rows(path, rows.filter(pc.invert(gone)))
                    deleted += clip_ids
    ids = {*deleted, *map(roots.root_of, deleted), *kept}
    _erase_decisions(working, "clip", sorted(ids))
    _forget_exports(working)
    forget_heard(working)
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
    remove_folder(working.exported_dir)


def _erase_decisions(working: Working, kind: SubjectKind, ids: list[str]) -> None:
    if ids:
        working.catalog.erase(kind, ids)
