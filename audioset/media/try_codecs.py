"""Whether the ffmpeg that came with PyAV writes and reads the usual kinds of files."""

import io
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.audio.frame import AudioFrame

from audioset.media.flac import decode_flac, encode_flac

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RATE = 48_000  # Hz; that which all of these codecs have
_NUM_SAMPLES = 9600
# Name of a family -> container and codec, as ffmpeg calls them.
_FAMILIES = {
    "wav": ("wav", "pcm_s16le"),
    "mp3": ("mp3", "libmp3lame"),
    "mp4": ("mp4", "aac"),
    "mkv": ("matroska", "pcm_s16le"),
    "webm": ("webm", "libopus"),
    "ogg": ("ogg", "libopus"),
    "ts": ("mpegts", "mp2"),
}


def try_codecs() -> Mapping[str, str]:
    """Write a fifth of a second of a tone in each family of files, in memory, and read it.

    Returns:
        For each family why it cannot be used, in one line; empty where it can.
    """
    trials: dict[str, Callable[[], int]] = {"flac": _through_flac}
    for name, (container, codec) in _FAMILIES.items():
        trials[name] = partial(_through, container, codec)
    return {name: _why_not(trial) for name, trial in trials.items()}


def _why_not(trial: Callable[[], int]) -> str:
    try:
        num_samples = trial()
    except (OSError, ValueError, RuntimeError) as error:  # av's errors are of these
        return " ".join(f"{error}".split())
    # Lossy codecs add some samples at both ends.
    return "" if num_samples >= _NUM_SAMPLES else f"{num_samples} of {_NUM_SAMPLES} samples came"


def _tone() -> "NDArray[np.int16]":
    phases = np.arange(_NUM_SAMPLES) * (2 * np.pi * 440 / _RATE)
    return np.asarray(8000 * np.sin(phases), dtype=np.int16)


def _through_flac() -> int:
    samples, _ = decode_flac(encode_flac(_tone(), _RATE), name="a tone")
    return int(samples.shape[0])


def _through(container: str, codec: str) -> int:
    """Give how many samples come back."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream: Any = output.add_stream(codec, rate=_RATE, layout="mono")
        frame = AudioFrame.from_ndarray(_tone()[np.newaxis], format="s16", layout="mono")
        frame.sample_rate = _RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            output.mux(packet)
    buffer.seek(0)
    with av.open(buffer, "r", format="matroska" if container == "webm" else container) as written:
        return sum(frame.samples for frame in written.decode(audio=0))
