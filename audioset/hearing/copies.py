"""How good a copy of a sound is: measured of each copy alike, so that copies can be compared."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.fingerprint import ACTIVE_DB, HOP_SECONDS, heard_levels_db
from audioset.hearing.quality import bandwidth_hz, clipped_share, loudness_lufs

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOUD_PERCENT, _QUIET_PERCENT = 95, 5  # of the bands of all frames; one alone may be a click
_EDGE_FRAMES = 4  # that reach beyond the sound at either side, where silence makes them quiet


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyQuality:
    """What tells a good copy from a worse one of the same sound.

    Attributes:
        clipped_share: share of clipped samples, 0 to 1.
        dc_offset: mean of the samples, -1 to 1.
        over_noise_db: loud over quiet places, of 33 bands between 300 and 3,400 Hz in frames of
            10 ms, where every copy has the sound: where it is less than in another copy, noise
            fills the valleys, also without a pause. 0 for digital silence.
        sound_seconds: from the first to the last frame of sound.
        bandwidth_hz: highest frequency that carries signal; 0 for digital silence.
        loudness_lufs: integrated loudness; None for digital silence.
    """

    clipped_share: float
    dc_offset: float
    over_noise_db: float
    sound_seconds: float
    bandwidth_hz: float
    loudness_lufs: float | None


def measure_copy(samples: "NDArray[np.float32]", sampling_rate: int) -> CopyQuality:
    """Measure one copy.

    Args:
        samples: shape (num_samples,), range [-1, 1], at least one.
        sampling_rate: in Hz.
    """
    levels, bands = heard_levels_db(samples, sampling_rate)
    loud = np.flatnonzero(levels > levels.max(initial=-np.inf) - ACTIVE_DB)
    return CopyQuality(
        clipped_share=clipped_share(samples),
        dc_offset=float(samples.mean(dtype=np.float64)),
        over_noise_db=_over_quiet_db(levels, bands),
        sound_seconds=float(loud[-1] - loud[0] + 1) * HOP_SECONDS if loud.size else 0.0,
        bandwidth_hz=bandwidth_hz(samples, sampling_rate) or 0.0,
        loudness_lufs=loudness_lufs(samples, sampling_rate),
    )


def _over_quiet_db(levels_db: "NDArray[np.float64]", bands_db: "NDArray[np.float32]") -> float:
    """Give how far loud places lie over quiet ones, in frames that are sound from end to end."""
    around = np.pad(levels_db, _EDGE_FRAMES, constant_values=-np.inf)
    least = np.lib.stride_tricks.sliding_window_view(around, 2 * _EDGE_FRAMES + 1).min(axis=1)
    whole = bands_db[np.isfinite(least)]
    if not whole.size:
        return 0.0
    loud, quiet = np.percentile(whole, (_LOUD_PERCENT, _QUIET_PERCENT))
    return float(loud - quiet)
