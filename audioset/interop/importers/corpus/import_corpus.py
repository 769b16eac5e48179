"""`audioset import`: a corpus of others into the workspace, item by item.

Whole files become clips as `import folder` makes them, and rows of manifests of some thousands
each. Spans of long recordings are cut in one pass over each, into a manifest of that source. The
items are a stream: none is held longer than its turn.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from pathlib import Path

from audioset.curation.removed import finish_change, read_removed
from audioset.curation.sources import place_of, remember
from audioset.curation.workspace.clip_files import remove_clip_files, remove_stale_parts
from audioset.curation.workspace.working import Working
from audioset.engine import Progress, map_items, no_progress
from audioset.errors import InvalidInputError, StorageError, as_option, one_line
from audioset.interop.importers.corpus.choose import ChosenFormat, choose_format
from audioset.interop.importers.corpus.known_items import CorpusMark, KnownItems
from audioset.interop.importers.corpus.parts import ChangedRows, CorpusParts
from audioset.interop.importers.corpus.published import is_claimed
from audioset.interop.importers.corpus.said import short_hash, sound_of_clip
from audioset.interop.importers.corpus.seen import SeenIds
from audioset.interop.importers.corpus.spans import GatheredSpans, SpansOfSource
from audioset.interop.importers.corpus.take_item import (
    CorpusJob,
    ItemTask,
    TakenItem,
    short_of,
    take_item,
)
from audioset.interop.importers.corpus.take_spans import SpansJob, TakenSpans, take_spans
from audioset.interop.importers.corpus.tally import CorpusTally
from audioset.interop.importers.take import make_folder
from audioset.machine import num_cores
from audioset.outcomes import Outcome
from audioset.records.corpus_item import BadItem, CorpusItem, FileSpan, ReadingOptions, Remark
from audioset.records.corpus_report import CorpusOptions, CorpusProblem, CorpusReport
from audioset.records.manifest import split_facts
from audioset.storage.scratch import scratch_folder

_ITEMS_WORTH_A_WORKER = 200  # a worker process needs some seconds to start
_RECORDINGS_LOOKED_AT = 100  # to see whether workers are worth it
_BYTES_WORTH_A_PROCESS = 1 << 24
_AT_ONCE = 8  # items that travel to a worker together
_EVERY = 100  # items between two calls of a Progress
_GONE_NAMED = 20


def import_corpus(
    path: Path,
    options: CorpusOptions,
    *,
    working: Working,
    progress: Progress = no_progress,
) -> CorpusReport:
    """Take a corpus into the workspace; see `Workspace.import_corpus`.

    Raises:
        NotFoundError: nothing lies there, or there is no such format.
        InvalidInputError: no format fits, several do, the corpus as a whole cannot be read, or a
            fact is not allowed.
        StorageError: the workspace cannot be written.
    """
    split_facts(options.facts)
    chosen = choose_format(path, options.format)
    there = path.resolve()
    corpus = options.corpus or (there.name if there.is_dir() else there.stem)
    finish_change(working)
    mark = CorpusMark.of(chosen.name, corpus, path)
    for folder in () if options.dry_run else (working.clips_dir, working.manifests_dir):
        make_folder(folder)
    with scratch_folder(working.folder, ".import-") as scratch:
        run = _Run(path, chosen, mark, options, working, scratch)
        try:
            run.go(progress)
        finally:
            run.close()
        return run.report()


@dataclass(slots=True)
class _Run:
    """One import at work."""

    path: Path
    chosen: ChosenFormat
    mark: CorpusMark
    options: CorpusOptions
    working: Working
    scratch: Path
    job: CorpusJob = field(init=False)
    known: KnownItems = field(init=False)
    tally: CorpusTally = field(default_factory=CorpusTally)
    seen: SeenIds = field(default_factory=SeenIds)
    parts: CorpusParts = field(init=False)
    changed: ChangedRows = field(init=False)
    spans: GatheredSpans = field(init=False)
    num_namesakes: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.known = KnownItems(self.mark, self.working)
        removed = read_removed(self.working)
        self.job = CorpusJob(
            corpus=self.mark.corpus,
            facts=dict(self.options.facts),
            clips_dir=self.working.clips_dir,
            scratch=self.scratch,
            removed=frozenset(
                [*removed.sources, *(clip.source_sha256 for clip in removed.clips.values())]
            ),
            removed_parts=frozenset([*removed.sources, *removed.clips]),
            dry_run=self.options.dry_run,
            yes=self.options.yes,
        )
        self.parts = CorpusParts(self.working, self.mark)
        self.changed = ChangedRows(self.working)
        self.spans = GatheredSpans(self.scratch)

    def go(self, progress: Progress) -> None:
        """Take all items; what is done stays done when it is broken off."""
        if not self.options.dry_run:
            remove_stale_parts(self.working.clips_dir)
        try:
            self._take_whole(progress)
        finally:
            if not self.options.dry_run:
                self.parts.write()
                self.changed.write()
        self._take_spans(progress)

    def close(self) -> None:
        """Let go of what is held."""
        self.spans.close()

    def _take_whole(self, progress: Progress) -> None:
        tasks = self._tasks()
        first = list(islice(tasks, _ITEMS_WORTH_A_WORKER))
        many = len(first) == _ITEMS_WORTH_A_WORKER
        workers = self.options.workers or (num_cores() if many else 1)
        take = partial(take_item, self.job)
        outcomes = map_items(
            take,
            chain(first, tasks),
            workers=workers,
            at_once=_AT_ONCE,
            apart=many and not self.options.dry_run,
        )
        for number, outcome in enumerate(outcomes, 1):
            self._taken(outcome)
            if number % _EVERY == 0:
                progress("importing", number, None, "items")

    def _tasks(self) -> Iterator[ItemTask]:
        """Give the items that are whole; gather those that are spans."""
        for item in self._items():
            before = self.known.find(item.origin_id)
            if isinstance(item.sound, FileSpan):
                self.spans.add(item)
            else:
                own_id = item.published["clip_id"] if is_claimed(item) else None
                is_here = own_id is not None and short_hash(own_id) in self.known.clip_ids
                yield ItemTask(item, before, is_here=is_here and before is None)

    def _items(self) -> Iterator[CorpusItem]:
        """Read the corpus; each id once."""
        folder = self.path if self.path.is_dir() else self.path.parent
        reading = ReadingOptions(
            root=folder, audio=self.options.audio, has_speaker="speaker" in self.options.facts
        )
        for read in self.chosen.format.read(self.path, reading):
            if isinstance(read, Remark):
                self.tally.note([read.sentence])
            elif isinstance(read, BadItem):
                self.tally.num_items += 1
                self.tally.problem(CorpusProblem("left out", read.name, read.why, read.where))
            else:
                self.tally.read(read)
                if self.seen.add(short_hash(read.origin_id)):
                    self._look_elsewhere(read)
                    yield read
                else:
                    self._doubled(read, "another item has the same id; the first is taken")

    def _look_elsewhere(self, item: CorpusItem) -> None:
        """Count where other corpora of the format have an item of the same id."""
        key = short_hash(item.origin_id)
        self.num_namesakes.update(
            name for name, keys in self.known.namesakes.items() if key in keys
        )

    def _taken(self, outcome: Outcome[ItemTask, TakenItem]) -> None:
        """Count what became of a whole item, and keep its row."""
        item, taken = outcome.item.item, outcome.value
        if taken is None:
            self._failed(item.origin_id, outcome.error, item.where)
            return
        self.tally.problem(*taken.problems)
        if taken.fate == "new":
            self._new(item, taken)
        elif taken.fate == "same":
            self.tally.num_same += 1
        elif taken.fate == "removed":
            self.tally.num_removed += 1
        elif taken.fate == "here":
            self.tally.num_elsewhere += 1
        else:
            self._otherwise(item, taken)

    def _new(self, item: CorpusItem, taken: TakenItem) -> None:
        clip = taken.clip
        if clip is not None:
            is_other = not self.known.clip_ids.add(short_hash(clip.clip_id))
            if is_other:
                self._doubled(item, f"the same sound is a clip already: {clip.clip_id}")
                return
            if short_of(sound_of_clip(clip)) in self.known.others:
                remove_clip_files(self.working.clips_dir, [clip.clip_id])
                self.tally.num_elsewhere += 1
                return
            self.parts.add(clip)
        length = item.length_seconds or 0.0 if clip is None else clip.length_seconds
        self.tally.new(taken.said, length)

    def _otherwise(self, item: CorpusItem, taken: TakenItem) -> None:
        """List an item that changed; take it over where that was asked for."""
        self.tally.num_changed += 1
        what = "has another sound now" if taken.fate == "sound" else "says something else now"
        self.tally.problem(CorpusProblem("changed", item.origin_id, what, item.where))
        if self.options.dry_run or not self.options.yes:
            return
        change = taken.said if taken.clip is None else taken.clip
        self.changed.add(self.known.manifest_of(item.origin_id), item.origin_id, change)

    def _take_spans(self, progress: Progress) -> None:
        """Cut the spans of each recording."""
        first = self.spans.recordings(_RECORDINGS_LOOKED_AT)
        sizes = (path.stat().st_size for path in first if path.is_file())
        worth = min(len(first), sum(sizes) // _BYTES_WORTH_A_PROCESS)
        spans_job = SpansJob(
            job=self.job,
            mark=self.mark,
            working=self.working,
            removed=read_removed(self.working),
        )
        workers = self.options.workers or min(num_cores(), max(1, worth))
        outcomes = map_items(partial(take_spans, spans_job), self.spans, workers=workers)
        places = []
        for number, outcome in enumerate(outcomes, 1):
            self._taken_spans(outcome)
            if outcome.value is not None and outcome.value.new:
                places.append(place_of(outcome.item.path, outcome.value.sha256))
            progress("cutting recordings", number, None, "recordings")
        if places and not self.options.dry_run:
            note = remember(self.working.folder, [place for place in places if place is not None])
            self.tally.note([note] if note else [])

    def _taken_spans(self, outcome: Outcome[SpansOfSource, TakenSpans]) -> None:
        name, taken = outcome.item.path.name, outcome.value
        if taken is None:
            for item in outcome.item.items:
                self._failed(item.origin_id, outcome.error, f"a span of {name}")
            return
        for said, length in taken.new:
            self.tally.new(said, length)
        self.tally.problem(*taken.problems)
        self.tally.problem(*(CorpusProblem("told", name, each) for each in taken.warnings))
        self.tally.num_same += taken.num_same
        self.tally.num_changed += taken.num_changed
        self.tally.num_removed += taken.num_removed
        self.tally.num_sources += bool(taken.new)

    def _doubled(self, item: CorpusItem, why: str) -> None:
        self.tally.problem(CorpusProblem("doubled", item.origin_id, why, item.where))

    def _failed(self, name: str, error: Exception | None, where: str) -> None:
        if isinstance(error, StorageError):
            # A full disk is no fault of one item: all others would fail the same way.
            raise error
        self.tally.problem(CorpusProblem("left out", name, one_line(error), where))

    def report(self) -> CorpusReport:
        """Say what became of all of it."""
        tally = self.tally
        if not tally.num_items:
            raise InvalidInputError(
                f"{self.path} was read as {self.chosen.format.title}, and holds no item"
                + "".join(f"; {note}" for note in tally.notes)
            )
        num_gone, gone = self.known.gone(_GONE_NAMED)
        return CorpusReport(
            format=self.chosen.name,
            evidence=self.chosen.evidence,
            corpus=self.mark.corpus,
            written=not self.options.dry_run,
            num_items=tally.num_items,
            num_new=tally.num_new,
            num_same=tally.num_same,
            num_changed=tally.num_changed,
            num_removed=tally.num_removed,
            num_elsewhere=tally.num_elsewhere,
            num_gone=num_gone,
            gone=gone,
            num_sources=tally.num_sources,
            length_seconds=tally.length_seconds,
            num_without_licence=tally.num_without_licence,
            num_without_text=tally.num_without_text,
            mapped=tuple((*words, number) for words, number in tally.mapped.items()),
            extra=dict(tally.extra),
            lost=dict(tally.lost),
            problems=tuple(tally.problems),
            num_problems=dict(tally.num_problems),
            notes=(*self.chosen.notes, *tally.notes, *self._moved(), *self._renamed()),
        )

    def _moved(self) -> list[str]:
        if not self.known.places or self.mark.place in self.known.places:
            return []
        return [
            f"a corpus {self.mark.corpus!r} of this format was imported before, from another "
            "place; this one is taken for it"
        ]

    def _renamed(self) -> list[str]:
        """Say what to do where the folder of a corpus seems to have another name than before."""
        return [
            f"most of these items have ids of the corpus {name!r}, which was imported before; if "
            f"this is the same corpus under a new name, say {as_option('corpus', name)}"
            for name, number in self.num_namesakes.items()
            if number > len(self.seen) / 2
        ]
