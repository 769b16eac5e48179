"""Change of sampling rate, as a stream, by soxr."""

from typing import TYPE_CHECKING

import numpy as np
import soxr

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Resampler:
    """Resample one channel piece by piece; the pieces' sizes do not change the result.

    Output sample k lies at k / `to_rate` seconds: the filter's delay is taken out. What is kept may
    be louder than full scale; what a detector hears is held at it.
    """

    def __init__(self, from_rate: int, to_rate: int, *, keep_quality: bool = False) -> None:
        # "HQ" (20-bit accuracy) is for sound that is kept; "MQ" (16-bit) is all that a detector
        # can hear, at 3/4 of the CPU.
        quality = "HQ" if keep_quality else "MQ"
        self._bounded = not keep_quality
        self._stream = (
            None
            if from_rate == to_rate
            else soxr.ResampleStream(from_rate, to_rate, 1, dtype="float32", quality=quality)
        )

    def push(self, samples: "NDArray[np.float32]", *, last: bool) -> "NDArray[np.float32]":
        """Take samples, shape (n,), give what is ready; `last` flushes the rest."""
        resampled: NDArray[np.float32] = (
            samples if self._stream is None else self._stream.resample_chunk(samples, last=last)
        )
        if not self._bounded or np.abs(resampled).max(initial=0.0) <= 1.0:
            return resampled
        return np.clip(resampled, -1.0, 1.0)
