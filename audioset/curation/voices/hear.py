"""Hear the voices of clips: some of every name, spread over all that it has.

Held in memory are some 10 bytes per clip, and 0.5 kB for each clip that is heard.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audioset.curation.voices.compare import HeardName
from audioset.curation.workspace.clip_audio import PLACE_COLUMNS, AudioPlace, ClipAudio, places_of
from audioset.curation.workspace.clip_sets import ClipSet, decode_mono, without_rejected
from audioset.engine import MAX_PROGRESS_CALLS, Progress, map_items, no_progress
from audioset.errors import AudiosetError
from audioset.hearing.speech.detector import DETECTOR_RATE
from audioset.hearing.voiceprints.voiceprint import (
    LEAST_SPEECH_SECONDS,
    require_voiceprints,
    voiceprint,
)
from audioset.machine import num_cores

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_OF_A_NAME, _LEAST_OF_A_NAME = 200, 6
_MOST_CLIPS = 200_000  # of all names: 100 MB
_HEARD_PER_WORKER, _CLIPS_AT_ONCE = 200, 16
_KEY_COLUMNS = ("speaker", "length_seconds", "speech_share", "accepted")


@dataclass(frozen=True, slots=True)
class HeardVoices:
    """What was heard.

    Attributes:
        names: speakers, as they occur.
        num_heard: clips.
        num_unnamed: clips without a speaker.
        num_too_short: clips of speakers with less than a second of speech.
        num_without_audio: clips whose audio could not be read.
    """

    names: tuple[HeardName, ...]
    num_heard: int
    num_unnamed: int
    num_too_short: int
    num_without_audio: int


def hear_voices(clips: ClipSet, *, progress: Progress = no_progress) -> HeardVoices:
    """Hear up to 200 clips of each speaker.

    Clips without a speaker, rejected ones, and those with less than a second of speech are left
    out.

    Raises:
        NotFoundError: the package that carries the network is not installed.
    """
    require_voiceprints()
    choice = _ChosenClips(clips)
    heard: dict[int, list[tuple[str, NDArray[np.float16]]]] = {}
    missing = short = done = 0
    workers = min(num_cores(), 1 + choice.num_chosen // _HEARD_PER_WORKER)
    step = max(1, choice.num_chosen // MAX_PROGRESS_CALLS)
    outcomes = map_items(
        partial(_print_clip, clips.audio),
        choice.places(clips),
        workers=workers,
        at_once=_CLIPS_AT_ONCE,
    )
    for done, outcome in enumerate(outcomes, start=1):
        if outcome.error is not None and not isinstance(outcome.error, AudiosetError):
            raise outcome.error
        if outcome.error is not None:
            missing += 1
        elif outcome.value is None:
            short += 1
        else:
            item = outcome.item
            heard.setdefault(item.name, []).append((item.place.clip_id, outcome.value))
        if done % step == 0 or done == choice.num_chosen:
            progress("comparing voices", done, choice.num_chosen, "clips")
    return HeardVoices(
        names=tuple(choice.heard_name(number, found) for number, found in sorted(heard.items())),
        num_heard=done - missing - short,
        num_unnamed=choice.num_unnamed,
        num_too_short=short + choice.num_too_short,
        num_without_audio=missing,
    )


class _NamedPlace(NamedTuple):
    """Where the audio of a clip lies, and the number of its name."""

    name: int
    place: AudioPlace


class _ChosenClips:
    """Which clips are heard: evenly spread over those of each name."""

    def __init__(self, clips: ClipSet) -> None:
        self._names: dict[str, int] = {}
        parts = [self._read(batch) for batch in map(without_rejected, clips.scan(_KEY_COLUMNS))]
        self._codes = np.concatenate([np.zeros(0, np.int32), *(codes for codes, _ in parts)])
        enough = np.concatenate([np.zeros(0, bool), *(enough for _, enough in parts)])
        named = self._codes >= 0
        self._counts = np.bincount(self._codes[named], minlength=len(self._names))
        most = _MOST_CLIPS // max(1, len(self._names))
        most = min(_MOST_OF_A_NAME, max(_LEAST_OF_A_NAME, most))
        self._chosen = _spread(self._codes, named & enough, most)
        self._ordered_names = list(self._names)
        self.num_unnamed = int((~named).sum())
        self.num_too_short = int((named & ~enough).sum())

    @property
    def num_chosen(self) -> int:
        return int(self._chosen.sum())

    def _read(self, batch: pa.RecordBatch) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Give the number of each clip's speaker, or -1, and whether there is enough to hear."""
        keys = batch.column("speaker").dictionary_encode()
        numbers = [self._names.setdefault(k, len(self._names)) for k in keys.dictionary.to_pylist()]
        blank = pc.equal(pc.utf8_trim_whitespace(pc.fill_null(batch.column("speaker"), "")), "")
        shares = pc.fill_null(batch.column("speech_share"), 1.0)
        seconds = np.asarray(batch.column("length_seconds")) * np.asarray(shares)
        codes = np.array([*numbers, -1], np.int32)[np.asarray(pc.fill_null(keys.indices, -1))]
        codes[np.asarray(blank)] = -1
        return codes, seconds >= LEAST_SPEECH_SECONDS

    def places(self, clips: ClipSet) -> Iterator[_NamedPlace]:
        """Give where the chosen clips lie."""
        columns = (*PLACE_COLUMNS, "accepted")
        first = 0
        for batch in map(without_rejected, clips.scan(columns)):
            here = np.flatnonzero(self._chosen[first : first + len(batch)])
            rows = batch.take(pa.array(here)).select(PLACE_COLUMNS).to_pylist()
            for row, place in zip(here.tolist(), places_of(rows), strict=True):
                yield _NamedPlace(int(self._codes[first + row]), place)
            first += len(batch)

    def heard_name(
        self, number: int, found: "Sequence[tuple[str, NDArray[np.float16]]]"
    ) -> HeardName:
        """Put together what was heard of one name, in the order of clip ids."""
        ordered = sorted(found, key=lambda pair: pair[0])
        return HeardName(
            name=self._ordered_names[number],
            num_clips=int(self._counts[number]),
            clip_ids=tuple(clip_id for clip_id, _ in ordered),
            prints=np.stack([one for _, one in ordered]).astype(np.float32),
        )


def _spread(codes: NDArray[np.int32], enough: NDArray[np.bool_], most: int) -> NDArray[np.bool_]:
    """Choose at most so many of each name, evenly spread in the order of the clips."""
    usable = np.flatnonzero(enough)
    order = usable[np.argsort(codes[usable], kind="stable")]
    _, starts, counts = np.unique(codes[order], return_index=True, return_counts=True)
    place = np.arange(len(order)) - np.repeat(starts, counts)
    every = np.repeat(-(-counts // most), counts)
    chosen = np.zeros(len(codes), bool)
    chosen[order[place % np.maximum(every, 1) == 0]] = True
    return chosen


def _print_clip(audio: ClipAudio, item: _NamedPlace) -> NDArray[np.float16] | None:
    """Make the voiceprint of one clip; None where there is too little speech."""
    from audioset.media.resample import Resampler  # late: rows alone need no codec

    samples, sampling_rate = decode_mono(audio.read(item.place), name=item.place.clip_id)
    sound = Resampler(sampling_rate, DETECTOR_RATE).push(samples, last=True)
    made = voiceprint(sound)
    return None if made is None else made.astype(np.float16)
