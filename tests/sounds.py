"""Sounds and media files made in code: tones, silence, noise, speech."""

from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from scripts.demo_video import SAMPLING_RATE as SPEECH_RATE
from scripts.demo_video import Said, Speaker, recite

Samples = NDArray[np.float32]

LINES = ("good morning to you", "the kettle is on")


def tone(hz: float, seconds: float, sampling_rate: int, *, level: float = 0.3) -> Samples:
    """A sine, range [-level, level]."""
    time = np.arange(round(seconds * sampling_rate)) / sampling_rate
    return (level * np.sin(2 * np.pi * hz * time)).astype(np.float32)


def silence(seconds: float, sampling_rate: int) -> Samples:
    """Digital silence."""
    return np.zeros(round(seconds * sampling_rate), np.float32)


def noise(seconds: float, sampling_rate: int, *, level: float, seed: int = 0) -> Samples:
    """White noise of the given RMS level."""
    made = np.random.default_rng(seed).normal(0, level, round(seconds * sampling_rate))
    return made.astype(np.float32)


@cache
def spoken() -> tuple[Samples, list[Said]]:
    """Two lines, each said three times, at SPEECH_RATE; and where each take lies."""
    return recite(LINES, [Speaker("isla", "en-gb-scotland")])


def write_audio(
    path: Path, samples: Samples, sampling_rate: int, *, codec: str = "pcm_s16le"
) -> Path:
    """Write one channel, shape (n,), or several, shape (channels, n), with any codec."""
    planes = np.atleast_2d(samples)
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[planes.shape[0]]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=sampling_rate, layout=layout)
        resampler = av.AudioResampler(stream.format, layout, sampling_rate)
        for start in range(0, planes.shape[1], 1024):
            block = np.ascontiguousarray(planes[:, start : start + 1024])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
            frame.sample_rate, frame.pts = sampling_rate, start
            frame.time_base = Fraction(1, sampling_rate)
            for ready in resampler.resample(frame):
                container.mux(stream.encode(ready))
        container.mux(stream.encode(None))
    return path


def write_speech(path: Path, *, codec: str = "pcm_s16le") -> list[Said]:
    """Write `spoken()` and tell where each take lies."""
    samples, said = spoken()
    write_audio(path, samples, SPEECH_RATE, codec=codec)
    return said
