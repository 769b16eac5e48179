"""Spectra of 40 mel bands as the network of Resemblyzer was trained on: power, not its logarithm.

Equal to `librosa.feature.melspectrogram(sr=16000, n_fft=400, hop_length=160, n_mels=40)` within
float32 (a test compares them), without loading librosa.
"""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from audioset.records.plugin_contracts import SOUND_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW, HOP, NUM_BANDS = 400, 160, 40
# Slaney's mel scale: even up to 1 kHz, then 27 steps for a factor of 6.4.
_HZ_PER_MEL, _BREAK_HZ, _STEP = 200 / 3, 1000.0, np.log(6.4) / 27.0


def mel_bands(sound: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Give the power in each band, shape (1 + num_samples // 160, 40).

    Args:
        sound: 16 kHz, shape (num_samples,), range [-1, 1]; silence is added at both ends.
    """
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(sound, WINDOW // 2), WINDOW)[::HOP]
    spectrum = np.fft.rfft(windows * _hann())
    power = (spectrum.real**2 + spectrum.imag**2) @ _filters()
    bands: NDArray[np.float32] = power.astype(np.float32)
    return bands


@cache
def _hann() -> "NDArray[np.float32]":
    return np.hanning(WINDOW + 1)[:-1].astype(np.float32)


@cache
def _filters() -> "NDArray[np.float64]":
    """Triangles of equal area, shape (201, 40)."""
    top = _BREAK_HZ / _HZ_PER_MEL + np.log(SOUND_RATE / 2 / _BREAK_HZ) / _STEP
    mels = np.linspace(0.0, top, NUM_BANDS + 2)
    beyond = _BREAK_HZ * np.exp(_STEP * (mels - _BREAK_HZ / _HZ_PER_MEL))
    edges = np.where(mels < _BREAK_HZ / _HZ_PER_MEL, mels * _HZ_PER_MEL, beyond)
    hz = np.fft.rfftfreq(WINDOW, 1 / SOUND_RATE)[:, None]
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (hz - low) / (middle - low), (high - hz) / (high - middle)
    triangles: NDArray[np.float64] = np.maximum(0.0, np.minimum(rising, falling))
    return triangles * (2.0 / (high - low))
