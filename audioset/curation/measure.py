"""The quality columns of a clip: numbers that a machine can measure without a reference."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from audioset.curation.detector import Frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FULL_SCALE_SHARE = 0.99  # a sample above this share of full scale may be clipped
_CLIPPED_RUN = 3  # so many of them in a row are: music and speech do not stay up there
_NOISE_PROBABILITY = 0.15  # a frame below this speech probability is pause
_SPEECH_PROBABILITY = 0.5
_EDGE_FRAMES = 2  # 64 ms at each edge
# Signal more than this below the strongest band is taken for noise: the noise floor of 8 kHz
# speech resampled to 44.1 kHz lies 75 dB and more below, the air above 10 kHz in speech 40 to 60.
_BANDWIDTH_RANGE_DB = 65.0
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_SPECTRUM_SAMPLES = 1024
_HANN = np.hanning(_SPECTRUM_SAMPLES + 1)[:-1].astype(np.float32)
_WINDOWS_AT_ONCE = 256  # bounds the memory of long clips
_TAIL_SECONDS = 0.25
_BLOCK_SECONDS, _HOP_SECONDS = 0.4, 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """The quality columns of the manifest, by their names there."""

    loudness_lufs: float | None
    peak_dbfs: float | None
    clipped_share: float
    dc_offset: float
    snr_db: float | None
    speech_share: float
    bandwidth_hz: float | None
    edge_speech: float


def measure(samples: "NDArray[np.float32]", sampling_rate: int, frames: Frames) -> Quality:
    """Measure one clip.

    Args:
        samples: shape (num_samples,), range [-1, 1], at least one.
        sampling_rate: in Hz.
        frames: the 32 ms frames of the clip, at least one.
    """
    probabilities = frames.probabilities
    peak = float(np.abs(samples).max())
    return Quality(
        loudness_lufs=loudness_lufs(samples, sampling_rate),
        peak_dbfs=20 * float(np.log10(peak)) if peak > 0 else None,
        clipped_share=clipped_share(samples),
        dc_offset=float(samples.mean(dtype=np.float64)),
        snr_db=snr_db(frames),
        speech_share=float((probabilities >= _SPEECH_PROBABILITY).mean()),
        bandwidth_hz=bandwidth_hz(samples, sampling_rate),
        edge_speech=float(
            max(probabilities[:_EDGE_FRAMES].max(), probabilities[-_EDGE_FRAMES:].max())
        ),
    )


def clipped_share(samples: "NDArray[np.float32]") -> float:
    """Share of samples that stand in runs of at least 3 at full scale, range [0, 1]."""
    loud = np.abs(samples) >= _FULL_SCALE_SHARE
    if not loud.any():
        return 0.0
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]).astype(np.int8)))
    runs = edges[1::2] - edges[::2]
    return float(runs[runs >= _CLIPPED_RUN].sum() / samples.size)


def snr_db(frames: Frames) -> float | None:
    """Estimate speech level over pause level in dB; None without both speech and pause.

    The power in speech frames is speech plus noise, that in pause frames noise alone.
    """
    power = 10 ** (frames.levels_db.astype(np.float64) / 10)
    speech = power[frames.probabilities >= _SPEECH_PROBABILITY]
    noise = power[frames.probabilities < _NOISE_PROBABILITY]
    if speech.size == 0 or noise.size == 0:
        return None
    # The median keeps the decay of the last syllable out of the noise.
    floor = max(float(np.median(noise)), 1e-12)
    return 10 * float(np.log10(max(float(speech.mean()) - floor, floor * 1e-3) / floor))


def bandwidth_hz(samples: "NDArray[np.float32]", sampling_rate: int) -> float | None:
    """Highest frequency that carries signal, in Hz; None for digital silence.

    Finds audio that was upsampled: 8 kHz speech stored at 44.1 kHz has 4,000 Hz.
    """
    density = _spectral_density(samples)
    density[0] = 0.0  # a DC offset is no signal
    strongest = float(density.max())
    if strongest <= 0.0:
        return None
    carries = np.flatnonzero(density >= strongest * 10 ** (-_BANDWIDTH_RANGE_DB / 10))
    return float(carries[-1]) * sampling_rate / _SPECTRUM_SAMPLES


def _spectral_density(samples: "NDArray[np.float32]") -> "NDArray[np.float64]":
    """Mean power per band, Welch's method: Hann windows of 1,024 samples that overlap by half."""
    if samples.size < _SPECTRUM_SAMPLES:
        samples = np.pad(samples, (0, _SPECTRUM_SAMPLES - samples.size))
    windows = np.lib.stride_tricks.sliding_window_view(samples, _SPECTRUM_SAMPLES)
    windows = windows[:: _SPECTRUM_SAMPLES // 2]
    power = np.zeros(_SPECTRUM_SAMPLES // 2 + 1)
    for start in range(0, len(windows), _WINDOWS_AT_ONCE):
        spectrum = np.fft.rfft(windows[start : start + _WINDOWS_AT_ONCE] * _HANN)
        power += np.einsum("ij,ij->j", spectrum.real, spectrum.real)
        power += np.einsum("ij,ij->j", spectrum.imag, spectrum.imag)
    return power / len(windows)


def loudness_lufs(samples: "NDArray[np.float32]", sampling_rate: int) -> float | None:
    """Integrated loudness of one channel by ITU-R BS.1770-4; None for digital silence.

    A clip shorter than one gating block of 0.4 s is one block; when every block falls under the
    absolute gate of -70 LUFS, the ungated loudness is given.

    Source: ITU-R BS.1770-4, annex 1.
    """
    weighted = _k_weighted(samples, sampling_rate)
    energy = np.concatenate([[0.0], np.cumsum(np.square(weighted))])
    block = min(round(_BLOCK_SECONDS * sampling_rate), samples.size)
    hop = max(1, round(_HOP_SECONDS * sampling_rate))
    starts = np.arange(0, samples.size - block + 1, hop)
    power = np.maximum((energy[starts + block] - energy[starts]) / block, 0.0)
    loud = power[power > _power(_ABSOLUTE_GATE_LUFS)]
    if loud.size:
        power = loud[loud > float(loud.mean()) * 10 ** (_RELATIVE_GATE_LU / 10)]
    mean = float(power.mean())
    return -0.691 + 10 * float(np.log10(mean)) if mean > 0 else None


def _power(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))


def _k_weighted(samples: "NDArray[np.float32]", sampling_rate: int) -> "NDArray[np.float64]":
    """Filter with the K weighting, by FFT: as exact as the recursion, and numpy has it."""
    tail = round(_TAIL_SECONDS * sampling_rate)  # room for the filter to ring out
    length = _fast_length(samples.size + tail)
    spectrum = np.fft.rfft(samples, length) * _k_response(length, sampling_rate)
    return np.fft.irfft(spectrum, length)[: samples.size]


def _fast_length(size: int) -> int:
    """Round up to a length that is fast to transform, one of four per octave so that few occur."""
    octave = 1 << (size - 1).bit_length() - 1
    return next(
        octave * quarters // 4 for quarters in (5, 6, 7, 8) if octave * quarters >= 4 * size
    )


@lru_cache(maxsize=16)
def _k_response(length: int, sampling_rate: int) -> "NDArray[np.complex128]":
    """Frequency response of the K weighting at the frequencies of an rfft of this length."""
    delay = np.exp(-2j * np.pi * np.arange(length // 2 + 1) / length)
    response: NDArray[np.complex128] = np.ones_like(delay)
    for b0, b1, b2, a0, a1, a2 in _k_weighting(sampling_rate).tolist():
        response *= (b0 + delay * (b1 + delay * b2)) / (a0 + delay * (a1 + delay * a2))
    return response


def _k_weighting(sampling_rate: int) -> "NDArray[np.float64]":
    """Second-order sections of the K weighting at any sampling rate, shape (2, 6).

    BS.1770 gives coefficients for 48 kHz only; these are the analogue prototypes behind them
    (a high shelf of +4 dB at 1,682 Hz, a high pass at 38 Hz), mapped by the bilinear transform.
    Source: B. De Man, "Evaluation of implementations of the EBU R128 loudness measurement", 2018.
    """
    shelf_gain, shelf_q, shelf_hz = 3.999843853973347, 0.7071752369554196, 1681.974450955533
    pass_q, pass_hz = 0.5003270373238773, 38.13547087602444
    k = np.tan(np.pi * min(shelf_hz, 0.45 * sampling_rate) / sampling_rate)
    high = 10 ** (shelf_gain / 20)
    band = high**0.4996667741545416
    a0 = 1 + k / shelf_q + k * k
    shelf = [
        (high + band * k / shelf_q + k * k) / a0, 2 * (k * k - high) / a0,
        (high - band * k / shelf_q + k * k) / a0, 1.0,
        2 * (k * k - 1) / a0, (1 - k / shelf_q + k * k) / a0,
    ]  # fmt: skip
    k = np.tan(np.pi * pass_hz / sampling_rate)
    a0 = 1 + k / pass_q + k * k
    high_pass = [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / pass_q + k * k) / a0]
    return np.array([shelf, high_pass])
