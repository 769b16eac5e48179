"""The items of a corpus that are spans of one recording: what a worker does with them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from audioset.curation.given import cut_given, find_given
from audioset.curation.workspace.clip_files import read_sha256, remove_clip_files
from audioset.curation.workspace.one_writer import replacing_rows
from audioset.curation.workspace.working import Working
from audioset.errors import InvalidInputError
from audioset.interop.importers.corpus.known_items import CorpusMark
from audioset.interop.importers.corpus.said import ORIGIN, SaidOfItem, digest_of_clip, readable, say
from audioset.interop.importers.corpus.spans import SpansOfSource
from audioset.interop.importers.corpus.take_item import CorpusJob, finished, wrong_length
from audioset.records.corpus_item import CorpusItem, FileSpan
from audioset.records.corpus_report import CorpusProblem
from audioset.records.manifest import (
    FACTS_KEY,
    FINGERPRINT_KEY,
    IMPORT_KEY,
    SOURCE_KEY,
    Clip,
    clips_from_table,
    table_from_clips,
)
from audioset.records.removed import Removed
from audioset.storage.tables import read_manifest, read_manifest_metadata, write_manifest

_SAME_SECONDS = 0.002  # times that differ by less are the same: clip ids count milliseconds
_NO_CUT = b"import"  # in the place of a fingerprint: no cut has it
_SAME_SPAN = "another item has the same span of the same recording"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpansJob:
    """What a worker must know to cut the spans of any recording.

    Attributes:
        job: of the corpus.
        mark: of the corpus.
        working: the workspace.
        removed: what a person removed from the workspace.
    """

    job: CorpusJob
    mark: CorpusMark
    working: Working
    removed: Removed


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenSpans:
    """What became of the items of one recording.

    Attributes:
        sha256: of its bytes.
        new: (what is said, length in seconds) of the clips that are new, or would be.
        num_same, num_changed, num_removed: other items, as `CorpusReport` counts them.
        problems: of the items.
        warnings: about the recording, a sentence each.
    """

    sha256: str
    new: tuple[tuple[SaidOfItem, float], ...] = ()
    num_same: int = 0
    num_changed: int = 0
    num_removed: int = 0
    problems: tuple[CorpusProblem, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class _Sorted:
    """The items of a recording, held against the rows that are there."""

    new: list[CorpusItem] = field(default_factory=list)
    moved: list[CorpusItem] = field(default_factory=list)
    otherwise: dict[str, CorpusItem] = field(default_factory=dict)
    num_same: int = 0

    def problems(self) -> Iterable[CorpusProblem]:
        """List what changed."""
        for item in self.moved:
            why = "lies at another place of its recording now"
            yield CorpusProblem("changed", item.origin_id, why, item.where)
        for item in self.otherwise.values():
            why = "says something else now"
            yield CorpusProblem("changed", item.origin_id, why, item.where)


def take_spans(spans_job: SpansJob, group: SpansOfSource) -> TakenSpans:
    """Cut the items of a recording that are no clips yet, and write its manifest.

    Raises:
        MediaError: the recording cannot be used.
        NotFoundError: it is not there.
        InvalidInputError: it was cut before, not by this corpus.
        StorageError: the workspace cannot be written.
    """
    job, working = spans_job.job, spans_job.working
    sha256 = read_sha256(group.path)
    if sha256 in spans_job.removed.sources:
        return TakenSpans(sha256=sha256, num_removed=len(group.items))
    known = find_given(working.manifests_dir, sha256)
    before = _rows_before(spans_job.mark, known)
    found = _sort(group.items, before, job)
    report = TakenSpans(
        sha256=sha256,
        num_same=found.num_same,
        num_changed=len(found.moved) + len(found.otherwise),
        problems=tuple(found.problems()),
    )
    if job.dry_run:
        new = tuple((_say(item, job), _claimed_seconds(item)) for item in found.new)
        return replace(report, new=new)
    if not found.new and not (job.yes and report.num_changed):
        return report
    return _cut_and_write(spans_job, group.path, found, before, report)


def _sort(items: Sequence[CorpusItem], before: Sequence[Clip], job: CorpusJob) -> _Sorted:
    rows = {row.extra.get(ORIGIN, ""): row for row in before}
    found = _Sorted()
    for item in items:
        row = rows.get(readable(item.origin_id))
        if row is None:
            found.new.append(item)
        elif not _is_same_span(item, row):
            found.moved.append(item)
        elif digest_of_clip(row) != _say(item, job).digest:
            found.otherwise[item.origin_id] = item
        else:
            found.num_same += 1
    return found


def _cut_and_write(
    spans_job: SpansJob,
    path: Path,
    found: _Sorted,
    before: Sequence[Clip],
    report: TakenSpans,
) -> TakenSpans:
    """Cut what is new, and write the manifest of the recording."""
    job, working = spans_job.job, spans_job.working
    wanted = [*found.new, *(found.moved if job.yes else ())]
    moved = {item.origin_id for item in found.moved} if job.yes else set()
    kept = [
        _as_said(row, found.otherwise if job.yes else {}, job)
        for row in before
        if row.extra.get(ORIGIN) not in moved
    ]
    removed = spans_job.removed.clips_of(report.sha256)
    spans = [item.sound for item in wanted if isinstance(item.sound, FileSpan)]
    cut = cut_given(path, report.sha256, spans, working=working, removed=removed)
    taken = {clip.clip_id for clip in kept}
    rows: dict[str, Clip] = {}
    problems = [*report.problems]
    for number, item in enumerate(wanted):
        clip, why = cut.clips.get(number), cut.refused.get(number)
        if clip is not None and clip.clip_id in taken:
            why = _SAME_SPAN
        if why is not None:
            kind = "doubled" if why == _SAME_SPAN else "left out"
            problems.append(CorpusProblem(kind, item.origin_id, why, item.where))  # type: ignore[arg-type]  # one of ProblemKind
        elif clip is not None:
            rows[item.origin_id] = finished(clip, item, _say(item, job))
            problems += wrong_length(item, clip.length_seconds)
    if rows or kept:
        with replacing_rows(working, cut.source.source_id):
            write_manifest(
                working.manifests_dir / f"{cut.source.source_id}.parquet",
                table_from_clips([*kept, *rows.values()]),
                metadata={
                    SOURCE_KEY: cut.source.to_json().encode(),
                    FINGERPRINT_KEY: _NO_CUT,
                    FACTS_KEY: b"{}",
                    IMPORT_KEY: spans_job.mark.to_json(),
                },
            )
    there = {clip.clip_id for clip in (*kept, *rows.values())}
    remove_clip_files(job.clips_dir, {row.clip_id for row in before} - there)
    new = [item for item in found.new if item.origin_id in rows]
    return replace(
        report,
        new=tuple((_say(each, job), rows[each.origin_id].length_seconds) for each in new),
        num_removed=len(cut.removed),
        problems=tuple(problems),
        warnings=cut.warnings,
    )


def _rows_before(mark: CorpusMark, known: Path | None) -> list[Clip]:
    if known is None:
        return []
    if not mark.marks(read_manifest_metadata(known)):
        raise InvalidInputError(
            f"this recording is a source of the workspace already ({known.stem}), cut "
            "otherwise; audioset remove takes it out"
        )
    return list(clips_from_table(read_manifest(known)))


def _as_said(row: Clip, otherwise: Mapping[str, CorpusItem], job: CorpusJob) -> Clip:
    item = otherwise.get(row.extra.get(ORIGIN, ""))
    return row if item is None else finished(row, item, _say(item, job))


def _say(item: CorpusItem, job: CorpusJob) -> SaidOfItem:
    return say(item, job.corpus, job.facts)


def _is_same_span(item: CorpusItem, row: Clip) -> bool:
    sound = item.sound
    assert isinstance(sound, FileSpan)  # noqa: S101  only such are gathered
    end = row.end_seconds if sound.end_seconds is None else sound.end_seconds
    return (
        abs(sound.start_seconds - row.start_seconds) < _SAME_SECONDS
        and abs(end - row.end_seconds) < max(_SAME_SECONDS, 0.1 * (row.end_seconds < end))
        and sound.channel in (None, row.channel)
    )


def _claimed_seconds(item: CorpusItem) -> float:
    sound = item.sound
    if isinstance(sound, FileSpan) and sound.end_seconds is not None:
        return sound.end_seconds - sound.start_seconds
    return item.length_seconds or 0.0
