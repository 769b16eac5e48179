"""The level of a clip: whole numbers that hold all of its sound, at either end of the scale."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pcm = NDArray[np.int16] | NDArray[np.int32]

# Below, 16 bits leave fewer than 10 of the loudest sample: 24 are stored unless 16 hold it exactly.
_QUIET = 2.0**-6
# Below, 24 bits leave fewer than 12, and a source that holds more is raised; not below the second,
# where no sound ever was.
_QUIETEST_DBFS, _NOTHING_DBFS = -72.0, -120.0
_STEP_DB = 0.1


class LevelledPcm(NamedTuple):
    """The samples of a clip as whole numbers.

    Attributes:
        pcm: shape (num_samples,); int16 for 16 bits, int32 with the sample in the upper 24 bits.
        bit_depth: 16 or 24.
        gain_db: what its level was changed by; None when it was not.
    """

    pcm: "Pcm"
    bit_depth: int
    gain_db: float | None


def levelled(samples: "NDArray[np.float32]", bit_depth: int) -> LevelledPcm:
    """Round a clip to whole numbers so that nothing to be heard is lost.

    What is louder than full scale is lowered to it, what would leave too few bits gets more, and at
    last is raised; each by the least that is enough, in steps of 0.1 dB. Nearly all clips stay.

    Args:
        samples: float32, shape (num_samples,), full scale 1.
        bit_depth: 16 or 24, the least to store; 24 where the source may hold more than that.
    """
    peak = max(float(samples.max()), -float(samples.min()))
    full_scale = 1 << (bit_depth - 1)
    if round(peak * full_scale) > full_scale:
        gain_db = -_STEP_DB * np.ceil(20 * np.log10(peak) / _STEP_DB)
        return _raised(samples, bit_depth, float(gain_db))
    if peak >= _QUIET or peak == 0.0 or _is_exact(samples, bit_depth):
        return LevelledPcm(to_pcm(samples, bit_depth), bit_depth, None)
    peak_dbfs = 20 * float(np.log10(peak))
    to_raise = bit_depth == 24 and _NOTHING_DBFS < peak_dbfs < _QUIETEST_DBFS
    if not to_raise or _is_exact(samples, 24):
        return LevelledPcm(to_pcm(samples, 24), 24, None)
    gain_db = _STEP_DB * np.ceil((_QUIETEST_DBFS - peak_dbfs) / _STEP_DB)
    return _raised(samples, 24, float(gain_db))


def _raised(samples: "NDArray[np.float32]", bit_depth: int, gain_db: float) -> LevelledPcm:
    gain_db = round(gain_db, 1)
    factor = 10 ** (gain_db / 20)
    scaled = np.multiply(samples, factor, dtype=np.float64).astype(np.float32)
    return LevelledPcm(to_pcm(scaled, bit_depth), bit_depth, gain_db)


def _is_exact(samples: "NDArray[np.float32]", bit_depth: int) -> bool:
    scaled = np.multiply(samples, 1 << (bit_depth - 1), dtype=np.float64)
    return bool(np.array_equal(scaled, np.rint(scaled)))


def to_pcm(samples: "NDArray[np.float32]", bit_depth: int) -> "Pcm":
    """Round samples in [-1, 1] to integers; louder ones are held at full scale.

    Returns:
        int16 for 16 bits, int32 with the sample in the upper bits for 24.
    """
    full_scale = 1 << (bit_depth - 1)
    wide = np.float64 if bit_depth > 16 else np.float32
    scaled = np.multiply(samples, full_scale, dtype=wide)
    np.rint(scaled, out=scaled)
    np.clip(scaled, -full_scale, full_scale - 1, out=scaled)
    if bit_depth == 16:
        return scaled.astype(np.int16)
    return scaled.astype(np.int32) << (32 - bit_depth)


def to_samples(pcm: "Pcm") -> "NDArray[np.float32]":
    """Give integers of `to_pcm` as float32 in [-1, 1], as a decoder of the clip would."""
    return pcm.astype(np.float32) / np.float32(1 << (8 * pcm.itemsize - 1))
