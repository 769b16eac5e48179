"""Timecode on an audio channel: what cameras and recorders are kept together by."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FRAME_RATES = (24, 25, 30)
_FRAME_BITS = 80
_TOLERANCE_SHARE = 0.15  # of the length of a bit
_LEAST_SHARE = 0.9  # of all spans between two zeros
_LEAST_OF_EACH = 0.1  # zeros and ones: a tone has one kind only


def is_timecode(samples: "NDArray[Any]", sampling_rate: int) -> bool:
    """Tell whether a second of one channel is linear timecode.

    It changes its sign at each bit, and once more within each bit that is one.

    Source: SMPTE ST 12-1, 9 (80 bits a frame, biphase mark).
    """
    signs = np.signbit(samples)
    spans = np.diff(np.flatnonzero(signs[1:] != signs[:-1])) / sampling_rate
    if spans.size < _FRAME_BITS * _FRAME_RATES[0] / 2 * samples.size / sampling_rate:
        return False
    for frame_rate in _FRAME_RATES:
        bit = 1 / (_FRAME_BITS * frame_rate)
        tolerance = max(_TOLERANCE_SHARE * bit, 1 / sampling_rate)
        zeros = float(np.mean(np.abs(spans - bit) <= tolerance))
        ones = float(np.mean(np.abs(spans - bit / 2) <= tolerance))
        if zeros + ones >= _LEAST_SHARE and min(zeros, ones) >= _LEAST_OF_EACH:
            return True
    return False
