"""What a model of another package makes of sound: how far each frame of 20 ms is from a symbol.

The model is given stretches of a source, which overlap, while the source goes by; of its answers
only the symbols that the lines are written with are kept, so that memory is linear and small.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from audioset.engine import attempt
from audioset.errors import InvalidInputError
from audioset.hearing.align.ear.features import HOP_SAMPLES, HOP_SECONDS
from audioset.hearing.align.plugin import require
from audioset.records.plugin_contracts import SOUND_RATE, EmissionModel, Emissions

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STRETCH_SAMPLES = 15 * SOUND_RATE  # what the model is given at once
_MARGIN_SAMPLES = SOUND_RATE  # on both sides of what is kept
_LEAST_LOG = -1e4  # of a probability: infinity cannot be taken from infinity
_MOST_ABOVE_ZERO = 1e-3  # of a logarithm of a probability
_UNHEARD = 10.0  # misfit of all symbols where the model did not listen
_COUNT_SLACK_SECONDS = 0.2  # between the sound and the frames that a model gives for it


@dataclass(frozen=True, slots=True)
class SymbolFeatures:
    """What a model makes of a source, in frames of 20 ms.

    Attributes:
        misfits: natural logarithm of how many times likelier the best symbol is than each, float32,
            0 or more, shape (frames, symbols that were wanted).
        best: column of the model that is likeliest in each frame, int32.
        columns: of the model, of each column of `misfits`, ascending.
        blank: column of the model that stands for no symbol; None without one.
    """

    misfits: "NDArray[np.float32]"
    best: "NDArray[np.int32]"
    columns: "NDArray[np.int64]"
    blank: int | None


class SymbolReader:
    """Lets a model score a source while it goes by."""

    def __init__(
        self,
        model: EmissionModel,
        language: str | None,
        wanted: Collection[int],
        within: Sequence[tuple[float, float]] | None = None,
    ) -> None:
        """Make a reader.

        Args:
            model: scores the frames.
            language: of the lines.
            wanted: symbols that the lines are written with.
            within: what it listens to, (start, end) in seconds; None for all. What it does not hear
                fits no symbol.
        """
        self._model, self._language, self._within = model, language, within
        self._at = 0  # sample of the source that `_waiting` begins with
        self._wanted = np.array(sorted(set(wanted)), np.int64)
        self._blank: int | None = None
        self._waiting = np.zeros(0, np.float32)
        self._pieces: list[NDArray[np.float32]] = []
        self._num_waiting = 0
        self._before = 0  # samples at the start of `_waiting` that were kept already
        self._misfits: list[NDArray[np.float32]] = []
        self._best: list[NDArray[np.int32]] = []

    def pass_on(self, blocks: "Iterable[NDArray[np.float32]]") -> "Iterator[NDArray[np.float32]]":
        """Give the blocks on, and let the model score them.

        Raises:
            InvalidInputError: the model raised, or gave what cannot be.
        """
        for block in blocks:
            self._pieces.append(block)
            self._num_waiting += block.size
            while self._num_waiting > _STRETCH_SAMPLES:
                self._score(last=False)
            yield block
        if self._num_waiting > self._before:
            self._score(last=True)

    def features(self, num_frames: int) -> SymbolFeatures:
        """Give what was made of the source, in as many frames as the source has."""
        width = self._wanted.size + (self._blank is not None)
        pieces = (
            piece if piece.shape[1] == width else np.full((len(piece), width), _UNHEARD, np.float32)
            for piece in self._misfits
        )
        misfits = np.concatenate([np.zeros((0, width), np.float32), *pieces])
        best = np.concatenate([np.zeros(0, np.int32), *self._best])
        lacking = max(0, num_frames - len(best))
        return SymbolFeatures(
            np.pad(misfits, ((0, lacking), (0, 0)))[:num_frames],
            np.pad(best, (0, lacking), constant_values=-1)[:num_frames],
            self._columns(),
            self._blank,
        )

    def _columns(self) -> "NDArray[np.int64]":
        blank = [] if self._blank is None else [self._blank]
        return np.union1d(self._wanted, np.array(blank, np.int64))

    def _score(self, *, last: bool) -> None:
        self._waiting = np.concatenate([self._waiting, *self._pieces])
        self._pieces = []
        sound = self._waiting[:_STRETCH_SAMPLES]
        end = sound.size if last else sound.size - _MARGIN_SAMPLES
        first, after = self._before // HOP_SAMPLES, -(-end // HOP_SAMPLES)
        if self._is_within(self._at + self._before, self._at + end):
            emissions = self._emissions(sound)
            kept = _every_20_ms(emissions, -(-sound.size // HOP_SAMPLES))[first:after]
            self._best.append(kept.argmax(axis=1).astype(np.int32))
            misfits = kept.max(axis=1)[:, None] - kept[:, self._columns()]
            self._misfits.append(misfits.astype(np.float32))
        else:
            self._best.append(np.full(after - first, -1, np.int32))
            self._misfits.append(np.zeros((after - first, 0), np.float32))
        start = max(0, end - _MARGIN_SAMPLES)
        self._at += start
        self._before = end - start
        self._waiting = self._waiting[start:].copy()
        self._num_waiting = self._waiting.size

    def _is_within(self, start: int, end: int) -> bool:
        """Tell whether any of a stretch is to be heard: then all of it is, to know the speaker."""
        return self._within is None or any(
            first * SOUND_RATE < end and last * SOUND_RATE > start for first, last in self._within
        )

    def _emissions(self, sound: "NDArray[np.float32]") -> Emissions:
        score = partial(self._model.emissions, language=self._language)
        outcome = attempt(score, sound)
        emissions: Emissions = require(outcome.value, outcome.error, self._model.name, "failed")
        _check(emissions, self._model.name, sound.size / SOUND_RATE)
        columns = emissions.log_probabilities.shape[1]
        if self._wanted.size and not 0 <= self._wanted[0] <= self._wanted[-1] < columns:
            raise InvalidInputError(
                f"the aligner {self._model.name!r} writes lines with the symbols "
                f"{self._wanted[0]} to {self._wanted[-1]}, but scores {columns}"
            )
        self._blank = emissions.blank
        return emissions


def _check(emissions: Emissions, name: str, length_seconds: float) -> None:
    values, hop = emissions.log_probabilities, emissions.hop_seconds
    problem = None
    if values.ndim != 2 or not values.size:
        problem = f"emissions of the shape {values.shape}, which must be (num_frames, num_symbols)"
    elif np.isnan(values).any() or values.max() > _MOST_ABOVE_ZERO:
        problem = f"log-probabilities up to {values.max():.2g}, which must be 0 or less"
    elif not (hop > 0 and abs(len(values) * hop - length_seconds) <= _COUNT_SLACK_SECONDS + hop):
        problem = f"{len(values)} frames of {hop} s for {length_seconds:.2f} s of sound"
    elif emissions.blank is not None and not 0 <= emissions.blank < values.shape[1]:
        problem = f"the blank {emissions.blank} among {values.shape[1]} symbols"
    if problem is not None:
        raise InvalidInputError(f"the aligner {name!r} gave {problem}")


def _every_20_ms(emissions: Emissions, count: int) -> "NDArray[np.float32]":
    """Give a frame for each 20 ms: the nearest one, or of several the one that says most.

    A model of CTC may name a symbol in a single frame, among blanks.
    """
    values = np.maximum(emissions.log_probabilities, _LEAST_LOG).astype(np.float32)
    hop, offset = emissions.hop_seconds, emissions.offset_seconds
    middles = (np.arange(count) + 0.5) * HOP_SECONDS
    chosen = np.clip(np.round((middles - offset) / hop).astype(np.int64), 0, len(values) - 1)
    if hop < HOP_SECONDS and emissions.blank is not None:
        inside = np.floor((offset + np.arange(len(values)) * hop) / HOP_SECONDS).astype(np.int64)
        by_blank = np.lexsort((values[:, emissions.blank], inside))
        places, firsts = np.unique(inside[by_blank], return_index=True)
        known = (places >= 0) & (places < count)
        chosen[places[known]] = by_blank[firsts[known]]
    return values[chosen]
