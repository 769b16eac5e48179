"""Groups of clips that hold the same recording, and which of each to keep."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from functools import partial
from itertools import chain
from typing import Any

from audioset.curation.duplicates.best import Candidate, choose_best
from audioset.curation.duplicates.same_sounds import COMPARED_COLUMNS, find_same_sounds
from audioset.curation.duplicates.scanned_rows import ScannedRows
from audioset.curation.workspace.clip_audio import ClipAudio, places_of
from audioset.curation.workspace.clip_sets import ClipSet, decode_mono
from audioset.engine import Progress, map_items, no_progress
from audioset.errors import AudiosetError
from audioset.hearing.copies import CopyQuality, measure_copy
from audioset.hearing.near_pairs import NearPair
from audioset.machine import num_cores
from audioset.records.dedupe_report import ClipWithin, DedupeReport, DuplicateGroup

_COLUMNS = (*COMPARED_COLUMNS, "text", "source_name", "length_seconds")
_COPIES_WORTH_A_WORKER, _COPIES_AT_ONCE = 400, 16


def find_duplicates(
    clips: ClipSet,
    *,
    near_limit: float | None,
    unsure: Collection[str] = (),
    progress: Progress = no_progress,
) -> DedupeReport:
    """Find groups of clips that hold the same recording; rejected clips are left out.

    Within a group the clip to keep is one that a person accepted, else one that nobody was unsure
    of, else one that has a text, else the best copy: `audioset.curation.duplicates.best`.

    Args:
        near_limit: greatest share of fingerprint bits that may differ; None looks only for equal
            samples, which needs no audio and 8 bytes of memory per clip.
        unsure: ids of clips of which a person was unsure.
    """
    with closing(ScannedRows()) as rows:
        same = find_same_sounds(
            clips, rows, near_limit=near_limit, columns=_COLUMNS, progress=progress
        )
        members = chain.from_iterable(numbers for numbers, _ in same.groups)
        paired = chain.from_iterable((pair.one, pair.other) for pair in same.pairs)
        found = dict(rows.read(chain(members, paired)))
    different = (
        row
        for numbers, _ in same.groups
        for row in _one_of_each([found[number] for number in numbers])
    )
    qualities = _measure_copies(different, clips.audio)
    groups = [
        _group([_as_candidate(found[number], unsure, qualities) for number in numbers], errors)
        for numbers, errors in same.groups
    ]
    ids = {number: row["clip_id"] for number, row in found.items()}
    return DedupeReport(
        name=clips.name,
        num_clips=same.num_clips,
        groups=tuple(sorted(groups, key=lambda group: group.keep)),
        within=tuple(_within(same.pairs, ids, groups)),
        num_without_audio=same.num_without_audio,
        near_pairs=tuple(
            (found[pair.one]["pcm_sha256"], found[pair.other]["pcm_sha256"]) for pair in same.pairs
        ),
    )


def find_near_samples(
    clips: ClipSet, *, near_limit: float, progress: Progress = no_progress
) -> tuple[tuple[tuple[str, str], ...], int]:
    """Give pairs of `pcm_sha256` that nearly are the same sound, and the clips without audio."""
    with closing(ScannedRows()) as rows:
        same = find_same_sounds(clips, rows, near_limit=near_limit, progress=progress)
        members = chain.from_iterable((pair.one, pair.other) for pair in same.pairs)
        samples = {number: row["pcm_sha256"] for number, row in rows.read(members)}
    pairs = tuple((samples[pair.one], samples[pair.other]) for pair in same.pairs)
    return pairs, same.num_without_audio


def _one_of_each(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Give a row of all that have the same samples; none where all have."""
    different = {row["pcm_sha256"]: row for row in rows}
    return iter(different.values() if len(different) > 1 else ())


def _measure_copies(rows: Iterable[dict[str, Any]], audio: ClipAudio) -> Mapping[str, CopyQuality]:
    """Measure clips, by their `pcm_sha256`; those that cannot be read are left out."""
    wanted = list(rows)
    outcomes = map_items(
        partial(_measure_clip, audio),
        wanted,
        workers=min(num_cores(), 1 + len(wanted) // _COPIES_WORTH_A_WORKER),
        at_once=_COPIES_AT_ONCE,
    )
    found = {}
    for outcome in outcomes:
        if outcome.error is not None and not isinstance(outcome.error, AudiosetError):
            raise outcome.error
        if outcome.value is not None:
            found[outcome.item["pcm_sha256"]] = outcome.value
    return found


def _measure_clip(audio: ClipAudio, row: dict[str, Any]) -> CopyQuality:
    (place,) = places_of([row])
    return measure_copy(*decode_mono(audio.read(place), name=place.clip_id))


def _as_candidate(
    row: dict[str, Any], unsure: Collection[str], qualities: Mapping[str, CopyQuality]
) -> Candidate:
    return Candidate(
        clip_id=row["clip_id"],
        pcm_sha256=row["pcm_sha256"],
        accepted=bool(row["accepted"]),
        unsure=row["clip_id"] in unsure,
        has_text=bool((row["text"] or "").strip()),
        source_name=row["source_name"],
        length_seconds=row["length_seconds"],
        quality=qualities.get(row["pcm_sha256"]),
    )


def _within(
    pairs: Iterable[NearPair], ids: Mapping[int, str], groups: Iterable[DuplicateGroup]
) -> list[ClipWithin]:
    """Give each clip that lies within another, once; copies that are not to keep are left out."""
    keeps = {other: group.keep for group in groups for other in group.others}
    found: dict[str, ClipWithin] = {}
    for pair in sorted(pairs, key=lambda pair: pair.bit_errors):
        if pair.inside is None:
            continue
        inside, around = ids[pair.inside], ids[pair.one + pair.other - pair.inside]
        if inside not in keeps:
            found.setdefault(
                inside,
                ClipWithin(
                    clip_id=inside,
                    within=keeps.get(around, around),
                    starts_seconds=round(pair.starts_seconds, 2),
                    bit_errors=pair.bit_errors,
                ),
            )
    return [found[clip_id] for clip_id in sorted(found)]


def _group(members: list[Candidate], bit_errors: float) -> DuplicateGroup:
    keep, reasons = choose_best(members)
    return DuplicateGroup(
        keep=keep.clip_id,
        others=tuple(sorted(reasons)),
        exact=tuple(
            sorted(
                each.clip_id
                for each in members
                if each is not keep and each.pcm_sha256 == keep.pcm_sha256
            )
        ),
        bit_errors=bit_errors,
        reasons=dict(sorted(reasons.items())),
    )
