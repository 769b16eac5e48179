"""Which clips hold the same recording: equal samples, or nearly the same sound."""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

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

COMPARED_COLUMNS = (*PLACE_COLUMNS, "pcm_sha256", "accepted")
# A worker process needs some seconds to start; a clip of some seconds takes 5 to 20 ms.
_CLIPS_WORTH_A_WORKER = 400
_CLIPS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class SameSounds:
    """Clips of the same sound, by the numbers of their rows.

    Attributes:
        num_clips: that were compared.
        groups: of the same recording, and the greatest share of differing fingerprint bits of a
            pair that made each.
        pairs: that nearly are the same sound, or of which one lies within the other.
        num_without_audio: clips whose audio could not be read.
    """

    num_clips: int
    groups: Sequence[tuple[Sequence[int], float]]
    pairs: Sequence[NearPair]
    num_without_audio: int


def find_same_sounds(
    clips: ClipSet,
    rows: ScannedRows,
    *,
    near_limit: float | None,
    columns: Sequence[str] = COMPARED_COLUMNS,
    progress: Progress = no_progress,
) -> SameSounds:
    """Find clips that hold the same recording; rejected clips are left out.

    Args:
        rows: keeps the rows of clips that may be alike.
        near_limit: greatest share of fingerprint bits that may differ; None looks only for equal
            samples, which needs no audio and 8 bytes of memory per clip.
        columns: to keep of the rows, `COMPARED_COLUMNS` and others.
    """
    num_clips, num_different, twice = _count_hashes(clips)
    same = _Groups()
    firsts = _firsts(clips, twice, rows, same, columns, everything=near_limit is not None)
    missing = 0
    pairs: list[NearPair] = []
    if near_limit is None:
        deque(firsts, maxlen=0)
    else:
        with closing(KeptPrints()) as prints:
            missing = _keep_prints(prints, firsts, num_different, clips.audio, progress)
            pairs = find_near_pairs(prints, limit=near_limit)
    for pair in (each for each in pairs if each.inside is None):
        same.join(pair.one, pair.other, pair.bit_errors)
    return SameSounds(num_clips, tuple(same.groups()), pairs, missing)


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
    columns: Sequence[str],
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
    for batch in map(without_rejected, large_batches(clips.scan(columns), columns)):
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
