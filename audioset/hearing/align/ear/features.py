"""Sound to the features that lines are found by: log mel bands every 20 ms, then cepstra.

The parameters are those of research on 27 short recordings (2026): 26 bands from 80 to 7,000 Hz,
13 cepstra, their slopes with weight 0.6.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.align.ear.sound import Sound16k
from audioset.hearing.speech.detector import FRAME_SECONDS, Frames, SpeechDetector
from audioset.records.plugin_contracts import SOUND_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOP_SAMPLES = 320
HOP_SECONDS = HOP_SAMPLES / SOUND_RATE  # 0.02
LEVEL_SECONDS = 0.01  # levels are finer than bands: edges are found with them
NUM_BANDS = 26
SPEECH_FROM = 0.5  # probability
_WINDOW_SAMPLES = 512
_LEVEL_SAMPLES = round(LEVEL_SECONDS * SOUND_RATE)
_LOWEST_HZ, _HIGHEST_HZ = 80.0, 7_000.0
_NUM_CEPSTRA = 13
_LOUDNESS_WEIGHT, _SLOPE_WEIGHT = 0.5, 0.6
_LEAST_POWER = 1e-8
_BLOCK_FRAMES = 1_024
_LEAST_BANDS = 16  # up to about 2.9 kHz: the least that speech needs
_DEAD_BAND = 1.5  # natural log: speech is hardly louder than silence in a band that is cut off


@dataclass(frozen=True, slots=True)
class Features:
    """All that is kept of a source.

    Attributes:
        bands: log power, float32, shape (frames of 20 ms, NUM_BANDS).
        levels_db: of each 10 ms, relative to full scale, float32.
        speech: probability of speech in each frame of 20 ms, float32.
        length_seconds: of the source.
    """

    bands: "NDArray[np.float32]"
    levels_db: "NDArray[np.float32]"
    speech: "NDArray[np.float32]"
    length_seconds: float

    def __len__(self) -> int:
        return len(self.bands)


def read_features(sound: Sound16k) -> Features:
    """Listen to a source once, from its start to its end."""
    ear = BandReader()
    detector = SpeechDetector() if sound.probabilities is None else None
    bands: list[NDArray[np.float32]] = []
    levels: list[NDArray[np.float32]] = []
    frames: list[Frames] = []
    for block, last in _with_last(sound):
        some, level = ear.push(block, last=last)
        bands.append(some)
        levels.append(level)
        if detector is not None:
            frames.append(detector.push(block, last=last))
    told = sound.probabilities
    probabilities = Frames.join(frames).probabilities if told is None else told
    count = sum(len(some) for some in bands)
    return Features(
        np.concatenate([np.zeros((0, NUM_BANDS), np.float32), *bands]),
        np.concatenate([np.zeros(0, np.float32), *levels]),
        _every_20_ms(probabilities, count),
        ear.num_samples / SOUND_RATE,
    )


class BandReader:
    """Log mel bands and levels of sound that comes piece by piece.

    Attributes:
        num_samples: that have been pushed.
    """

    def __init__(self) -> None:
        self.num_samples = 0
        half = (_WINDOW_SAMPLES - HOP_SAMPLES) // 2
        self._waiting = np.zeros(half, np.float32)  # frame k is centred on its 20 ms
        self._pieces: list[NDArray[np.float32]] = []
        self._num_waiting = half

    def push(
        self, samples: "NDArray[np.float32]", *, last: bool
    ) -> "tuple[NDArray[np.float32], NDArray[np.float32]]":
        """Take samples, give the bands and levels that are ready."""
        self.num_samples += samples.size
        self._pieces.append(samples)
        self._num_waiting += samples.size
        if self._num_waiting < _BLOCK_FRAMES * HOP_SAMPLES and not last:
            return np.zeros((0, NUM_BANDS), np.float32), np.zeros(0, np.float32)
        if last:
            self._pieces.append(np.zeros(_WINDOW_SAMPLES, np.float32))
        audio = np.concatenate([self._waiting, *self._pieces])
        count = (audio.size - _WINDOW_SAMPLES) // HOP_SAMPLES + 1
        self._pieces, self._waiting = [], audio[count * HOP_SAMPLES :]
        self._num_waiting = self._waiting.size
        return _bands(audio, count), _levels(audio, count)


def bands_of(samples: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Give the log mel bands of a short sound, shape (frames of 20 ms, NUM_BANDS)."""
    return BandReader().push(samples, last=True)[0]


def count_live_bands(features: Features) -> int:
    """Give the number of lower bands that speech reaches: telephone sound has no upper ones."""
    speech = features.speech >= SPEECH_FROM
    if speech.sum() < 50 or (~speech).sum() < 50:
        return NUM_BANDS
    loud = np.percentile(features.bands[speech], 85, axis=0)
    quiet = np.percentile(features.bands[~speech], 50, axis=0)
    live = np.flatnonzero(loud - quiet > _DEAD_BAND)
    return max(_LEAST_BANDS, int(live[-1]) + 1) if live.size else NUM_BANDS


