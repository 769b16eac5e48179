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

    def __init__(
        self, audio: AudioReader, sampling_rate: int | None, louder_db: float = 0.0
    ) -> None:
        self.audio = audio
        self.rate = sampling_rate or audio.sampling_rate
        self.num_outputs = audio.num_outputs
        self._louder_db = louder_db

    def pieces(self) -> Iterator[list[Piece]]:
        """Yield what comes next, one piece per output; see `Listening`."""
        rates = self.audio.sampling_rate, self.rate
        ears = [_Ear(*rates, self._louder_db) for _ in range(self.num_outputs)]
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
    louder_db: float = 0.0,
) -> Iterator[Listening]:
    """Open a source and listen to it.

    Args:
        path: of a local file.
        track: number of the audio track, from 1; None chooses.
        channels: "mix", "left", "right" or "each"; see `open_audio`.
        sampling_rate: of the sound that is given, in Hz; the source's own when None.
        louder_db: the detector hears it by so much louder; sound and levels stay what they are.

    Raises:
        NotFoundError: no such file.
        MediaError: the source cannot be used.
    """
    with open_audio(path, track=track, channels=channels) as audio:
        yield Listener(audio, sampling_rate, louder_db)


class _Ear:
    """The way of one output: to the rate of the clips, and to the detector."""

    def __init__(self, source_rate: int, rate: int, louder_db: float) -> None:
        self._to_rate = Resampler(source_rate, rate, keep_quality=True)
        self._to_detector = Resampler(rate, DETECTOR_RATE)
        self._detector = SpeechDetector()
        self._louder_db = louder_db

    def push(self, samples: "NDArray[np.float32]", *, last: bool) -> Piece:
        sound = self._to_rate.push(samples, last=last)
        heard = self._to_detector.push(sound, last=last)
        if not self._louder_db:
            return Piece(sound, self._detector.push(heard, last=last))
        heard = np.clip(heard * np.float32(10 ** (self._louder_db / 20)), -1.0, 1.0)
        frames = self._detector.push(heard, last=last)
        levels_db = np.maximum(frames.levels_db - np.float32(self._louder_db), np.float32(-120))
        return Piece(sound, Frames(frames.probabilities, levels_db))
