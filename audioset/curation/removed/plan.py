"""From what was chosen to what moves, what then counts as removed, and what a person is told."""

from collections import Counter
from collections.abc import Iterable, Mapping

from audioset.curation.removed.listing import ListedClip, ListedSource, count_decisions
from audioset.curation.removed.names import Chosen
from audioset.curation.workspace.working import Working
from audioset.records.removal_report import RemovalReport, SourceRemoval
from audioset.records.removed import Going, RemovedClip, RemovedSource

_OF_A_MARK = (
    "clip_id",
    "source_id",
    "source_name",
    "source_sha256",
    "start_seconds",
    "end_seconds",
    "track",
    "channel",
)


def plan_move(chosen: Chosen, *, undo: bool) -> Going:
    """Tell which rows of which manifests move; clips that are only remembered do not."""
    clip_ids: dict[str, list[str]] = {
        name: [] for source in chosen.sources.values() for name in source.files
    }
    for clip in chosen.all_clips():
        if clip.file:
            clip_ids.setdefault(clip.file, []).append(clip.clip_id)
    whole = {name for source in chosen.sources.values() if source.is_alone for name in source.files}
    return Going(
        undo=undo,
        clip_ids={name: tuple(sorted(ids)) for name, ids in sorted(clip_ids.items())},
        whole=tuple(sorted(whole)),
    )


def report_of(chosen: Chosen, working: Working, *, undo: bool) -> RemovalReport:
    """Tell what goes or comes back, source by source.

    Raises:
        StorageError: the catalog cannot be read.
    """
    removals = removals_of(chosen, count_decisions(working))
    return RemovalReport(sources=removals, undo=undo, done=False)


def removals_of(
    chosen: Chosen, counts: Mapping[str, Mapping[str, int]]
) -> tuple[SourceRemoval, ...]:
    """Sum up sources and clips, source by source, with the decisions about each clip."""
    parts: dict[str, ListedSource] = {}
    for clip in chosen.clips.values():
        row = clip.row
        parts.setdefault(
            row["source_id"],
            ListedSource(row["source_id"], row["source_name"], row["source_sha256"], is_kept=True),
        ).clips.append(clip)
    removals = [
        *(_removal(source, counts, is_whole=True) for source in chosen.sources.values()),
        *(_removal(source, counts, is_whole=False) for source in parts.values()),
    ]
    return tuple(sorted(removals, key=lambda removal: removal.source_id))


def _removal(
    source: ListedSource, counts: Mapping[str, Mapping[str, int]], *, is_whole: bool
) -> SourceRemoval:
    clips = sorted(source.clips, key=lambda clip: clip.clip_id)
    decisions: Counter[str] = Counter()
    for clip in clips:
        decisions.update(counts.get(clip.clip_id, {}))
    return SourceRemoval(
        source_id=source.source_id,
        source_name=source.name,
        is_whole=is_whole,
        clip_ids=tuple(clip.clip_id for clip in clips),
        length_seconds=sum(clip.row["length_seconds"] for clip in clips),
        num_texts=sum(bool((clip.row["text"] or "").strip()) for clip in clips),
        decisions=dict(decisions.most_common()),
        is_kept=source.is_kept and all(clip.file for clip in clips),
    )


def marks_of_sources(sources: Iterable[ListedSource]) -> dict[str, RemovedSource]:
    """Give sources as they are remembered when they are out, by sha256."""
    return {
        source.sha256: RemovedSource(
            source_id=source.source_id,
            name=source.name,
            sha256=source.sha256,
            url=source.found.url if source.found else None,
            etag=source.found.etag if source.found else None,
        )
        for source in sources
    }


def marks_of_clips(clips: Iterable[ListedClip]) -> dict[str, RemovedClip]:
    """Give clips as they are remembered when they are out, by id."""
    return {
        clip.clip_id: RemovedClip(**{name: clip.row[name] for name in _OF_A_MARK}) for clip in clips
    }
