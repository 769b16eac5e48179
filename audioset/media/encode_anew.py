"""A clip as others want it: another sampling rate, one channel, FLAC or WAV."""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from audioset.errors import MediaError
from audioset.media.flac import decode_flac, encode_flac
from audioset.media.resample import Resampler

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedAnew:
    """A clip that was encoded anew.

    Attributes:
        data: the bytes of a whole file.
        sampling_rate: in Hz.
        num_samples: of each channel.
        channels: how many.
        was_held: whether samples that came out louder than full scale were held at it.
    """

    data: bytes
    sampling_rate: int
    num_samples: int
    channels: int
    was_held: bool


def encode_anew(
    flac: bytes,
    *,
    name: str,
    kind: str,
    bit_depth: int,
    sampling_rate: int | None = None,
    mix: bool = False,
) -> EncodedAnew:
    """Encode a clip anew. Where neither rate nor channels change, all samples stay as they are.

    Args:
        flac: its bytes.
        name: for messages.
        kind: "flac" or "wav".
        bit_depth: of the clip, 16 or 24, and of what is made.
        sampling_rate: in Hz; that of the clip when None. Changed by soxr, "HQ".
        mix: make one channel, the mean of all.

    Raises:
        MediaError: the bytes are not whole FLAC, or FLAC cannot hold the rate.
    """
    samples, rate = decode_flac(flac, name=name)
    if mix and samples.ndim == 2:
        samples = samples.mean(axis=1, dtype=np.float64).astype(np.float32)
    if sampling_rate is not None and sampling_rate != rate:
        samples, rate = _resampled(samples, rate, sampling_rate), sampling_rate
    pcm, was_held = _integers(samples, bit_depth)
    return EncodedAnew(
        data=encode_flac(pcm, rate) if kind == "flac" else _encode_wav(pcm, rate),
        sampling_rate=rate,
        num_samples=len(pcm),
        channels=1 if pcm.ndim == 1 else pcm.shape[1],
        was_held=was_held,
    )


def _resampled(
    samples: "NDArray[np.float32]", from_rate: int, to_rate: int
) -> "NDArray[np.float32]":
    columns = [samples] if samples.ndim == 1 else list(samples.T)
    made = [
        Resampler(from_rate, to_rate, keep_quality=True).push(
            np.ascontiguousarray(column), last=True
        )
        for column in columns
    ]
    return made[0] if samples.ndim == 1 else np.stack(made, axis=1)


def _integers(
    samples: "NDArray[np.float32]", bit_depth: int
) -> "tuple[NDArray[np.int16] | NDArray[np.int32], bool]":
    """Give samples as integers, those of 24 bits in the upper bits; exact for what was integers."""
    full = 2 ** (bit_depth - 1)
    scaled = np.rint(samples.astype(np.float64) * full)
    held = np.clip(scaled, -full, full - 1)
    was_held = bool((held != scaled).any())
    if bit_depth == 16:
        return held.astype(np.int16), was_held
    return held.astype(np.int32) << (32 - bit_depth), was_held


def _encode_wav(pcm: "NDArray[np.int16] | NDArray[np.int32]", sampling_rate: int) -> bytes:
    buffer = io.BytesIO()
    subtype = "PCM_16" if pcm.dtype == np.int16 else "PCM_24"
    try:
        soundfile.write(buffer, pcm, sampling_rate, subtype, format="WAV")
    except soundfile.LibsndfileError as error:
        raise MediaError(f"WAV cannot hold the clip: {error}") from error
    return buffer.getvalue()
