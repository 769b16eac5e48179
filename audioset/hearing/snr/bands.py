"""The power of a clip in mel bands, by the frames of the speech detector."""

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.fourier import spectra_of
from audioset.hearing.speech.detector import FRAME_SECONDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

NUM_BANDS = 24
_LOWEST_HZ, _HIGHEST_HZ = 60.0, 7800.0  # what the detector hears too, whatever the sampling rate
_FRAMES_AT_ONCE = 256  # bounds the memory of long clips


def band_powers(
    samples: "NDArray[np.float32]", sampling_rate: int, num_frames: int
) -> "NDArray[np.float32]":
    """Give the mean power in each band of each frame of 32 ms, shape (num_frames, 24).

    The lowest holds all below it too, wind and rumble, but for a constant offset. Bands above half
    the sampling rate hold nothing.

    Args:
        samples: shape (num_samples,), range [-1, 1]; silence follows them.
        sampling_rate: in Hz.
        num_frames: how many frames to give.
    """
    size = int(FRAME_SECONDS * sampling_rate)
    # At 44.1 kHz a frame is no whole number of samples; the n-th begins where the detector's does.
    starts = np.rint(np.arange(num_frames) * (FRAME_SECONDS * sampling_rate)).astype(np.intp)
    needed = int(starts[-1]) + size if num_frames else 0
    sound = samples - (samples.mean() if samples.size else np.float32(0))
    sound = np.pad(sound, (0, max(0, needed - samples.size)))
    windows = np.lib.stride_tricks.sliding_window_view(sound, size) if num_frames else sound
    window, edges = _window(size), _edges(size, sampling_rate)
    powers = np.zeros((num_frames, NUM_BANDS), np.float32)
    for first in range(0, num_frames, _FRAMES_AT_ONCE):
        part = windows[starts[first : first + _FRAMES_AT_ONCE]] * window
        spectrum = spectra_of(part)[:, : edges[-1]]
        power = spectrum.real**2 + spectrum.imag**2
        summed = np.zeros((len(power), edges[-1] + 1))
        power.cumsum(axis=1, dtype=float, out=summed[:, 1:])
        powers[first : first + len(power)] = np.diff(summed.take(edges, axis=1), axis=1)
    return powers


@lru_cache(maxsize=8)
def _window(size: int) -> "NDArray[np.float32]":
    """Hann, scaled so that the powers of all bins make the mean square."""
    window = np.hanning(size + 1)[:-1]
    scaled: NDArray[np.float32] = (window * np.sqrt(2 / (size * (window**2).sum()))).astype(
        np.float32
    )
    return scaled


@lru_cache(maxsize=8)
def _edges(size: int, sampling_rate: int) -> "NDArray[np.intp]":
    """First bin of each band and behind the last; mel scale of O'Shaughnessy, 1987."""
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (_LOWEST_HZ, _HIGHEST_HZ))
    hz = 700 * (10 ** (np.linspace(low, high, NUM_BANDS + 1) / 2595) - 1)
    bins: NDArray[np.intp] = np.ceil(hz * size / sampling_rate).astype(np.intp)
    bins[0] = 0
    return np.minimum(bins, size // 2 + 1)