def cepstra_of(bands: "NDArray[np.float32]", num_bands: int) -> "NDArray[np.float32]":
    """Give cepstra and their slopes, not normalised; float32, shape (frames, 26).

    Args:
        bands: log mel bands of consecutive frames.
        num_bands: how many of them, from the lowest, are looked at.
    """
    steady = bands[:, :num_bands] @ _cosines(num_bands)
    padded = np.pad(steady, ((2, 2), (0, 0)), mode="edge")
    slopes = (2 * (padded[4:] - padded[:-4]) + padded[3:-1] - padded[1:-3]) / 10
    return np.concatenate([steady, slopes], axis=1)


def normalised(cepstra: "NDArray[np.float32]", among: "NDArray[np.bool_]") -> "NDArray[np.float32]":
    """Give cepstra with mean 0 and deviation 1 over the frames `among` which speech is."""
    some = cepstra[among] if among.sum() >= 20 else cepstra
    weights = np.ones(cepstra.shape[1], np.float32)
    weights[0] = _LOUDNESS_WEIGHT
    weights[_NUM_CEPSTRA:] = _SLOPE_WEIGHT
    mean, deviation = some.mean(axis=0), some.std(axis=0) + 1e-3
    result: NDArray[np.float32] = ((cepstra - mean) / deviation * weights).astype(np.float32)
    return result


def _bands(audio: "NDArray[np.float32]", count: int) -> "NDArray[np.float32]":
    found = np.empty((count, NUM_BANDS), np.float32)
    for start in range(0, count, _BLOCK_FRAMES):
        end = min(count, start + _BLOCK_FRAMES)
        part = audio[start * HOP_SAMPLES : (end - 1) * HOP_SAMPLES + _WINDOW_SAMPLES]
        frames = np.lib.stride_tricks.sliding_window_view(part, _WINDOW_SAMPLES)[::HOP_SAMPLES]
        windowed = (frames - frames.mean(axis=1, keepdims=True)) * _window()
        spectrum = np.fft.rfft(windowed, axis=1)
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
        found[start:end] = np.log(power @ _mel() + _LEAST_POWER * _WINDOW_SAMPLES)
    return found


def _levels(audio: "NDArray[np.float32]", count: int) -> "NDArray[np.float32]":
    half = (_WINDOW_SAMPLES - HOP_SAMPLES) // 2
    part = audio[half : half + count * HOP_SAMPLES].reshape(-1, _LEVEL_SAMPLES)
    power = np.einsum("ij,ij->i", part, part) / _LEVEL_SAMPLES - part.mean(axis=1) ** 2
    levels: NDArray[np.float32] = 10 * np.log10(np.maximum(power, 1e-12))
    return levels.astype(np.float32)


def _every_20_ms(probabilities: "NDArray[np.float32]", count: int) -> "NDArray[np.float32]":
    """Give the probability of the detector's frame that lies in the middle of each of ours."""
    if probabilities.size == 0:
        return np.zeros(count, np.float32)
    middles = ((np.arange(count) + 0.5) * HOP_SECONDS / FRAME_SECONDS).astype(np.int64)
    found: NDArray[np.float32] = probabilities[np.minimum(middles, probabilities.size - 1)]
    return found


def _with_last(
    blocks: "Iterable[NDArray[np.float32]]",
) -> "Iterable[tuple[NDArray[np.float32], bool]]":
    for block in blocks:
        yield block, False
    yield np.zeros(0, np.float32), True


@cache
def _window() -> "NDArray[np.float32]":
    return np.hamming(_WINDOW_SAMPLES).astype(np.float32)


@cache
def _mel() -> "NDArray[np.float32]":
    """Give the weights of the mel bands, shape (257, NUM_BANDS)."""
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (_LOWEST_HZ, _HIGHEST_HZ))
    corners = 700 * (10 ** (np.linspace(low, high, NUM_BANDS + 2) / 2595) - 1)
    hz = np.fft.rfftfreq(_WINDOW_SAMPLES, 1 / SOUND_RATE)[:, None]
    rising = (hz - corners[:-2]) / (corners[1:-1] - corners[:-2])
    falling = (corners[2:] - hz) / (corners[2:] - corners[1:-1])
    return np.maximum(0, np.minimum(rising, falling)).astype(np.float32)


@cache
def _cosines(num_bands: int) -> "NDArray[np.float32]":
    """Give the cosine transform of `num_bands` bands to cepstra."""
    bands = np.arange(num_bands)[:, None] + 0.5
    angles = np.pi * bands * np.arange(_NUM_CEPSTRA) / num_bands
    cosines: NDArray[np.float32] = (np.cos(angles) * np.sqrt(2 / num_bands)).astype(np.float32)
    return cosines
