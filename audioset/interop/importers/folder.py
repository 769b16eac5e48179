"""`audioset import folder`: a folder of clips and a table of their facts into the workspace.

The table decides: one manifest per folder, replaced whole, so that importing an edited table again
changes facts instead of doubling clips.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from audioset.curation.cut import import_whole
from audioset.curation.sources import place_of, remember
from audioset.curation.workspace.working import Working
from audioset.documents.facts import FactsRow, read_facts_table
from audioset.engine import MAX_PROGRESS_CALLS, Outcome, Progress, map_items, no_progress
from audioset.errors import AudiosetError, InvalidInputError, NotFoundError, StorageError
from audioset.machine import num_cores
from audioset.records.manifest import Clip, table_from_clips
from audioset.records.source_state import SourcePlace
from audioset.settings import slug
from audioset.storage.tables import scan_manifests, write_manifest

# A worker process needs some seconds to start; a short clip takes about 10 ms.
_CLIPS_WORTH_A_WORKER = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of one imported folder.

    Attributes:
        manifest: the file that was written.
        num_clips: clips in it.
        length_seconds: their total length.
        failures: (file as named in the table, reason) of each row that was left out, in order.
        notes: what else is to be known, one sentence each.
    """

    manifest: Path
    num_clips: int
    length_seconds: float
    failures: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()


def import_folder(
    directory: Path,
    metadata: Path,
    *,
    working: Working,
    progress: Progress = no_progress,
) -> ImportReport:
    """Take every file that the table names as one clip, whole, at its own sampling rate.

    Files that are missing or cannot be decoded are listed in the report; the others go on.

    Raises:
        InvalidInputError: no such folder or table, the table cannot be used (see
            `read_facts_table`), not one of its files can be used, or another folder of the same
            name was imported before.
        StorageError: the workspace cannot be written.
    """
    if not directory.is_dir():
        raise InvalidInputError(f"{directory} is not a folder; name the one that holds the clips")
    rows = read_facts_table(metadata)
    _make_folder(working.clips_dir)
    outcomes = _imported(rows, directory, working.clips_dir, progress)
    clips, failures = _collect(outcomes)
    if not clips:
        name, reason = failures[0]
        raise InvalidInputError(
            f"none of the {len(rows)} rows of {metadata} names a file in {directory} that can be "
            f"used; the first is {name!r}: {reason}"
        )
    manifest = manifest_path(directory, working)
    _require_same_folder(manifest, clips, directory)
    write_manifest(manifest, table_from_clips(clips.values()))
    note = remember(working.folder, _places(outcomes, directory))
    return ImportReport(
        manifest=manifest,
        num_clips=len(clips),
        length_seconds=sum(clip.length_seconds for clip in clips.values()),
        failures=tuple(failures),
        notes=(note,) if note else (),
    )


def _places(outcomes: Iterable[Outcome[FactsRow, Clip]], directory: Path) -> Iterator[SourcePlace]:
    """Tell where the files lie that were taken."""
    for outcome in outcomes:
        if outcome.value is not None:
            place = place_of(directory / outcome.item.file, outcome.value.source_sha256)
            if place is not None:
                yield place


def manifest_path(directory: Path, working: Working) -> Path:
    """Name the manifest of an imported folder by the folder's name alone, wherever it lies."""
    name = directory.resolve().name
    short_hash = hashlib.sha256(name.encode()).hexdigest()[:8]
    return working.manifests_dir / f"import-{slug(name, fallback='folder')}-{short_hash}.parquet"


def import_row(directory: Path, clips_dir: Path, row: FactsRow) -> Clip:
    """Take the file of one row of the table as a clip.

    Raises:
        NotFoundError: no such file, or it lies outside of the folder.
        MediaError: the file cannot be used.
        StorageError: the clip cannot be written.
    """
    if not row.file:
        raise NotFoundError(f"row {row.line} names no file")
    path = Path(os.path.normpath(directory / row.file))
    if not path.is_relative_to(Path(os.path.normpath(directory))):
        raise NotFoundError(f"{row.file} lies outside of the folder")
    # Facts are set here, not by import_whole: a table may well have a column such as `take`, which
    # is measured for clips that we cut and a plain fact for those of others.
    clip = import_whole(path, {}, clips_dir)
    return replace(clip, **row.columns, extra=dict(row.extra))  # type: ignore[arg-type]


def _imported(
    rows: Sequence[FactsRow], directory: Path, clips_dir: Path, progress: Progress
) -> list[Outcome[FactsRow, Clip]]:
    """Import all rows; the outcomes come in the order of the table."""
    workers = min(num_cores(), 1 + len(rows) // _CLIPS_WORTH_A_WORKER)
    step = max(1, len(rows) // MAX_PROGRESS_CALLS)
    outcomes = []
    for outcome in map_items(partial(import_row, directory, clips_dir), rows, workers=workers):
        outcomes.append(outcome)
        if len(outcomes) % step == 0 or len(outcomes) == len(rows):
            progress("importing clips", len(outcomes), len(rows), "clips")
    return sorted(outcomes, key=lambda outcome: outcome.item.line)


def _collect(
    outcomes: Iterable[Outcome[FactsRow, Clip]],
) -> tuple[dict[str, Clip], list[tuple[str, str]]]:
    clips: dict[str, Clip] = {}
    first_rows: dict[str, FactsRow] = {}
    failures: list[tuple[str, str]] = []
    for outcome in outcomes:
        row, clip = outcome.item, outcome.value
        if clip is None:
            failures.append((row.file, _reason(outcome.error)))
        elif clip.clip_id in clips:
            first = first_rows[clip.clip_id]
            failures.append(
                (
                    row.file,
                    f"row {row.line} names the same audio as row {first.line} ({first.file}); "
                    "the first is kept",
                )
            )
        else:
            clips[clip.clip_id] = clip
            first_rows[clip.clip_id] = row
    return clips, failures


def _reason(error: Exception | None) -> str:
    if isinstance(error, StorageError):
        # A full disk is no fault of one clip: all others would fail the same way.
        raise error
    text = str(error) if isinstance(error, AudiosetError) else repr(error)
    return " ".join(text.split())


def _require_same_folder(manifest: Path, clips: dict[str, Clip], directory: Path) -> None:
    """Refuse to replace the clips of another folder that only has the same name.

    Two corpora may both keep their audio in `wavs`. Imports of one folder share clips.
    """
    if not manifest.exists():
        return
    earlier = {
        clip_id
        for batch in scan_manifests([manifest], columns=["clip_id"])
        for clip_id in batch.column("clip_id").to_pylist()
    }
    if earlier and earlier.isdisjoint(clips):
        raise InvalidInputError(
            f"{manifest} holds {len(earlier)} clips of another folder named "
            f"{directory.resolve().name!r}; rename this folder, or delete that file to replace them"
        )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder} cannot be made ({error.strerror})") from error
