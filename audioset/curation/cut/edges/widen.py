"""How far a word goes on beside its recognised speech: the breathy start, the fading end."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDEN_FRAMES = 9  # 0.29 s: at most so far
_NEARLY_AS_LOUD_DB = 25.0
_ABOVE_NOISE_DB = 6.0


def nearly_as_loud(levels_db: "NDArray[np.float32]") -> float:
    """Give the level from which sound is nearly as loud as speech of these levels, in dB."""
    return float(np.median(levels_db)) - _NEARLY_AS_LOUD_DB


def count_loud(levels_db: "NDArray[np.float32]", nearly_db: float, most: int) -> int:
    """Count frames, away from the speech, that are nearly as loud and above the noise."""
    if levels_db.size == 0:
        return 0
    noise_db = float(levels_db.min()) + _ABOVE_NOISE_DB
    quiet = np.flatnonzero(levels_db[:most] <= max(nearly_db, noise_db))
    return int(quiet[0]) if quiet.size else min(levels_db.size, most)
