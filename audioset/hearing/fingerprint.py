"""Acoustic fingerprint of a clip: bits that survive gain, transcoding, resampling, faint noise.

Per 10 ms frame 32 bits: the sign of how the energy difference of neighbouring bands changes in
time. Source: J. Haitsma, T. Kalker, "A Highly Robust Audio Fingerprinting System", ISMIR 2002,
section 4. Changed for clips of a fraction of a second, where theirs are 3 s: frames of 64 ms
instead of 370, bands up to 3,400 Hz (what a telephone carries), the change is taken over 40 ms,
and frames far below the loudest do not count, because in a pause the bits are chance.
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from audioset.media.resample import Resampler

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 8_000  # Hz, at which fingerprints are made: whatever the clip's rate, the bits are the same
HOP_SECONDS = 0.01
BITS = 32
WEAK_BITS = 3  # per key frame: those that a transcode flips first
_LEAST_KEYS, _FRAMES_PER_KEY = 64, 8  # so that a word is found in a minute of speech too
_WINDOW, _HOP = 512, 80  # samples
_CHANGE_FRAMES = 4
_LOW_HZ, _HIGH_HZ = 300.0, 3400.0
ACTIVE_DB = 30.0  # below the loudest frame
_FLOOR = 1e-9
_SILENCE_DB = 10 * np.log10(_FLOOR * 10)
_DB_PER_NEPER = np.float32(10 / np.log(10))  # of power
_STRONG = 0.165  # so that copies with white noise 20 dB below differ in 3 % of strong bits
_FRAMES_AT_ONCE = 4096  # bounds the memory of long clips


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """Bits of one clip.

    Attributes:
        words: uint32, shape (num_frames,), 32 bits per 10 ms.
        active: bool, shape (num_frames,): loud enough that the bits mean something.
        strong: uint32, shape (num_frames,): the bits that noise reaches last, in loud bands that
            change much.
        key_frames: uint16, shape (at most 64, or an eighth of the active frames): those whose bits
            are surest, by which the clip is found among others.
        key_weak: uint8, shape (as key_frames, 3): positions of the least sure bits there.
    """

    words: "NDArray[np.uint32]"
    active: "NDArray[np.bool_]"
    strong: "NDArray[np.uint32]"
    key_frames: "NDArray[np.uint16]"
    key_weak: "NDArray[np.uint8]"


def make_fingerprint(samples: "NDArray[np.float32]", sampling_rate: int) -> Fingerprint:
    """Make the fingerprint of a clip; it has no active frame when the clip is digital silence.

    Args:
        samples: shape (num_samples,), range [-1, 1], at least one.
        sampling_rate: in Hz.
    """
    log_energy, level_db = _bands(_at_8_khz(samples, sampling_rate))
    slopes = log_energy[:, :-1] - log_energy[:, 1:]
    change = slopes[_CHANGE_FRAMES:] - slopes[:-_CHANGE_FRAMES]
    loud = np.maximum(level_db[_CHANGE_FRAMES:], level_db[:-_CHANGE_FRAMES])
    active = (loud > loud.max() - ACTIVE_DB) & (loud > _SILENCE_DB)
    margin = np.abs(change)
    strong = _strong(margin, log_energy, active)
    frames, weak = _keys(margin, active)
    return Fingerprint(_packed(change > 0), active, _packed(strong), frames, weak)


def heard_levels_db(
    samples: "NDArray[np.float32]", sampling_rate: int
) -> "tuple[NDArray[np.float64], NDArray[np.float32]]":
    """Levels of a clip between 300 and 3,400 Hz, in all and in 33 bands.

    Args:
        samples: shape (num_samples,), range [-1, 1], at least one.
        sampling_rate: in Hz.

    Returns:
        Shapes (frames of 10 ms,), -inf for digital silence, and (frames, bands).
    """
    log_energy, levels = _bands(_at_8_khz(samples, sampling_rate))
    return np.where(levels > _SILENCE_DB, levels, -np.inf), log_energy * _DB_PER_NEPER


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two fingerprints are where both are active.

    Attributes:
        num_frames: that are.
        bit_errors: share of bits that differ there, range [0, 1].
        num_strong: bits that are strong in both.
        strong_errors: share of these that differ; 1 without any.
    """

    num_frames: int
    bit_errors: float
    num_strong: int
    strong_errors: float


