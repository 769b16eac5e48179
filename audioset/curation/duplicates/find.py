"""Groups of clips that hold the same recording: equal samples, or nearly the same sound."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audioset.curation.workspace.clip_audio import PLACE_COLUMNS, AudioPlace, ClipAudio, places_of
from audioset.curation.workspace.clip_sets import ClipSet, decode_mono, without_rejected
from audioset.engine import MAX_PROGRESS_CALLS, Progress, map_items, no_progress
from audioset.errors import AudiosetError
from audioset.hearing.fingerprint import Fingerprint, make_fingerprint
from audioset.hearing.near_pairs import find_near_pairs
from audioset.machine import num_cores
from audioset.records.check_report import CheckLimits
from audioset.records.dedupe_report import DedupeReport, DuplicateGroup

_COLUMNS = (
    *PLACE_COLUMNS,
    "pcm_sha256",
    "accepted",
    "text",
    "length_seconds",
    "clipped_share",
    "dc_offset",
)
# A worker process needs some seconds to start; a clip of some seconds takes 5 to 20 ms.
_CLIPS_WORTH_A_WORKER = 400


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A clip that may have a duplicate."""

    place: AudioPlace
    pcm_sha256: str
    accepted: bool
    unsure: bool
    has_text: bool
    damaged: bool
    length_seconds: float

    @property
    def rank(self) -> tuple[bool, bool, bool, bool, float, str]:
        """Order within a group; the first is kept.

        What a person accepted, then what nobody was unsure of, then what has a text, then what is
        neither clipped nor off centre, then the longest, then the first clip id.
        """
        return (
            not self.accepted,
            self.unsure,
            not self.has_text,
            self.damaged,
            -self.length_seconds,
            self.place.clip_id,
        )


def find_duplicates(
    clips: ClipSet,
    *,
    near_limit: float | None,
    unsure: Collection[str] = (),
    progress: Progress = no_progress,
) -> DedupeReport:
    """Find groups of clips that hold the same recording; rejected clips are left out.

    Within a group the clip to keep is one that a person accepted, else one that nobody was unsure
    of, else one that has a text, else one that is neither clipped nor has a DC offset (default
    limits), else the longest, else the first by clip id.

    Args:
        near_limit: greatest share of fingerprint bits that may differ; None looks only for equal
            samples, which needs no audio and 8 bytes of memory per clip.
        unsure: ids of clips of which a person was unsure.
    """
    num_clips, candidates = _candidates(clips, unsure, everything=near_limit is not None)
    same = _Groups(len(candidates))
    firsts = _join_equal(candidates, same)
    missing = 0
    near: list[tuple[str, str]] = []
    if near_limit is not None:
        prints = _fingerprints([candidates[first].place for first in firsts], clips.audio, progress)
        readable = [
            first for first, print_ in zip(firsts, prints, strict=True) if print_ is not None
        ]
        missing = len(firsts) - len(readable)
        found = [print_ for print_ in prints if print_ is not None]
        for pair in find_near_pairs(found, limit=near_limit):
            one, other = readable[pair.one], readable[pair.other]
            same.join(one, other, pair.bit_errors)
            near.append((candidates[one].pcm_sha256, candidates[other].pcm_sha256))
    groups = [
        _group([candidates[member] for member in members], errors)
        for members, errors in same.groups()
    ]
    return DedupeReport(
        name=clips.name,
        num_clips=num_clips,
        groups=tuple(sorted(groups, key=lambda group: group.keep)),
        num_without_audio=missing,
        near_pairs=tuple(near),
    )


def _candidates(
    clips: ClipSet, unsure: Collection[str], *, everything: bool
) -> tuple[int, list[_Candidate]]:
    """Give the number of clips, and those to compare: all, or those whose hash occurs twice."""
    seen = [
        _hash_starts(batch.column("pcm_sha256").to_pylist())
        for batch in map(without_rejected, clips.scan(("pcm_sha256", "accepted")))
    ]
    starts = np.concatenate([*seen, np.zeros(0, np.uint64)])
    values, counts = np.unique(starts, return_counts=True)
    twice = values[counts > 1]
    found: list[_Candidate] = []
    if everything or len(twice):
        for batch in map(without_rejected, clips.scan(_COLUMNS)):
            rows = batch.to_pylist() if everything else _repeated(batch, twice)
            found += _as_candidates(rows, unsure)
    return len(starts), found


