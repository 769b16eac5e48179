"""Ids that clips had only while their edges were moved, and that no manifest knows any more.

Who takes a move back gets the clip under its root again. But a version may have been published in
between, and a link may have been kept: their id follows from the edges that were decided, which the
catalog keeps.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import product

from audioset.catalog.decisions import RecordedDecision
from audioset.curation.workspace.roots import Roots
from audioset.curation.workspace.working import Working
from audioset.errors import AudiosetError, InvalidInputError
from audioset.records.identity import make_clip_id, read_part, source_of_clip
from audioset.records.manifest import SOURCE_KEY
from audioset.records.reshaping import EDGES_FIELD, read_edges
from audioset.records.source import Source
from audioset.storage.tables import list_manifests, read_manifest_metadata, scan_manifests

# An edge falls on a sample of the clip, whose rate may be another one than that of the source.
_ROUNDED_SECONDS = (-0.0001, 0.0, 0.0001)


def with_former_ids(roots: Roots, working: Working, there: Collection[str] | None = None) -> Roots:
    """Give the roots of a workspace, and those of ids that clips had in between and have no more.

    Args:
        roots: of the moved clips that there are.
        working: the workspace.
        there: ids of its rows, where they are known.

    Raises:
        StorageError: a manifest or the catalog cannot be read.
    """
    rates: dict[str, int | None] = {}
    found: dict[str, str] = {}
    for row in working.catalog.about(EDGES_FIELD):
        source_id = source_of_clip(row.decision.subject_id) or ""
        if source_id not in rates:
            rates[source_id] = _rate_of(working, source_id)
        if rate := rates[source_id]:
            found |= dict.fromkeys(_ids_by(row, source_id, rate), row.decision.subject_id)
    if not found:
        return roots
    others = found.keys() & set(_ids_of_rows(working) if there is None else there)
    former = {clip_id: root for clip_id, root in found.items() if clip_id not in others}
    return replace(roots, former={**former, **roots.former})


def _ids_of_rows(working: Working) -> Iterator[str]:
    for batch in scan_manifests(list_manifests(working.manifests_dir), ["clip_id"]):
        yield from batch.column(0).to_pylist()


def _ids_by(row: RecordedDecision, source_id: str, rate: int) -> Iterator[str]:
    """Give the ids that a clip may have had by edges that were decided."""
    root, value = row.decision.subject_id, row.decision.value
    part = read_part(root, source_id)
    try:
        edges = read_edges(value) if isinstance(value, str) else None
    except InvalidInputError:
        return
    if edges is None or part is None:
        return
    track, channel = part
    for early, late in product(_ROUNDED_SECONDS, repeat=2):
        start, end = edges.start_sample / rate + early, edges.end_sample / rate + late
        clip_id = make_clip_id(source_id, max(start, 0.0), end, track=track, channel=channel)
        if clip_id != root:
            yield clip_id


def _rate_of(working: Working, source_id: str) -> int | None:
    """Give the sampling rate of a source, in Hz; None where it is not known here any more."""
    for clips in (working, working.aside):
        try:
            said = read_manifest_metadata(clips.manifests_dir / f"{source_id}.parquet")[SOURCE_KEY]
            return Source.from_json(said.decode()).sampling_rate
        except (AudiosetError, KeyError, ValueError, TypeError):
            continue
    return None


def why_in_no_version(clip_id: str, working: Working) -> str | None:
    """Tell why no version has a clip of the workspace; None of one that is not there.

    Raises:
        StorageError: a manifest cannot be read.
    """
    if not any(working.manifests_dir.glob("*.parquet")) or clip_id not in _ids_of_rows(working):
        return None
    root = Roots.read(working).root_of(clip_id)
    if root != clip_id:
        return (
            f"no version holds clip {clip_id} yet: it was made again from {root}, whose edges were "
            f"moved; audioset lineage-of-clip {root} tells of that one"
        )
    return (
        f"no version holds clip {clip_id} yet, so no run and no model consumed it: audioset "
        "publish puts it into the next one"
    )
