"""Decoded frames to channels, and channels to one."""

from typing import TYPE_CHECKING, Any

import numpy as np
from av.audio.frame import AudioFrame, format_dtypes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Down-mix of layouts with a centre channel: ITU-R BS.775-3 table 2, low-frequency effects left
# out, weights scaled to a sum of 1 so that the mix cannot clip.
_CENTRE_MIX = {"FC": 1.0, "FL": 0.7071, "FR": 0.7071, "BL": 0.5, "BR": 0.5, "SL": 0.5, "SR": 0.5,
               "BC": 0.5, "LFE": 0.0}  # fmt: skip
# numpy type of decoded integers -> (what stands for zero, full scale)
_INTEGERS = {"uint8": (128, 128.0), "int16": (0, 32768.0), "int32": (0, 2147483648.0)}
_LOSSLESS = ("pcm_", "flac", "alac", "wavpack", "ape", "tta", "truehd", "mlp")
_FLOATS = ("flt", "dbl")


def worth_bits(codec: str, sample_format: str) -> int:
    """Tell how many bits of a source are worth keeping in any case: 24 or 16.

    Whole numbers of 32 bits come from lossless decoders only.
    """
    form = sample_format.rstrip("p")
    return 24 if form == "s32" or holds_floats(codec, sample_format) else 16


def holds_floats(codec: str, sample_format: str) -> bool:
    """Tell whether a source holds floating-point numbers, and not just a lossy decoder's."""
    return codec.startswith(_LOSSLESS) and sample_format.rstrip("p") in _FLOATS


def planes_of(frame: AudioFrame) -> "list[NDArray[Any]]":
    """Give each channel of a frame, shape (n,), where it lies; integers scaled to [-1, 1)."""
    dtype = np.dtype(format_dtypes[frame.format.name])
    lying: Any = frame.planes  # buffers
    if frame.format.is_planar:
        planes = [np.frombuffer(plane, dtype, frame.samples) for plane in lying]
    else:
        channels = frame.layout.nb_channels
        woven = np.frombuffer(lying[0], dtype, frame.samples * channels)
        planes = list(woven.reshape(-1, channels).T)
    return [_scaled(plane) for plane in planes] if dtype.name in _INTEGERS else planes


def _scaled(plane: "NDArray[Any]") -> "NDArray[Any]":
    zero, full_scale = _INTEGERS[plane.dtype.name]
    wide = np.float64 if plane.dtype == np.int32 else np.float32
    scaled: NDArray[Any] = np.divide(np.subtract(plane, zero, dtype=wide), full_scale, dtype=wide)
    return scaled


def mixed(planes: "list[NDArray[Any]]", names: "Sequence[str]") -> "NDArray[np.float32]":
    """Mix channels to one, shape (n,): sample by sample, so that the block size cannot matter."""
    channels = len(planes)
    if channels > 2:
        weights = weights_of(names)
        scaled = [w * plane for w, plane in zip(weights, planes, strict=True) if w]
        return np.asarray(sum(scaled[1:], scaled[0]), np.float32)
    if channels == 2:
        total = np.add(planes[0], planes[1])
        total *= 0.5
        return np.asarray(total, np.float32)
    return np.asarray(planes[0], np.float32)


def weights_of(names: "Sequence[str]") -> list[float]:
    """Tell how much of each channel is in the mix; the weights add up to 1."""
    if "FC" in names and len(names) > 2:
        weights = [_CENTRE_MIX.get(name, 0.0) for name in names]
    else:
        weights = [float(name != "LFE" or len(names) <= 2) for name in names]
    return [weight / sum(weights) for weight in weights]
