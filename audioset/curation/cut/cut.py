"""`audioset cut`: many sources to clips and one manifest each; a bad one never stops the rest."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.curation.begin import need_helpers, num_processes
from audioset.curation.cut.as_known import cut_source
from audioset.curation.cut.call.beside import refused_before, unused_beside
from audioset.curation.cut.call.questions import (
    ask_about,
    can_be_asked_about,
    may_succeed,
    question_of,
    question_of_place,
)
from audioset.curation.cut.call.share import in_share
from audioset.curation.cut.call.where import first_names_of, ids_found, lay_before, places_of
from audioset.curation.cut.call.words import find_all_copies, find_meant, folders_of, named_alone
from audioset.curation.cut.job import CutJob
from audioset.curation.cut.left_behind import LeftBehind
from audioset.curation.cut.lines.check_first import check_lines
from audioset.curation.cut.lines.choose import align_options_of
from audioset.curation.cut.lines.shared_table import tell_rows
from audioset.curation.cut.source_report import HAS_OWN_CLIPS, SourceReport, copy_of
from audioset.curation.cut.wish import CutWish, require_possible
from audioset.curation.removed import bring_back_named, read_removed
from audioset.curation.sources.by_id import in_place_of_ids
from audioset.curation.sources.known import KnownSource, find_doubles, list_imported
from audioset.curation.sources.missing import find_missing
from audioset.curation.sources.places import SourcePlaces, remember
from audioset.curation.sources.urls import note_urls
from audioset.curation.workspace.clip_files import remove_stale_parts
from audioset.curation.workspace.fetch_source import (
    RemoteSource,
    remove_stale_fetches,
)
from audioset.curation.workspace.find_files import require_paths
from audioset.curation.workspace.working import Working
from audioset.engine import Ask, Needs, Progress, map_items, no_progress, runs_elsewhere
from audioset.errors import AudiosetError, InvalidInputError, as_option
from audioset.machine import num_cores
from audioset.records.cut_options import CutOptions
from audioset.records.cut_shards import ClipShards
from audioset.records.line_options import TranscriptOptions
from audioset.records.manifest import split_facts
from audioset.records.source_slice import SourceSlice
from audioset.records.source_state import SourceState

if TYPE_CHECKING:
    from audioset.curation.cut.job import FetchModels, Finish
    from audioset.hearing.align.voices.phone_models import PhoneModels

_NEEDS = Needs(memory_bytes=700_000_000)  # of a source of any length; see docs/scale.md


@dataclass(frozen=True, slots=True, kw_only=True)
class CutReport:
    """What became of all sources of one call.

    Attributes:
        sources: in the order they were given.
        missing: sources of the folders that were given whose files are not there any more; their
            clips stay.
        doubles: recordings that the workspace holds more than once, cut under several names.
        notes: what else is to be known about sources of this workspace, one sentence each.
        doubts: facts that look mistyped, one sentence each; they were set all the same.
        slice: share of the sources that was asked for; `missing` and `doubles` are of all of them,
            and left to who looks at all.
        num_elsewhere: sources that are in other shares.
    """

    sources: tuple[SourceReport, ...]
    missing: tuple[SourceState, ...] = ()
    doubles: tuple[tuple[KnownSource, ...], ...] = ()
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    slice: SourceSlice | None = None
    num_elsewhere: int = 0

    @property
    def num_clips(self) -> int:
        """Clips of all sources."""
        return sum(report.num_clips for report in self.sources)

    @property
    def length_seconds(self) -> float:
        """Total length of all clips."""
        return sum(report.length_seconds for report in self.sources)

    @property
    def failed(self) -> tuple[SourceReport, ...]:
        """The sources that could not be used."""
        return tuple(report for report in self.sources if report.status == "failed")

    @property
    def empty(self) -> tuple[SourceReport, ...]:
        """The sources that could be used, and gave no clip."""
        used = (report for report in self.sources if report.status in (*HAS_OWN_CLIPS, "kept"))
        return tuple(report for report in used if not report.num_clips)

    @property
    def refused(self) -> tuple[SourceReport, ...]:
        """The sources that a strict cut by lines refused."""
        return tuple(report for report in self.sources if report.status == "refused")

    @property
    def removed(self) -> tuple[SourceReport, ...]:
        """The sources that were skipped because a person removed them; naming one cuts it."""
        return tuple(report for report in self.sources if report.status == "removed")

    @property
    def kept(self) -> tuple[SourceReport, ...]:
        """The sources that were not cut again as they should be, for the reason each tells."""
        return tuple(report for report in self.sources if report.status == "kept")

    @property
    def left_behind(self) -> LeftBehind:
        """What the clips of all sources had before they were cut again, and none has now."""
        done = (report.left_behind for report in self.sources if report.status != "kept")
        return sum(done, LeftBehind())

    @property
    def would_leave_behind(self) -> LeftBehind:
        """What the clips of the kept sources have, and would leave behind."""
        return sum((report.left_behind for report in self.kept), LeftBehind())


def cut_sources(
    words: Sequence[str | Path],
    working: Working,
    *,
    options: CutOptions,
    facts: Mapping[str, str],
    labels: Path | None = None,
    transcript: TranscriptOptions | None = None,
    wish: CutWish | None = None,
    models: "PhoneModels | None" = None,
    fetch_models: "FetchModels | None" = None,
    replace_sources: bool | None = None,
    finish: "Finish | None" = None,
    shards: ClipShards | None = None,
    into_store: bool | None = None,
    new_into_store: bool = False,
    share: SourceSlice | None = None,
    yes: bool = False,
    ask: Ask | None = None,
    workers: int | None = None,
    cores: int | None = None,
    progress: Progress = no_progress,
) -> CutReport:
    """Cut all sources that the words mean; see `Workspace.cut`.

    Args:
        words: of the caller.
        working: the workspace.
        options, labels, transcript: for sources that were never cut.
        facts: for all of them.
        wish: what was said of all that, for sources that have a way of their own.
        models: of a trained aligner that was asked for.
        fetch_models: gets the one that a source was cut by before.
        finish: called at the end of the cut of each source; can be pickled.
        shards: puts clips into the store; can be pickled.
        new_into_store: whether clips of sources that were never cut go there, where `into_store`
            does not say it.
        share: of the sources that the words mean; None for all.
        cores: that are not busy with other work; None for all of them.
        into_store, yes, ask, workers, progress: as for `Workspace.cut`.

    Raises:
        NotFoundError: no such transcript, lexicon or voice, or no file of a source whose id is
            named.
        InvalidInputError: the words mean no file, a fact is not allowed, or the transcript cannot
            be read.
        StorageError: the workspace cannot be written.
    """
    split_facts(facts)
    if labels is not None and not options.by_cues:
        raise InvalidInputError(
            f"a cut by {options.by} does not look at {labels}; cut by labels or subtitles"
        )
    if labels is not None and options.stream is not None:
        raise InvalidInputError(
            f"cut by {labels} or by subtitle stream {options.stream} of the source, not by both"
        )
    require_paths(words)
    _require_lines(options, transcript)
    if not any(working.manifests_dir.glob("*.parquet")):  # no source has a way of its own
        require_possible(options)
    transcript = transcript or TranscriptOptions()
    if options.by == "lines":
        check_lines(transcript, align_options_of(transcript))
    places = SourcePlaces.read(working.folder)
    words = in_place_of_ids(words, working, places)
    meant = find_meant(words, working)
    doubts = ask_about(facts, working, None if yes else ask)
    copies = find_all_copies(meant, places, working)
    firsts = in_share([source for source in meant if source not in copies], words, share)
    sources = [source for source in meant if copies.get(source, source) in set(firsts)]
    back = bring_back_named(working, named_alone(words, sources))
    job = CutJob(
        working=working,
        options=options,
        as_given=options,
        facts=dict(facts),
        labels=labels,
        transcript=transcript,
        models=models,
        fetch_models=fetch_models,
        wish=wish or CutWish(options=options, labels=labels, transcript=transcript),
        yes=yes,
        places=places,
        imported=list_imported(working.manifests_dir),
        removed=read_removed(working),
        replace=replace_sources,
        finish=finish,
        shards=shards,
        into_store=into_store,
        new_into_store=new_into_store,
        sources=tuple(map(str, meant)),
    )
    by_lines = options.by == "lines"
    # What is wrong with the table is told before any cut.
    shares = tell_rows(transcript, job.sources) if by_lines else ()
    job.make_folders()
    note_urls(working.folder, words, meant)
    remove_stale_parts(working.clips_dir)
    remove_stale_fetches(working.folder)
    reports: dict[Path | RemoteSource, SourceReport] = {}
    free = cores or num_cores()
    try:
        _cut_all(job, firsts, reports, workers, free, progress)
        kept = [source for source in firsts if can_be_asked_about(reports[source])]
        if kept and ask is not None and ask(question_of([reports[source] for source in kept])):
            _cut_all(replace(job, yes=True), kept, reports, workers, free, progress)
        edited = [source for source in firsts if may_succeed(reports[source])]
        if edited and ask is not None and ask(question_of_place([reports[s] for s in edited])):
            _cut_all(replace(job, replace=True), edited, reports, workers, free, progress)
    finally:  # also of those that were done before Ctrl-C
        done = [(source, reports[source]) for source in firsts if source in reports]
        note = remember(
            working.folder,
            places_of(done),
            folders=folders_of(words),
            forgotten=lay_before(done, places, beside=replace_sources is False),
            refused=_refused(done, transcript) if by_lines else None,
        )
    if by_lines and (renamed := first_names_of(done)):
        shares = tell_rows(transcript, job.sources, renamed)
    mine = [source for source in sources if source in copies]
    reports.update({copy: copy_of(str(copy), reports[copies[copy]]) for copy in mine})
    return CutReport(
        sources=tuple(replace(reports[s], is_back=s in back) for s in sources),
        missing=() if share else find_missing(words, working, places, ids_found(done)),
        doubles=() if share else tuple(map(tuple, find_doubles(working.manifests_dir))),
        notes=(
            *shares,
            *((note,) if note else ()),
            *_left_to_others(firsts, free, workers),
            *(_in_vain(reports.values()) if replace_sources else ()),
            *refused_before(done, job.wish, places.refused),
            *unused_beside(done, job.wish),
        ),
        doubts=doubts,
        slice=share,
        num_elsewhere=len(meant) - len(sources),
    )


def _refused(
    done: Iterable[tuple[Path | RemoteSource, SourceReport]], transcript: TranscriptOptions
) -> dict[str | Path, str]:
    """Give the sources that could not be cut by lines, each with the transcript that was named."""
    named = str(transcript.path or "")
    bad = ("failed", "refused")
    return {
        source: named
        for source, report in done
        if isinstance(source, Path) and report.status in bad and report.way is None
    }


def _left_to_others(
    sources: Sequence[Path | RemoteSource], free: int, workers: int | None
) -> Iterator[str]:
    """Say it where more processes would have been worth it, had all cores been free."""
    sizes, cores = [_size_bytes(source) for source in sources], num_cores()
    used, wanted = (num_processes(sizes, number, workers) for number in (free, cores))
    if used < wanted:
        busy = cores - free
        were = "core was" if busy == 1 else "cores were"
        yield (
            f"{busy} of {cores} {were} busy with other work and left to it; "
            f"{as_option('workers', str(wanted))} uses them all the same"
        )


def _in_vain(reports: Iterable[SourceReport]) -> Iterator[str]:
    """Say it where sources should take the place of others, and none did."""
    told = ("failed", "kept", "refused")
    if not any(each.succession or each.status in told for each in reports):
        yield "nothing was replaced: no file lies where another recording was cut before"


def _cut_all(
    job: CutJob,
    sources: Sequence[Path | RemoteSource],
    reports: dict[Path | RemoteSource, SourceReport],
    workers: int | None,
    cores: int,
    progress: Progress,
) -> None:
    """Cut sources, and put what became of each among the reports."""
    sizes = [_size_bytes(source) for source in sources]
    processes = num_processes(sizes, cores, workers)
    bar = _BytesBar(progress, sum(sizes))
    # Only a cut in this process can tell how far it is inside a source.
    inside = None if runs_elsewhere(processes) else bar.inside
    if processes > 1:  # the longest first: short ones fill what is left of the time of each core
        sources = sorted(sources, key=_size_bytes, reverse=True)
        sizes.sort(reverse=True)
    needed = need_helpers(sizes, cores, processes)
    helped = None if all(needed) else frozenset(compress(sources, needed))
    cut = partial(cut_source, job, inside=inside, helped=helped)
    for outcome in map_items(cut, sources, workers=processes, needs=_NEEDS):
        reports[outcome.item] = outcome.value or _failed(outcome.item, outcome.error)
        bar.finished(_size_bytes(outcome.item))


def _require_lines(options: CutOptions, transcript: TranscriptOptions | None) -> None:
    if transcript is not None and options.by != "lines":
        raise InvalidInputError(
            f"a cut by {options.by} does not look at a transcript; cut by lines, or leave it out"
        )


def _size_bytes(source: Path | RemoteSource) -> int:
    if isinstance(source, RemoteSource):
        return source.found.size_bytes
    return source.stat().st_size if source.is_file() else 0


class _BytesBar:
    """Progress over the bytes of all sources, the one at work included."""

    def __init__(self, progress: Progress, total_bytes: int) -> None:
        self._progress, self._total, self._done = progress, float(total_bytes), 0.0

    def inside(self, position_bytes: int) -> None:
        self._progress("cutting", min(self._done + position_bytes, self._total), self._total, "B")

    def finished(self, size_bytes: int) -> None:
        self._done += size_bytes
        self._progress("cutting", self._done, self._total, "B")


def _failed(source: Path | RemoteSource, error: Exception | None) -> SourceReport:
    """Report an error as the source's result; one that is not ours is named with its kind."""
    text = str(error) if isinstance(error, AudiosetError) else f"{source}: {error!r}"
    return SourceReport(path=str(source), status="failed", error=text.replace("\n", " "))
