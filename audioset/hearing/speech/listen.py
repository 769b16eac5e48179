"""Listen to a source: its sound at the rate of the clips, and where in it is speech.

Decode once, resample once, detect once, for each output of the source; piece by piece, so that
memory does not grow with the source.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from audioset.hearing.speech.detector import (
    DETECTOR_RATE,
    NO_FRAMES,
    DetectorState,
    Frames,
    SpeechDetector,
)
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
        state: of the detector behind these frames, where a later listening may go on; None where
            there are none, or nothing comes any more.
        last: whether nothing comes any more.
    """

    sound: "NDArray[np.float32]"
    frames: Frames
    state: DetectorState | None = None
    last: bool = False


@dataclass(frozen=True, slots=True)
class Detecting:
    """What of a source the detector is to hear.

    Attributes:
        louder_db: it hears it by so much louder; sound and levels stay what they are.
        on: whether it hears anything at all; else there is the sound alone, and no frames.
        after: what it heard before, one per output; empty where it begins.
    """

    louder_db: float = 0.0
    on: bool = True
    after: Sequence[DetectorState] = ()


_DETECTING = Detecting()


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
        self, audio: AudioReader, sampling_rate: int | None, detecting: Detecting = _DETECTING
    ) -> None:
        self.audio = audio
        self.rate = sampling_rate or audio.sampling_rate
        self.num_outputs = audio.num_outputs
        self._detecting = detecting

    def pieces(self) -> Iterator[list[Piece]]:
        """Yield what comes next, one piece per output; see `Listening`."""
        rates = self.audio.sampling_rate, self.rate
        ears = [_Ear(*rates, self._detecting, number) for number in range(self.num_outputs)]
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
    detecting: Detecting = _DETECTING,
) -> Iterator[Listening]:
    """Open a source and listen to it.

    Args:
        path: of a local file.
        track: number of the audio track, from 1; None chooses.
        channels: "mix", "left", "right" or "each"; see `open_audio`.
        sampling_rate: of the sound that is given, in Hz; the source's own when None.
        detecting: what of it the detector is to hear.

    Raises:
        NotFoundError: no such file.
        MediaError: the source cannot be used.
    """
    with open_audio(path, track=track, channels=channels) as audio:
        yield Listener(audio, sampling_rate, detecting)


class _Ear:
    """The way of one output: to the rate of the clips, and to the detector."""

    def __init__(self, source_rate: int, rate: int, detecting: Detecting, number: int) -> None:
        self._to_rate = Resampler(source_rate, rate, keep_quality=True)
        self._to_detector = Resampler(rate, DETECTOR_RATE)
        after = detecting.after[number] if detecting.after else None
        self._detector = SpeechDetector(after) if detecting.on else None
        self._louder_db = detecting.louder_db

    def push(self, samples: "NDArray[np.float32]", *, last: bool) -> Piece:
        sound = self._to_rate.push(samples, last=last)
        if self._detector is None:
            return Piece(sound, NO_FRAMES, last=last)
        heard = self._to_detector.push(sound, last=last)
        frames = self._detected(self._detector, heard, last=last)
        state = self._detector.state if len(frames) and not last else None
        return Piece(sound, frames, state, last)

    def _detected(
        self, detector: SpeechDetector, heard: "NDArray[np.float32]", *, last: bool
    ) -> Frames:
        if not self._louder_db:
            return detector.push(heard, last=last)
        heard = np.clip(heard * np.float32(10 ** (self._louder_db / 20)), -1.0, 1.0)
        frames = detector.push(heard, last=last)
        levels_db = np.maximum(frames.levels_db - np.float32(self._louder_db), np.float32(-120))
        return Frames(frames.probabilities, levels_db)
