"""Clips as FLAC bytes to float samples by ffmpeg's decoder, which takes a third less CPU.

Training decodes every clip again and again, and little else costs it as much. What ffmpeg does not
take is left to libsndfile (`media/flac.py`), which also says what is wrong with it.
"""

from typing import TYPE_CHECKING

import av
import numpy as np

from audioset.media.flac import decode_flac_into

if TYPE_CHECKING:
    from numpy.typing import NDArray

# By ffmpeg's names of its sample formats: type of the integers, and what makes -1 to 1 of them.
# Fewer bits than the type has lie in its upper ones, so every product is exact.
_SCALES = {"s16": (np.int16, np.float32(2**-15)), "s32": (np.int32, np.float32(2**-31))}

# Where a FLAC file tells its sampling rate, channels and bits; a context takes no other bits later.
_FORM = slice(18, 22)


class FlacDecoder:
    """Decodes clip after clip; one for each thread."""

    def __init__(self) -> None:
        self._contexts: dict[bytes, av.AudioCodecContext] = {}

    def decode_into(self, data: bytes, out: "NDArray[np.float32]", *, name: str) -> int:
        """Decode one clip into memory that is there: a batch in one piece costs less than many.

        Args:
            data: the FLAC bytes; whether they are those that were published is the caller's to see.
            out: float32, contiguous, shape (num_samples,) or (num_samples, channels) of the clip.
            name: for messages.

        Returns:
            The sampling rate in Hz.

        Raises:
            MediaError: the bytes are not whole FLAC, or the clip has another shape.
        """
        sampling_rate = self._try(data, out)
        return sampling_rate or decode_flac_into(data, out, name=name)

    def _try(self, data: bytes, out: "NDArray[np.float32]") -> int:
        """Decode one clip; 0 when ffmpeg does not give just the samples that are wanted."""
        form = data[_FORM]
        context = self._contexts.pop(form, None) or _new_context()
        try:
            # The decoder takes a file, headers and all frames, as one packet: no parser is needed.
            frames = context.decode(av.Packet(data))
            context.flush_buffers()
        except av.FFmpegError:
            return 0
        self._contexts[form] = context  # one that failed is not used again
        flat = out.reshape(-1)
        channels = 1 if out.ndim == 1 else out.shape[1]
        start = 0
        for frame in frames:
            end = start + frame.samples * channels
            if frame.format.name not in _SCALES or len(frame.layout.channels) != channels:
                return 0
            if end > flat.size:
                return 0
            dtype, scale = _SCALES[frame.format.name]
            integers = np.frombuffer(memoryview(frame.planes[0]), dtype, end - start)
            np.multiply(integers, scale, out=flat[start:end], dtype=np.float32)
            start = end
        return frames[0].sample_rate if frames and start == flat.size else 0


def _new_context() -> "av.AudioCodecContext":
    context = av.AudioCodecContext.create("flac", "r")
    context.thread_count = 1  # clips are short: threads cost more than they save
    return context