def compare(one: Fingerprint, other: Fingerprint, lag: int) -> Likeness | None:
    """Compare two fingerprints where `other` starts `lag` frames after `one`.

    Only frames that are active in both count; None where there are none.
    """
    start = max(0, lag)
    end = min(len(one.words), len(other.words) + lag)
    if end <= start:
        return None
    here, there = slice(start, end), slice(start - lag, end - lag)
    both = one.active[here] & other.active[there]
    num_frames = int(both.sum())
    if not num_frames:
        return None
    different = (one.words[here] ^ other.words[there])[both]
    strong = (one.strong[here] & other.strong[there])[both]
    num_strong = int(np.bitwise_count(strong).sum())
    num_wrong = int(np.bitwise_count(different & strong).sum())
    return Likeness(
        num_frames=num_frames,
        bit_errors=int(np.bitwise_count(different).sum()) / (BITS * num_frames),
        num_strong=num_strong,
        strong_errors=num_wrong / num_strong if num_strong else 1.0,
    )


def _packed(bits: "NDArray[np.bool_]") -> "NDArray[np.uint32]":
    """Pack 32 bits per frame into one number."""
    return np.packbits(bits, axis=1, bitorder="little").view("<u4")[:, 0].astype(np.uint32)


def _strong(
    margin: "NDArray[np.float32]", log_energy: "NDArray[np.float32]", active: "NDArray[np.bool_]"
) -> "NDArray[np.bool_]":
    """Choose the bits that noise reaches last.

    Noise changes the energy of a band by its own share of it, and turns a bit over where that is
    more than the margin. A bit is as strong as the fourth root of energy, against the loudest of
    the clip, times the square root of its margin.
    """
    bands = np.maximum(log_energy[:, :-1], log_energy[:, 1:])
    energy = np.maximum(bands[_CHANGE_FRAMES:], bands[:-_CHANGE_FRAMES])
    loudest = energy[active].max(initial=-np.inf)
    strength = np.exp(np.minimum(energy - loudest, 0) / 4) * np.sqrt(margin)
    strong: NDArray[np.bool_] = strength > _STRONG
    return strong


def _at_8_khz(samples: "NDArray[np.float32]", sampling_rate: int) -> "NDArray[np.float32]":
    return Resampler(sampling_rate, RATE).push(np.ascontiguousarray(samples), last=True)


def _bands(samples: "NDArray[np.float32]") -> "tuple[NDArray[np.float32], NDArray[np.float64]]":
    """Log energy of 33 bands, shape (frames, 33), and level in dB, shape (frames,)."""
    # The window reaches over both ends, so that a clip that was cut a little shorter agrees.
    padded = np.pad(samples, (_WINDOW // 2, _WINDOW // 2 + _HOP * (_CHANGE_FRAMES + 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    weights, taper = _band_weights(), np.hanning(_WINDOW).astype(np.float32)
    energy = np.empty((len(windows), BITS + 1), np.float32)
    for start in range(0, len(windows), _FRAMES_AT_ONCE):
        spectrum = np.fft.rfft(windows[start : start + _FRAMES_AT_ONCE] * taper)
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
        energy[start : start + _FRAMES_AT_ONCE] = power @ weights
    level_db = 10 * np.log10(energy.sum(axis=1, dtype=np.float64) + _FLOOR)
    return np.log(energy + np.float32(_FLOOR)), level_db


@cache
def _band_weights() -> "NDArray[np.float32]":
    """Triangles of equal width on a logarithmic scale, shape (frequencies, 33)."""
    edges = np.geomspace(_LOW_HZ, _HIGH_HZ, BITS + 2)
    centres = np.sqrt(edges[:-1] * edges[1:])
    # At low frequencies a band is narrower than a bin of the transform.
    widths = np.maximum(np.diff(edges), 1.5 * RATE / _WINDOW)
    distance = np.abs(np.fft.rfftfreq(_WINDOW, 1 / RATE)[:, None] - centres)
    weights: NDArray[np.float32] = np.maximum(0, 1 - distance / widths).astype(np.float32)
    return weights


def _keys(
    margin: "NDArray[np.float32]", active: "NDArray[np.bool_]"
) -> "tuple[NDArray[np.uint16], NDArray[np.uint8]]":
    """Choose the frames whose least sure bit but three is surest, and those three bits."""
    candidates = np.flatnonzero(active[: np.iinfo(np.uint16).max])
    if not len(candidates):
        return np.zeros(0, np.uint16), np.zeros((0, WEAK_BITS), np.uint8)
    order = np.argpartition(margin[candidates], WEAK_BITS, axis=1)
    surety = np.take_along_axis(margin[candidates], order[:, WEAK_BITS : WEAK_BITS + 1], axis=1)
    number = max(_LEAST_KEYS, len(candidates) // _FRAMES_PER_KEY)
    best = np.sort(np.argsort(-surety[:, 0], kind="stable")[:number])
    return candidates[best].astype(np.uint16), order[best, :WEAK_BITS].astype(np.uint8)
