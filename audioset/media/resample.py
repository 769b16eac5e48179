"""Change of sampling rate, as a stream, by soxr."""

from typing import TYPE_CHECKING

import numpy as np
import soxr

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Resampler:
    """Resample one channel piece by piece; the pieces' sizes do not change the result.

    Output sample k lies at k / `to_rate` seconds: the filter's delay is taken out.
    """

    def __init__(self, from_rate: int, to_rate: int, *, keep_quality: bool = False) -> None:
        # "HQ" (20-bit accuracy) is for sound that is kept; "MQ" (16-bit) is all that a detector
        # can hear, at 3/4 of the CPU.
        quality = "HQ" if keep_quality else "MQ"
        self._stream = (
            None
            if from_rate == to_rate
            else soxr.ResampleStream(from_rate, to_rate, 1, dtype="float32", quality=quality)
        )

    def push(self, samples: "NDArray[np.float32]", *, last: bool) -> "NDArray[np.float32]":
        """Take samples, shape (n,), give what is ready; `last` flushes the rest."""
        if self._stream is None:
            return samples
        resampled: NDArray[np.float32] = self._stream.resample_chunk(samples, last=last)
        return resampled
