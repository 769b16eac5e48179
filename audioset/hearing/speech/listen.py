"""Listen to a source: its sound at the rate of the clips, and where in it is speech.

Decode once, resample once, detect once, for each output of the source; piece by piece, so that
memory does not grow with the source.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from audioset.hearing.speech.detector import DETECTOR_RATE, Frames, SpeechDetector
from audioset.media.decode import AudioFacts, AudioReader, open_audio
from audioset.media.resample import Resampler

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Piece:
    """What comes next of one output.

    Attributes:
        sound: float32, shape (n,), range [-1, 1], at the rate of the clips.
        frames: of the detector; they lag behind the sound.
    """

    sound: "NDArray[np.float32]"
    frames: Frames


class Listening(Protocol):
    """A source that is listened to, wherever the work is done.

    Attributes:
        rate: of the sound that is given, in Hz.
        num_outputs: how many channels are given.
    """

    rate: int
    num_outputs: int

    @property
    def audio(self) -> AudioFacts:
        """What is known of the track so far."""

    def pieces(self) -> Iterator[list[Piece]]:
        """Yield what comes next, one piece per output.

        Raises:
            MediaError: nothing of the source can be decoded, or it breaks a limit.
        """


class Listener:
    """Listens in this process."""

    def __init__(self, audio: AudioReader, sampling_rate: int | None) -> None:
        self.audio = audio
        self.rate = sampling_rate or audio.sampling_rate
        self.num_outputs = audio.num_outputs

    def pieces(self) -> Iterator[list[Piece]]:
        """Yield what comes next, one piece per output; see `Listening`."""
        ears = [_Ear(self.audio.sampling_rate, self.rate) for _ in range(self.num_outputs)]
        for block in self.audio.blocks():
            yield [ear.push(row, last=False) for ear, row in zip(ears, block, strict=True)]
        yield [ear.push(np.empty(0, np.float32), last=True) for ear in ears]


@contextmanager
def listen(
    path: Path,
    *,
    track: int | None = None,
    channels: str = "mix",
    sampling_rate: int | None = None,
) -> Iterator[Listening]:
    """Open a source and listen to it.

    Args:
        path: of a local file.
        track: number of the audio track, from 1; None chooses.
        channels: "mix", "left", "right" or "each"; see `open_audio`.
        sampling_rate: of the sound that is given, in Hz; the source's own when None.

    Raises:
        NotFoundError: no such file.
        MediaError: the source cannot be used.
    """
    with open_audio(path, track=track, channels=channels) as audio:
        yield Listener(audio, sampling_rate)


class _Ear:
    """The way of one output: to the rate of the clips, and to the detector."""

    def __init__(self, source_rate: int, rate: int) -> None:
        self._to_rate = Resampler(source_rate, rate, keep_quality=True)
        self._to_detector = Resampler(rate, DETECTOR_RATE)
        self._detector = SpeechDetector()

    def push(self, samples: "NDArray[np.float32]", *, last: bool) -> Piece:
        sound = self._to_rate.push(samples, last=last)
        frames = self._detector.push(self._to_detector.push(sound, last=last), last=last)
        return Piece(sound, frames)
