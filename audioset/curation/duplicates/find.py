"""Groups of clips that hold the same recording: equal samples, or nearly the same sound."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audioset.curation.duplicates.scanned_rows import ScannedRows
from audioset.curation.workspace.clip_audio import PLACE_COLUMNS, AudioPlace, ClipAudio, places_of
from audioset.curation.workspace.clip_sets import (
    ClipSet,
    decode_mono,
    large_batches,
    without_rejected,
)
from audioset.engine import MAX_PROGRESS_CALLS, Progress, map_items, no_progress
from audioset.errors import AudiosetError
from audioset.hearing.fingerprint import Fingerprint, make_fingerprint
from audioset.hearing.kept_prints import KeptPrints
from audioset.hearing.near_pairs import NearPair, find_near_pairs
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
_CLIPS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A clip that has a duplicate."""

    clip_id: str
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
            self.clip_id,
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
    num_clips, num_different, twice = _count_hashes(clips)
    same = _Groups()
    with closing(ScannedRows()) as rows:
        firsts = _firsts(clips, twice, rows, same, everything=near_limit is not None)
        missing = 0
        pairs: list[NearPair] = []
        if near_limit is None:
            deque(firsts, maxlen=0)
        else:
            with closing(KeptPrints()) as prints:
                missing = _keep_prints(prints, firsts, num_different, clips.audio, progress)
                pairs = find_near_pairs(prints, limit=near_limit)
        for pair in pairs:
            same.join(pair.one, pair.other, pair.bit_errors)
        groups = list(same.groups())
        wanted = chain.from_iterable(members for members, _ in groups)
        found = {number: _as_candidate(row, unsure) for number, row in rows.read(wanted)}
    return DedupeReport(
        name=clips.name,
        num_clips=num_clips,
        groups=tuple(
            sorted(
                (_group([found[each] for each in members], errors) for members, errors in groups),
                key=lambda group: group.keep,
            )
        ),
        num_without_audio=missing,
        near_pairs=tuple(
            (found[pair.one].pcm_sha256, found[pair.other].pcm_sha256) for pair in pairs
        ),
    )


def _count_hashes(clips: ClipSet) -> tuple[int, int, NDArray[np.uint64]]:
    """Give the number of clips, of different samples, and the hashes that occur twice."""
    seen = [
        _hash_starts(batch.column("pcm_sha256").to_pylist())
        for batch in map(without_rejected, clips.scan(("pcm_sha256", "accepted")))
    ]
    starts = np.concatenate([*seen, np.zeros(0, np.uint64)])
    values, counts = np.unique(starts, return_counts=True)
    return len(starts), len(values), values[counts > 1]


def _firsts(
    clips: ClipSet,
    twice: NDArray[np.uint64],
    rows: ScannedRows,
    same: "_Groups",
    *,
    everything: bool,
) -> Iterator["_NumberedPlace"]:
    """Give the first clip of all that have the same samples, by the number of its row.

    Keeps the rows on the way, all or those whose hash occurs twice, and joins those of the same
    samples.
    """
    if not everything and not len(twice):
        return
    of_hash: dict[str, int] = {}
    for batch in map(without_rejected, large_batches(clips.scan(_COLUMNS), _COLUMNS)):
        repeated = np.isin(_hash_starts(batch.column("pcm_sha256").to_pylist()), twice)
        first = len(rows)
        if not everything:
            batch, repeated = batch.filter(pa.array(repeated)), repeated[repeated]  # noqa: PLW2901
        rows.add(batch)
        again = set()
        for row in np.flatnonzero(repeated).tolist():
            number = first + row
            earlier = of_hash.setdefault(batch["pcm_sha256"][row].as_py(), number)
            if earlier != number:
                same.join(earlier, number, 0.0)
                again.add(number)
        places = places_of(batch.select(PLACE_COLUMNS).to_pylist())
        for number, place in enumerate(places, first):
            if number not in again:
                yield _NumberedPlace(number, place)


def _hash_starts(hashes: Sequence[str]) -> NDArray[np.uint64]:
    return np.array([int(text[:16], 16) for text in hashes], np.uint64)


def _as_candidate(row: dict[str, Any], unsure: Collection[str]) -> _Candidate:
    limits = CheckLimits()
    return _Candidate(
        clip_id=row["clip_id"],
        pcm_sha256=row["pcm_sha256"],
        accepted=bool(row["accepted"]),
        unsure=row["clip_id"] in unsure,
        has_text=bool((row["text"] or "").strip()),
        damaged=(row["clipped_share"] or 0) > limits.clipped
        or abs(row["dc_offset"] or 0) > limits.dc_offset,
        length_seconds=row["length_seconds"],
    )


def _group(members: list[_Candidate], bit_errors: float) -> DuplicateGroup:
    members.sort(key=lambda member: member.rank)
    keep, *others = members
    return DuplicateGroup(
        keep=keep.clip_id,
        others=tuple(sorted(member.clip_id for member in others)),
        exact=tuple(sorted(m.clip_id for m in others if m.pcm_sha256 == keep.pcm_sha256)),
        bit_errors=bit_errors,
    )


class _Groups:
    """Disjoint sets of positions, and the worst bit errors that joined each."""

    def __init__(self) -> None:
        self._parents: dict[int, int] = {}  # of those that were joined; the others are alone
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
        for number in sorted(self._parents):
            members[self._root(number)].append(number)
        for root, found in members.items():
            if len(found) > 1:
                yield found, self._errors.get(root, 0.0)

    def _root(self, number: int) -> int:
        while self._parents.setdefault(number, number) != number:
            self._parents[number] = self._parents[self._parents[number]]
            number = self._parents[number]
        return number


class _NumberedPlace(NamedTuple):
    """Where the audio of a clip lies, and the number of its row."""

    number: int
    place: AudioPlace


def _keep_prints(
    prints: KeptPrints,
    firsts: Iterator[_NumberedPlace],
    num_clips: int,
    audio: ClipAudio,
    progress: Progress,
) -> int:
    """Make the fingerprints of clips; gives how many there are whose audio cannot be read."""
    workers = min(num_cores(), 1 + num_clips // _CLIPS_WORTH_A_WORKER)
    step = max(1, num_clips // MAX_PROGRESS_CALLS)
    missing = 0
    outcomes = map_items(
        partial(_fingerprint_clip, audio), firsts, workers=workers, at_once=_CLIPS_AT_ONCE
    )
    for done, outcome in enumerate(outcomes, start=1):
        if outcome.error is not None and not isinstance(outcome.error, AudiosetError):
            raise outcome.error
        if outcome.value is None:
            missing += 1
        else:
            prints.add(outcome.item.number, outcome.value)
        if done % step == 0 or done == num_clips:
            progress("comparing audio", done, num_clips, "clips")
    return missing


def _fingerprint_clip(audio: ClipAudio, clip: _NumberedPlace) -> Fingerprint:
    return make_fingerprint(*decode_mono(audio.read(clip.place), name=clip.place.clip_id))
