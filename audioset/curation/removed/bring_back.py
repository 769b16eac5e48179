"""Back into the workspace: what is kept aside, as it was; and what a publish let go, by a cut."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from audioset.curation.removed.change import carry_out, delete_aside
from audioset.curation.removed.listing import ListedClip, ListedSource, list_sources
from audioset.curation.removed.names import Chosen, Register
from audioset.curation.removed.plan import marks_of_clips, plan_move, removals_of, report_of
from audioset.curation.removed.state import alone, read_removed
from audioset.curation.workspace.clip_files import read_sha256
from audioset.curation.workspace.fetch_source import RemoteSource
from audioset.curation.workspace.reshaped_clips import remove_kept_clips
from audioset.curation.workspace.roots import Roots
from audioset.curation.workspace.working import Working
from audioset.errors import NotFoundError
from audioset.records.removal_report import RemovalReport, SourceRemoval
from audioset.records.removed import Removed


def bring_back_named(
    working: Working, named: Iterable[Path | RemoteSource]
) -> set[Path | RemoteSource]:
    """Bring back those of some sources that were removed as a whole; give these.

    Raises:
        MediaError: a source cannot be read.
        InvalidInputError: a manifest is damaged.
        StorageError: the workspace or the catalog cannot be read or written.
    """
    removed = read_removed(working)
    if not removed.sources:  # most often: no file is read for nothing
        return set()
    hashes = {source: _sha256_of(source, removed) for source in named}
    back = {source for source, sha256 in hashes.items() if sha256 in removed.sources}
    if back:
        with alone(working):
            removed = read_removed(working)
            wanted = {hashes[source] for source in back} & removed.sources.keys()
            names = [removed.sources[sha256 or ""].source_id for sha256 in wanted]
            if names:  # nobody else has brought them back meanwhile
                carry_out(working, find_removed(names, working, removed)[1])
    return back


def _sha256_of(source: Path | RemoteSource, removed: Removed) -> str | None:
    if isinstance(source, Path):
        return read_sha256(source) if source.is_file() else None
    mark = removed.find_fetched(source.url, source.found.etag)
    return mark.sha256 if mark else None


def let_go(working: Working, clip_ids: Collection[str]) -> int:
    """Delete clips that are kept aside, for good; returns how many. They still count as removed.

    Raises:
        InvalidInputError: a manifest is damaged.
        StorageError: the folder cannot be written.
    """
    if not working.aside.manifests_dir.is_dir():
        return 0
    roots = Roots.read(working)
    with alone(working):
        remove_kept_clips(working, roots={*clip_ids, *map(roots.root_of, clip_ids)})
        return delete_aside(working, clip_ids)


def find_removed(
    names: Sequence[str], working: Working, removed: Removed
) -> tuple[RemovalReport, Removed]:
    """Find what is to come back, and what still counts as removed then.

    What a publish let go only counts no longer as removed: the next cut may make it anew.

    Raises:
        NotFoundError: nothing was removed, or nothing of that name.
    """
    kept = list_sources(working.aside)
    all_of_it = _with_let_go(kept, removed)
    if not all_of_it:
        raise NotFoundError("nothing was removed from this workspace, so nothing can come back")
    let_go: tuple[SourceRemoval, ...] = ()
    if names:
        chosen = _choose(names, all_of_it)
    else:
        chosen = Chosen(sources=dict(kept))
        let_go = removals_of(_rest(all_of_it, chosen), {})
    then = _still_removed(chosen, removed, kept)
    report = replace(report_of(chosen, working, undo=True), let_go=let_go)
    return report, replace(then, going=plan_move(chosen, undo=True))


def _choose(names: Sequence[str], sources: Mapping[str, ListedSource]) -> Chosen:
    listed = Register(sources)
    chosen, unknown = listed.choose(names)
    if unknown:
        raise listed.not_found(unknown[0], among="that was removed ")
    return chosen


def _rest(sources: Mapping[str, ListedSource], chosen: Chosen) -> Chosen:
    """Give what is not chosen: whole sources, and single clips of others."""
    taken = {clip.clip_id for clip in chosen.all_clips()}
    whole = {i: s for i, s in sources.items() if i not in chosen.sources and not s.is_kept}
    clips = (clip for i, source in sources.items() if i not in whole for clip in source.clips)
    return Chosen(whole, {clip.clip_id: clip for clip in clips if clip.clip_id not in taken})


def listed_as_removed(removed: Removed) -> dict[str, ListedSource]:
    """Give what counts as removed as sources with their clips; none is in any manifest."""
    listed = {
        mark.source_id: ListedSource(mark.source_id, mark.name, mark.sha256, is_kept=False)
        for mark in removed.sources.values()
    }
    for clip in removed.clips.values():
        source = listed.setdefault(
            clip.source_id, ListedSource(clip.source_id, clip.source_name, clip.source_sha256)
        )
        seconds = clip.end_seconds - clip.start_seconds
        source.clips.append(ListedClip("", {**asdict(clip), "length_seconds": seconds, "text": ""}))
    return listed


def _with_let_go(kept: Mapping[str, ListedSource], removed: Removed) -> dict[str, ListedSource]:
    """Give the sources that are kept, and beside their clips those that a publish let go."""
    listed = listed_as_removed(removed)
    for source_id, source in kept.items():
        if source_id in listed:
            there = {clip.clip_id for clip in source.clips}
            gone = [clip for clip in listed[source_id].clips if clip.clip_id not in there]
            listed[source_id] = replace(source, clips=[*source.clips, *gone])
        else:
            listed[source_id] = source
    return listed


def _still_removed(chosen: Chosen, removed: Removed, kept: Mapping[str, ListedSource]) -> Removed:
    back = {clip.clip_id for clip in chosen.all_clips()}
    whole = {source.sha256 for source in chosen.sources.values()}
    # Of a source that went as a whole, and of which some clips are back, the others stay out.
    opened = {str(clip.row["source_sha256"]) for clip in chosen.clips.values()}
    others = [
        clip
        for source in kept.values()
        if source.sha256 in removed.sources and source.sha256 in opened - whole
        for clip in source.clips
    ]
    clips = {**removed.clips, **marks_of_clips(others)}
    return replace(
        removed,
        sources={
            sha256: mark for sha256, mark in removed.sources.items() if sha256 not in whole | opened
        },
        clips={clip_id: mark for clip_id, mark in clips.items() if clip_id not in back},
    )
