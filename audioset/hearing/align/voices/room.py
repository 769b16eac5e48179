"""Let a synthetic voice sound as if it were in the room of a recording: with its noise."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.align.ear.features import Features
from audioset.hearing.align.ear.silence import silence_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST_FRAMES = 10
_NOISE_OFF = 2.0  # natural log: all of the noise would hide what tells phones apart


@dataclass(frozen=True, slots=True)
class Room:
    """Noise and loudness of a recording.

    Attributes:
        noise: log power of the bands where nobody speaks, float32.
        loudness: log of the mean power of speech over all bands.
    """

    noise: "NDArray[np.float32]"
    loudness: float

    def add_to(self, bands: "NDArray[np.float32]") -> "NDArray[np.float32]":
        """Give the bands of a voice at the recording's loudness, with its noise."""
        own = _loudness(bands[bands.mean(axis=1) > np.median(bands.mean(axis=1))])
        louder: NDArray[np.float32] = np.logaddexp(bands + (self.loudness - own), self.noise)
        return louder.astype(np.float32)


def room_of(features: Features) -> Room | None:
    """Give the room of a recording; None where speech or silence is too short to know it."""
    silent = silence_of(features)
    if min(silent.sum(), (~silent).sum()) < _LEAST_FRAMES:
        return None
    speech = features.bands[~silent]
    loud = speech[speech.mean(axis=1) > np.median(speech.mean(axis=1))]
    noise = np.log(np.exp(features.bands[silent].astype(np.float64)).mean(axis=0))
    noise = np.minimum(noise, np.median(features.bands[silent], axis=0) + 1.0)  # single clicks
    return Room((noise - _NOISE_OFF).astype(np.float32), _loudness(loud))


def _loudness(bands: "NDArray[np.float32]") -> float:
    return float(np.log(np.exp(bands.astype(np.float64)).mean()))
