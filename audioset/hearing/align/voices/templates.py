"""Lines as sequences of states, 20 ms each, from a synthetic voice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.align.ear.features import HOP_SECONDS, bands_of, cepstra_of, normalised
from audioset.hearing.align.voices.espeak import PAUSE, Speech
from audioset.hearing.align.voices.room import Room

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHORT_PAUSE_FRAMES = 3  # speakers hardly pause where the voice does: longer ones are cut down


@dataclass(frozen=True, slots=True)
class Templates:
    """All lines behind each other.

    Attributes:
        cepstra: of each state, float32, shape (states, 26).
        phones: index into `names` of each state, int64.
        names: IPA symbols, the pause first.
        at: first state of each line, and one number more; int64.
        words: which word of its line each state belongs to, from 0; int64.
    """

    cepstra: "NDArray[np.float32]"
    phones: "NDArray[np.int64]"
    names: tuple[str, ...]
    at: "NDArray[np.int64]"
    words: "NDArray[np.int64]"

    @property
    def pauses(self) -> "NDArray[np.bool_]":
        """Which states are silence."""
        return np.asarray(self.phones == 0)

    def coarser(self, factor: int) -> "Templates":
        """Give templates with `factor` states in one."""
        firsts = [np.arange(low, high, factor) for low, high in pairwise(self.at.tolist())]
        counts = [len(some) for some in firsts]
        states = np.concatenate(firsts)
        ends = np.repeat(self.at[1:], counts)
        sums = np.cumsum(np.pad(self.cepstra, ((1, 0), (0, 0))), axis=0, dtype=np.float64)
        stops = np.minimum(states + factor, ends)
        means = (sums[stops] - sums[states]) / (stops - states)[:, None]
        at = np.concatenate([[0], np.cumsum(counts)])
        return Templates(
            means.astype(np.float32), self.phones[states], self.names, at, self.words[states]
        )

    def taken(self, lines: Sequence[int]) -> "Templates":
        """Give templates of some lines, in any order, also several times."""
        states = np.concatenate([np.arange(self.at[k], self.at[k + 1]) for k in lines])
        counts = [int(self.at[k + 1] - self.at[k]) for k in lines]
        at = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return Templates(
            self.cepstra[states], self.phones[states], self.names, at, self.words[states]
        )


def name_phones(choirs: Sequence[Sequence[Speech]]) -> dict[str, int]:
    """Give each phone that is said a number; the pause is 0."""
    numbers: dict[str, int] = {PAUSE: 0}
    for speeches in choirs:
        for speech in speeches:
            for phone in speech.phones:
                numbers.setdefault(phone, len(numbers))
    return numbers


def make_templates(
    speeches: Sequence[Speech],
    num_bands: int,
    numbers: Mapping[str, int] | None = None,
    room: Room | None = None,
) -> Templates:
    """Make the states of lines.

    Args:
        speeches: the lines as a voice says them.
        num_bands: lower mel bands that the source has too.
        numbers: of phones, where several voices shall have the same.
        room: of the source.
    """
    numbers = numbers or name_phones([speeches])
    cepstra, phones, words, counts = [], [], [], []
    for speech in speeches:
        bands = bands_of(speech.samples)
        frames = cepstra_of(bands if room is None else room.add_to(bands), num_bands)
        which = _which_phone(speech, len(frames))
        names = [speech.phones[k] if k >= 0 else PAUSE for k in which]
        kept = _without_long_pauses(names)
        cepstra.append(frames[kept])
        phones += [numbers[names[k]] for k in kept]
        words.append(speech.word_of[np.maximum(which, 0)[kept]])
        counts.append(len(kept))
    states = np.array(phones, np.int64)
    at = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Templates(
        normalised(np.concatenate(cepstra), states > 0),
        states,
        tuple(numbers),
        at,
        np.concatenate(words),
    )


def _which_phone(speech: Speech, count: int) -> "NDArray[np.int64]":
    """Give the phone of each frame, -1 before the first; gaps told inside words are no pauses."""
    ends = np.append(speech.starts_seconds[1:], np.inf)
    numbers = np.arange(-1, len(speech.phones))
    for k in range(1, len(speech.phones)):
        if speech.phones[k] == PAUSE and ends[k] - speech.starts_seconds[k] < 2 * HOP_SECONDS:
            numbers[k + 1] = numbers[k]
    middles = (np.arange(count) + 0.5) * HOP_SECONDS
    return numbers[np.searchsorted(speech.starts_seconds, middles, side="right")]


def _without_long_pauses(names: Sequence[str]) -> list[int]:
    """Give the frames to keep: none of the silence around, little of that inside."""
    spoken = [k for k, name in enumerate(names) if name != PAUSE]
    kept, run = [], 0
    for k in range(spoken[0], spoken[-1] + 1):
        run = run + 1 if names[k] == PAUSE else 0
        if run <= _SHORT_PAUSE_FRAMES:
            kept.append(k)
    return kept
