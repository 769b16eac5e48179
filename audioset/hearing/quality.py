"""The quality columns of a clip: numbers that a machine can measure without a reference."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from audioset.hearing.cut_edges import edge_speech
from audioset.hearing.snr.estimate import estimate_snr_db
from audioset.hearing.speech.detector import FRAME_SECONDS, SPEECH_PROBABILITY, Frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FULL_SCALE_SHARE = 0.99  # a sample above this share of full scale may be clipped
_CLIPPED_RUN = 3  # so many of them in a row are: music and speech do not stay up there
# Filters go beyond full scale by so much where sound was clipped before. Decoders of lossy sound do
# by more, but their clips have 16 bits; a source of more bits that is louder is so by itself.
_OVERSHOOT_DB = 1.0
# Tops that are flat to less than two steps of 16 bits, and steep at their ends: no wave is so.
_FLAT = 1.5 / 32768
_STEEP = 16 * _FLAT
_FLAT_TOPS = 3  # one or two are chance
# Signal more than this below the strongest band is taken for noise: the noise floor of 8 kHz
# speech resampled to 44.1 kHz lies 75 dB and more below, the air above 10 kHz in speech 40 to 60.
_BANDWIDTH_RANGE_DB = 65.0
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_SPECTRUM_SECONDS = 0.046  # 2,048 samples at 44.1 kHz: fine enough for the filter below 100 Hz
_WINDOWS_AT_ONCE = 64  # bounds the memory of long clips
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
    head_silence_seconds: float | None
    tail_silence_seconds: float | None


def measure(
    samples: "NDArray[np.float32]",
    sampling_rate: int,
    frames: Frames,
    *,
    gain_db: float | None = None,
    bit_depth: int = 16,
) -> Quality:
    """Measure one clip.

    Args:
        samples: shape (num_samples,), range [-1, 1], at least one.
        sampling_rate: in Hz.
        frames: the 32 ms frames of the clip, at least one.
        gain_db: what its level was changed by; None for nothing.
        bit_depth: of the clip, 16 or 24.
    """
    probabilities = frames.probabilities
    beyond = bit_depth > 16 and (gain_db or 0.0) < -_OVERSHOOT_DB
    speech = np.flatnonzero(probabilities >= SPEECH_PROBABILITY)
    peak = max(float(samples.max()), -float(samples.min()))
    spectra = _Spectra(samples, sampling_rate)
    return Quality(
        loudness_lufs=spectra.loudness_lufs(),
        peak_dbfs=20 * float(np.log10(peak)) if peak > 0 else None,
        clipped_share=clipped_share(samples, gain_db or 0.0, beyond=beyond),
        dc_offset=float(samples.mean(dtype=np.float64)),
        snr_db=estimate_snr_db(samples, sampling_rate, frames),
        speech_share=speech.size / len(frames),
        bandwidth_hz=spectra.bandwidth_hz(),
        edge_speech=edge_speech(samples, sampling_rate, frames),
        head_silence_seconds=float(speech[0]) * FRAME_SECONDS if speech.size else None,
        tail_silence_seconds=(
            float(len(frames) - 1 - speech[-1]) * FRAME_SECONDS if speech.size else None
        ),
    )


def clipped_share(
    samples: "NDArray[np.float32]", gain_db: float = 0.0, *, beyond: bool = False
) -> float:
    """Share of samples that were cut off in the source, range [0, 1].

    These stand in runs of at least 3 at full scale, or in at least 3 flat tops at a lower or higher
    level: sound that was clipped and then made quieter, or recorded in floating point.

    Args:
        samples: shape (num_samples,), of the clip.
        gain_db: what its level was changed by.
        beyond: whether full scale is no limit of the source.
    """
    highest, lowest = float(samples.max()), float(samples.min())
    full = np.float32(_FULL_SCALE_SHARE * 10 ** (gain_db / 20))
    count = 0
    if not beyond and max(highest, -lowest) >= full:
        starts, ends = _runs(np.abs(samples) >= full)
        count = int((ends - starts).sum())
    return max(count, _count_in_flat_tops(samples, highest, lowest)) / samples.size


def _runs(mask: "NDArray[np.bool_]") -> "tuple[NDArray[np.intp], NDArray[np.intp]]":
    """Give the starts and ends of runs of at least 3."""
    found = np.flatnonzero(mask)
    if found.size < _CLIPPED_RUN:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    last = np.append(np.flatnonzero(np.diff(found) > 1), found.size - 1)
    first = np.concatenate([[0], last[:-1] + 1])
    long = last - first + 1 >= _CLIPPED_RUN
    return found[first[long]], found[last[long]] + 1


def _count_in_flat_tops(samples: "NDArray[np.float32]", highest: float, lowest: float) -> int:
    total = 0
    for sign, peak in ((1, highest), (-1, -lowest)):
        # The same numbers as of the sound turned over, without a copy of it.
        level = np.float32(peak - _FLAT)
        starts, ends = _runs(samples >= level if sign > 0 else samples <= -level)
        # The crest of a slow wave is flat too, but it rounds off.
        before, after = np.maximum(starts - 1, 0), np.minimum(ends, samples.size - 1)
        steep = peak - np.minimum(sign * samples[before], sign * samples[after]) >= _STEEP
        total += int((ends - starts)[steep].sum()) if steep.sum() >= _FLAT_TOPS else 0
    return total


def bandwidth_hz(samples: "NDArray[np.float32]", sampling_rate: int) -> float | None:
    """Highest frequency that carries signal, in Hz; None for digital silence.

    Finds audio that was upsampled: 8 kHz speech stored at 44.1 kHz has 4,000 Hz.
    """
    return _Spectra(samples, sampling_rate).bandwidth_hz()


def loudness_lufs(samples: "NDArray[np.float32]", sampling_rate: int) -> float | None:
    """Integrated loudness of one channel by ITU-R BS.1770-4; None for digital silence.

    A clip shorter than one gating block of 0.4 s is one block; when every block falls under the
    absolute gate of -70 LUFS, the ungated loudness is given. The K weighting is applied to the
    spectrum (Parseval), within 0.1 LU of the recursive filter (a test compares them).

    Source: ITU-R BS.1770-4, annex 1.
    """
    return _Spectra(samples, sampling_rate).loudness_lufs()


class _Spectra:
    """Power spectra of a clip: windows of 46 ms, the last quarter of each shared with the next.

    The squares of overlapping windows add up to 1, so that the power of all windows together is
    exactly that of the clip: loudness and bandwidth come from the same spectra.
    """

    def __init__(self, samples: "NDArray[np.float32]", sampling_rate: int) -> None:
        self._rate = sampling_rate
        self._num_samples = samples.size
        self._size = 1 << round(_SPECTRUM_SECONDS * sampling_rate - 1).bit_length()
        shared = self._size // 4
        self._hop = self._size - shared
        count = -(-(samples.size + shared) // self._hop)
        padded = np.zeros(count * self._hop + shared, np.float32)
        # Without its DC offset, which is no signal but would leak into the lowest bands.
        np.subtract(samples, samples.mean(), out=padded[shared : shared + samples.size])
        windows = np.lib.stride_tricks.sliding_window_view(padded, self._size)[:: self._hop]
        weights = _k_weights(self._size, sampling_rate)
        self._weighted = np.empty(count, np.float32)  # K-weighted energy of each window
        self._density = np.zeros(self._size // 2 + 1)
        # A clip that begins in the middle of a window would seem to carry every frequency.
        inside = (samples.size + shared - self._size) // self._hop
        whole = slice(1, inside + 1) if inside > 0 else slice(0, count)
        for start in range(0, count, _WINDOWS_AT_ONCE):
            power = _power(windows[start : start + _WINDOWS_AT_ONCE], self._size)
            # einsum, not @: BLAS would start threads of its own, and its sums depend on them.
            self._weighted[start : start + _WINDOWS_AT_ONCE] = np.einsum("ij,j->i", power, weights)
            inner = power[max(0, whole.start - start) : max(0, whole.stop - start)]
            self._density += inner.sum(axis=0, dtype=np.float64).reshape(-1, 2).sum(axis=1)

    def bandwidth_hz(self) -> float | None:
        density = self._density.copy()
        density[0] = 0.0
        strongest = float(density.max())
        if strongest <= 0.0:
            return None
        carries = np.flatnonzero(density >= strongest * 10 ** (-_BANDWIDTH_RANGE_DB / 10))
        return float(carries[-1]) * self._rate / self._size

    def loudness_lufs(self) -> float | None:
        # Energy up to each moment: what window k has is taken for that of its own hop.
        energy = np.concatenate([[0.0], np.cumsum(self._weighted, dtype=np.float64)])
        moments = np.arange(energy.size) * self._hop - (self._size - self._hop) / 2
        block = min(round(_BLOCK_SECONDS * self._rate), self._num_samples)
        hop = max(1, round(_HOP_SECONDS * self._rate))
        starts = np.arange(0, self._num_samples - block + 1, hop)
        if starts.size == 1:
            power = energy[-1:] / self._num_samples
        else:
            before = np.interp(starts, moments, energy)
            after = np.interp(starts + block, moments, energy)
            power = np.maximum((after - before) / block, 0.0)
        loud = power[power > 10 ** ((_ABSOLUTE_GATE_LUFS + 0.691) / 10)]
        if loud.size:
            power = loud[loud > float(loud.mean()) * 10 ** (_RELATIVE_GATE_LU / 10)]
        mean = float(power.mean())
        return -0.691 + 10 * float(np.log10(mean)) if mean > 0 else None


def _power(windows: "NDArray[np.float32]", size: int) -> "NDArray[np.float32]":
    """Give squared real and imaginary parts side by side, shape (windows, size + 2)."""
    spectrum = np.fft.rfft(windows * _window(size))
    parts: NDArray[np.float32] = spectrum.view(np.float32)
    np.multiply(parts, parts, out=parts)
    return parts


@lru_cache(maxsize=8)
def _window(size: int) -> "NDArray[np.float32]":
    """Flat, with the slopes of Vorbis I (1.3.2) on both sides: they leak little."""
    slope_size = size // 4
    inner = np.sin(np.pi / 2 * (np.arange(slope_size) + 0.5) / slope_size) ** 2
    slope = np.sin(np.pi / 2 * inner)
    flat = np.ones(size - 2 * slope_size)
    return np.concatenate([slope, flat, slope[::-1]]).astype(np.float32)


@lru_cache(maxsize=8)
def _k_weights(size: int, sampling_rate: int) -> "NDArray[np.float32]":
    """Weights that turn squared spectrum parts into K-weighted energy, shape (size + 2,)."""
    delay = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    gain: NDArray[Any] = np.ones(size // 2 + 1)
    for b0, b1, b2, a0, a1, a2 in _k_weighting(sampling_rate).tolist():
        response = (b0 + delay * (b1 + delay * b2)) / (a0 + delay * (a1 + delay * a2))
        gain = gain * np.abs(response) ** 2
    gain[1:-1] *= 2  # negative frequencies
    return np.repeat(gain / size, 2).astype(np.float32)


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
        (high + band * k / shelf_q + k * k) / a0,
        2 * (k * k - high) / a0,
        (high - band * k / shelf_q + k * k) / a0,
        1.0,
        2 * (k * k - 1) / a0,
        (1 - k / shelf_q + k * k) / a0,
    ]
    k = np.tan(np.pi * pass_hz / sampling_rate)
    a0 = 1 + k / pass_q + k * k
    high_pass = [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / pass_q + k * k) / a0]
    return np.array([shelf, high_pass])