def _repeated(batch: pa.RecordBatch, twice: NDArray[np.uint64]) -> list[dict[str, Any]]:
    wanted = np.isin(_hash_starts(batch.column("pcm_sha256").to_pylist()), twice)
    rows: list[dict[str, Any]] = batch.take(pa.array(np.flatnonzero(wanted))).to_pylist()
    return rows


def _hash_starts(hashes: Sequence[str]) -> NDArray[np.uint64]:
    return np.array([int(text[:16], 16) for text in hashes], np.uint64)


def _as_candidates(rows: list[dict[str, Any]], unsure: Collection[str]) -> Iterator[_Candidate]:
    limits = CheckLimits()
    for place, row in zip(places_of(rows), rows, strict=True):
        yield _Candidate(
            place=place,
            pcm_sha256=row["pcm_sha256"],
            accepted=bool(row["accepted"]),
            unsure=row["clip_id"] in unsure,
            has_text=bool((row["text"] or "").strip()),
            damaged=(row["clipped_share"] or 0) > limits.clipped
            or abs(row["dc_offset"] or 0) > limits.dc_offset,
            length_seconds=row["length_seconds"],
        )


def _join_equal(candidates: Sequence[_Candidate], same: "_Groups") -> list[int]:
    """Join clips of equal samples; give the first of each."""
    firsts: dict[str, int] = {}
    for number, candidate in enumerate(candidates):
        same.join(firsts.setdefault(candidate.pcm_sha256, number), number, 0.0)
    return list(firsts.values())


def _group(members: list[_Candidate], bit_errors: float) -> DuplicateGroup:
    members.sort(key=lambda member: member.rank)
    keep, *others = members
    return DuplicateGroup(
        keep=keep.place.clip_id,
        others=tuple(sorted(member.place.clip_id for member in others)),
        exact=tuple(sorted(m.place.clip_id for m in others if m.pcm_sha256 == keep.pcm_sha256)),
        bit_errors=bit_errors,
    )


class _Groups:
    """Disjoint sets of positions, and the worst bit errors that joined each."""

    def __init__(self, size: int) -> None:
        self._parents = list(range(size))
        self._errors: dict[int, float] = {}

    def join(self, one: int, other: int, bit_errors: float) -> None:
        left, right = self._root(one), self._root(other)
        first, second = min(left, right), max(left, right)
        worst = max(bit_errors, self._errors.get(left, 0.0), self._errors.get(right, 0.0))
        self._parents[second] = first
        if worst:
            self._errors[first] = worst

    def groups(self) -> Iterator[tuple[list[int], float]]:
        members: dict[int, list[int]] = defaultdict(list)
        for number in range(len(self._parents)):
            members[self._root(number)].append(number)
        for root, found in members.items():
            if len(found) > 1:
                yield found, self._errors.get(root, 0.0)

    def _root(self, number: int) -> int:
        while self._parents[number] != number:
            self._parents[number] = self._parents[self._parents[number]]
            number = self._parents[number]
        return number


def _fingerprints(
    places: Sequence[AudioPlace], audio: ClipAudio, progress: Progress
) -> list[Fingerprint | None]:
    """Make the fingerprint of every clip, in their order; None where the audio cannot be read."""
    workers = min(num_cores(), 1 + len(places) // _CLIPS_WORTH_A_WORKER)
    step = max(1, len(places) // MAX_PROGRESS_CALLS)
    found: dict[str, Fingerprint | None] = {}
    outcomes = map_items(partial(_fingerprint_clip, audio), places, workers=workers)
    for done, outcome in enumerate(outcomes, start=1):
        if outcome.error is not None and not isinstance(outcome.error, AudiosetError):
            raise outcome.error
        found[outcome.item.clip_id] = outcome.value
        if done % step == 0 or done == len(places):
            progress("comparing audio", done, len(places), "clips")
    return [found[place.clip_id] for place in places]


def _fingerprint_clip(audio: ClipAudio, place: AudioPlace) -> Fingerprint:
    return make_fingerprint(*decode_mono(audio.read(place), name=place.clip_id))
