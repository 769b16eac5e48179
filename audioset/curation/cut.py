"""`audioset cut`: many sources to clips and one manifest each; a bad one never stops the rest."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from audioset.curation.clip_files import remove_stale_parts
from audioset.curation.cut_source import CutJob, SourceReport, cut_source
from audioset.curation.discover import find_sources
from audioset.engine import Progress, map_items, no_progress
from audioset.errors import AudiosetError
from audioset.records.manifest import split_facts
from audioset.records.options import CutOptions
from audioset.settings import Settings

# A worker process needs about a second to start: not worth it for less than this each.
_BYTES_WORTH_A_WORKER = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class CutReport:
    """What became of all sources of one call, in the order they were given."""

    sources: tuple[SourceReport, ...]

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


def cut_sources(
    words: Sequence[str | Path],
    settings: Settings,
    *,
    options: CutOptions,
    facts: Mapping[str, str],
    workers: int | None = None,
    progress: Progress = no_progress,
) -> CutReport:
    """Cut all sources that the words mean; see `audioset.api.cut`.

    Raises:
        InvalidInputError: the words mean no file, or a fact is not allowed.
        StorageError: the workspace cannot be written.
    """
    split_facts(facts)
    paths = find_sources(words, not_below=[settings.clips_dir, settings.workspace / "store"])
    job = CutJob(settings=settings, options=options, facts=dict(facts))
    job.make_folders()
    remove_stale_parts(settings.clips_dir)
    sizes = {path: path.stat().st_size if path.is_file() else 0 for path in paths}
    workers = workers or _useful_workers(list(sizes.values()))
    bar = _Bar(progress, sum(sizes.values()))
    # Only a cut in this process can tell how far it is inside a source.
    inside = bar.inside if workers == 1 or len(paths) == 1 else None
    reports: dict[Path, SourceReport] = {}
    for outcome in map_items(partial(cut_source, job, inside=inside), paths, workers=workers):
        reports[outcome.item] = outcome.value or _failed(outcome.item, outcome.error)
        bar.finished(sizes[outcome.item])
    return CutReport(sources=tuple(reports[path] for path in paths))


class _Bar:
    """Progress over the bytes of all sources, the one at work included."""

    def __init__(self, progress: Progress, total_bytes: int) -> None:
        self._progress, self._total, self._done = progress, float(total_bytes), 0.0

    def inside(self, position_bytes: int) -> None:
        self._progress("cutting", min(self._done + position_bytes, self._total), self._total, "B")

    def finished(self, size_bytes: int) -> None:
        self._done += size_bytes
        self._progress("cutting", self._done, self._total, "B")


def _useful_workers(sizes: list[int]) -> int:
    worth = sum(sizes) // _BYTES_WORTH_A_WORKER
    return max(1, min(len(os.sched_getaffinity(0)), len(sizes), worth))


def _failed(path: Path, error: Exception | None) -> SourceReport:
    """Report an error as the source's result; one that is not ours is named with its kind."""
    text = str(error) if isinstance(error, AudiosetError) else f"{path}: {error!r}"
    return SourceReport(path=str(path), status="failed", error=text.replace("\n", " "))
