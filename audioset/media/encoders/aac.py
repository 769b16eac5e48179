"""Sound as the track of an MP4, as telephones and cameras write it."""

import io
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SAMPLES_PER_FRAME = 1024


def encode_aac(samples: "NDArray[np.float32]", sampling_rate: int) -> bytes:
    """Encode one channel as AAC in an MP4 without pictures.

    Args:
        samples: float32, shape (num_samples,), range [-1, 1].
        sampling_rate: in Hz, one that AAC knows, such as 16,000 or 48,000.
    """
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=sampling_rate, layout="mono")
        for start in range(0, samples.size, _SAMPLES_PER_FRAME):
            block = np.ascontiguousarray(samples[None, start : start + _SAMPLES_PER_FRAME])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = sampling_rate, start
            frame.time_base = Fraction(1, sampling_rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()
