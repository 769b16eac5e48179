"""`audioset import folder`: a folder of clips, and a table of their facts, into the workspace.

One manifest per folder, replaced whole: importing again changes texts and facts instead of doubling
clips, and what would be lost by it is told first.
"""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from audioset.curation.sources import place_of, remember
from audioset.curation.workspace.clip_files import remove_clip_files
from audioset.curation.workspace.working import Working
from audioset.engine import MAX_PROGRESS_CALLS, Progress, map_items, no_progress
from audioset.errors import AudiosetError, InvalidInputError, StorageError
from audioset.interop.importers.earlier import clips_of_others, import_metadata
from audioset.interop.importers.options import ImportOptions
from audioset.interop.importers.plan import ImportPlan, make_plan
from audioset.interop.importers.report import LONG_SECONDS, ImportReport
from audioset.interop.importers.said import read_said
from audioset.interop.importers.take import make_folder, take_file
from audioset.interop.importers.told import plan_notes, rows_after
from audioset.machine import num_cores
from audioset.records.manifest import Clip, split_facts, table_from_clips
from audioset.storage.tables import write_manifest

# A worker process needs some seconds to start; a short clip takes about 10 ms.
_CLIPS_WORTH_A_WORKER = 200
_FILES_AT_ONCE = 8  # files that travel to a worker together


@dataclass(slots=True)
class _Imported:
    """The clips of a folder by the names of their files, and the files that are none."""

    clips: dict[str, Clip]
    failures: dict[str, str] = field(default_factory=dict)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def import_folder(
    directory: Path,
    options: ImportOptions,
    *,
    working: Working,
    progress: Progress = no_progress,
) -> ImportReport:
    """Take every file of a folder as one clip, whole, at its own sampling rate.

    Files that cannot be decoded, and rows that fit no file, are listed in the report; the others go
    on. Nothing is written where something would be lost, without `yes`.

    Raises:
        InvalidInputError: no such folder, no media in it, no such table or several that fit, not
            one of its rows names a file, a fact that cannot be set, or not one file can be used.
        StorageError: the workspace cannot be written.
    """
    if not directory.is_dir():
        raise InvalidInputError(f"{directory} is not a folder; name the one that holds the clips")
    split_facts({**options.facts, **({options.folder_as: ""} if options.folder_as else {})})
    said = read_said(directory, options, working)
    plan = make_plan(directory, said, options, working)
    done = _Imported({name: plan.finished(name, clip) for name, clip in plan.known.items()})
    changed = [name for name, clip in plan.known.items() if done.clips[name] != clip]
    written = not options.dry_run and (options.yes or not plan.lost)
    if written:
        _take_new(plan, done, directory, working, progress)
        _write(plan, done, directory, working)
    rows, length_notes = rows_after(plan, done.clips, done.failures)
    lengths = {name: clip.length_seconds for name, clip in done.clips.items()}
    return ImportReport(
        manifest=plan.manifest,
        written=written,
        table=said.table.path if said.table else None,
        sheet=said.table.sheet if said.table else None,
        num_clips=len(done.clips) + (0 if written else len(plan.new)),
        num_new=len(plan.new) - len(done.failures),
        num_changed=len(changed),
        num_texts=sum(
            "text" in row.columns and name not in done.failures for name, row in said.facts.items()
        ),
        length_seconds=sum(lengths.values()),
        mapped=said.table.mapped if said.table else (),
        extra=said.table.extra if said.table else (),
        rows=rows,
        without_row=said.without_row,
        named_only=plan.named_only,
        failures=tuple(done.failures.items()),
        warnings=tuple(sorted(done.warnings)),
        long=tuple((name, length) for name, length in lengths.items() if length > LONG_SECONDS),
        lost=plan.lost,
        notes=(*said.notes, *done.notes, *length_notes, *plan_notes(plan, options)),
    )


def _take_new(
    plan: ImportPlan, done: _Imported, directory: Path, working: Working, progress: Progress
) -> None:
    """Take the files that are no clips yet; those that cannot be used are noted."""
    make_folder(working.clips_dir)
    number = len(plan.new)
    workers = min(num_cores(), 1 + number // _CLIPS_WORTH_A_WORKER)
    step = max(1, number // MAX_PROGRESS_CALLS)
    found: dict[str, Clip] = {}
    failures: dict[str, str] = {}
    take = partial(take_file, directory, working.clips_dir)
    outcomes = map_items(
        take,
        plan.new,
        workers=workers,
        at_once=_FILES_AT_ONCE,
        apart=number >= _CLIPS_WORTH_A_WORKER,
    )
    for count, outcome in enumerate(outcomes, 1):
        if outcome.value is None:
            failures[outcome.item] = _reason(outcome.error, directory / outcome.item)
        else:
            found[outcome.item], told = outcome.value
            done.warnings += [(outcome.item, sentence) for sentence in told]
        if count % step == 0 or count == number:
            progress("importing clips", count, number, "clips")
    for name in plan.new:
        if name in failures:
            done.failures[name] = failures[name]
        else:
            done.clips[name] = plan.finished(name, found[name])


def _write(plan: ImportPlan, done: _Imported, directory: Path, working: Working) -> None:
    """Write the manifest, then remove the audio of clips that are gone."""
    others, cut_before = clips_of_others(working, plan.manifest)
    _leave_out_doubles(done, others)
    if not done.clips:
        first = next((f"{name}: {reason}" for name, reason in done.failures.items()), None)
        raise InvalidInputError(
            f"not one file of {directory} can be used; the first is {first}"
            if first
            else f"all files of {directory} were imported with another folder before, or removed"
        )
    write_manifest(
        plan.manifest,
        table_from_clips(done.clips.values()),
        metadata=import_metadata(directory, plan.facts),
    )
    places = (place_of(directory / name, c.source_sha256) for name, c in done.clips.items())
    note = remember(
        working.folder,
        [place for place in places if place is not None],
        forgotten=[clip.source_sha256 for clip in plan.gone],
    )
    done.notes += [note] if note else []
    there = {clip.clip_id for clip in done.clips.values()} | others
    gone = [clip.clip_id for clip in plan.gone if clip.clip_id not in there]
    remove_clip_files(working.clips_dir, gone)
    cut = [name for name, clip in done.clips.items() if clip.source_sha256 in cut_before]
    if cut:
        done.notes.append(
            f"{len(cut)} of the files were cut before, as sources; the clips of those cuts are "
            "still there, beside these"
        )


def _leave_out_doubles(done: _Imported, others: set[str]) -> None:
    """Leave out a file whose clip is there already, by a file of the same name and bytes."""
    first: dict[str, str] = {}
    for name, clip in list(done.clips.items()):
        if clip.clip_id in others:
            done.failures[name] = f"is a clip of another source already: {clip.clip_id}"
        elif clip.clip_id in first:
            done.failures[name] = f"the same audio as {first[clip.clip_id]}; that one is kept"
        else:
            first[clip.clip_id] = name
            continue
        del done.clips[name]


def _reason(error: Exception | None, path: Path) -> str:
    if isinstance(error, StorageError):
        # A full disk is no fault of one clip: all others would fail the same way.
        raise error
    text = str(error) if isinstance(error, AudiosetError) else repr(error)
    return " ".join(text.split()).removeprefix(f"{path}: ")
