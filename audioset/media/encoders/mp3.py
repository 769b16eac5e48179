"""Clips as small sound for pages: MP3, which every browser plays, also where FLAC is too large."""

import io
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from audioset.errors import MediaError
from audioset.media.resample import Resampler

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What MP3 knows up to the rate that speech needs; anything else is brought to the last of them.
_RATES = (8000, 11025, 12000, 16000, 22050, 24000)
# Variable rate, the middle of LAME's ten steps: some 5 kB a second of speech at 24 kHz.
_STEP = 0.5


def encode_mp3(samples: "NDArray[np.float32]", sampling_rate: int) -> bytes:
    """Encode one channel for the ear; what is kept is never this.

    Args:
        samples: float32, shape (num_samples,), range [-1, 1].
        sampling_rate: in Hz; above 24 kHz, or unknown to MP3, it becomes 24 kHz.

    Raises:
        MediaError: the libsndfile that is installed cannot write MP3.
    """
    rate = sampling_rate if sampling_rate in _RATES else _RATES[-1]
    sound = Resampler(sampling_rate, rate, keep_quality=True).push(samples, last=True)
    buffer = io.BytesIO()
    try:
        soundfile.write(
            buffer,
            np.clip(sound, -1.0, 1.0),
            rate,
            "MPEG_LAYER_III",
            format="MP3",
            bitrate_mode="VARIABLE",
            compression_level=_STEP,
        )
    except soundfile.LibsndfileError as error:
        raise MediaError(f"this libsndfile cannot write MP3: {error}") from error
    return buffer.getvalue()
