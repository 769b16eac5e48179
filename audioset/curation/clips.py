"""One source to its clips in one pass: decode once, resample once, detect, cut.

Each clip is given out as soon as its edges are certain: memory does not grow with the source.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audioset.curation.detector import DETECTOR_RATE, INAUDIBLE_DB, Frames, SpeechDetector
from audioset.curation.plan import Mark, Planner
from audioset.curation.tape import Tape
from audioset.media.resample import Resampler

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audioset.media.decode import OpenAudio

    Pcm = NDArray[np.int16] | NDArray[np.int32]

PlannerMaker = Callable[[Tape], Planner]


@dataclass(frozen=True, slots=True)
class CutClip:
    """One clip as it was cut.

    Attributes:
        mark: where it lies, in samples of its own rate from the start of the source, and what the
            cue says.
        samples: float32, shape (num_samples,), range [-1, 1].
        frames: the detector's frames of the clip, at least one.
        channel: number of the source's channel, from 1.
    """

    mark: Mark
    samples: "NDArray[np.float32]"
    frames: Frames
    channel: int = 1


def to_pcm(samples: "NDArray[np.float32]", bit_depth: int) -> "Pcm":
    """Round samples in [-1, 1] to integers; louder ones are held at full scale.

    Returns:
        int16 for 16 bits, int32 with the sample in the upper bits for 24.
    """
    full_scale = 1 << (bit_depth - 1)
    wide = np.float64 if bit_depth > 16 else np.float32
    scaled = np.multiply(samples, full_scale, dtype=wide)
    np.rint(scaled, out=scaled)
    np.clip(scaled, -full_scale, full_scale - 1, out=scaled)
    if bit_depth == 16:
        return scaled.astype(np.int16)
    return scaled.astype(np.int32) << (32 - bit_depth)


def to_samples(pcm: "Pcm") -> "NDArray[np.float32]":
    """Give integers of `to_pcm` as float32 in [-1, 1], as a decoder of the clip would."""
    return pcm.astype(np.float32) / np.float32(1 << (8 * pcm.itemsize - 1))


class ClipFinder:
    """The pass over one open source: cuts each of its outputs into clips, in order.

    Attributes:
        num_frames: frames of 32 ms so far, of all outputs.
        num_audible: how many of them are loud enough to be heard.
        loudest_dbfs: level of the loudest frame so far.
    """

    def __init__(
        self,
        audio: "OpenAudio",
        make_planner: PlannerMaker,
        *,
        sampling_rate: int | None = None,
        first_channel: int = 1,
    ) -> None:
        self.rate = sampling_rate or audio.sampling_rate
        self.num_frames = 0
        self.num_audible = 0
        self.loudest_dbfs = -120.0
        self._audio = audio
        self._first_channel = first_channel  # the source's, that the first output is
        self._lanes = [
            _Lane(audio.sampling_rate, self.rate, make_planner) for _ in range(audio.num_outputs)
        ]

    def clips(self) -> Iterator[CutClip]:
        """Yield the clips, each as soon as its edges are certain.

        Raises:
            MediaError: nothing of the source can be decoded, or it breaks a limit.
        """
        for block in self._audio.blocks():
            yield from self._advance(block, last=False)
        yield from self._advance(np.empty((len(self._lanes), 0), np.float32), last=True)

    def _advance(self, block: "NDArray[np.float32]", *, last: bool) -> Iterator[CutClip]:
        for channel, (lane, samples) in enumerate(
            zip(self._lanes, block, strict=True), self._first_channel
        ):
            frames, marks = lane.advance(samples, last=last)
            self.num_frames += len(frames)
            self.num_audible += int((frames.levels_db >= INAUDIBLE_DB).sum())
            self.loudest_dbfs = max(self.loudest_dbfs, float(frames.levels_db.max(initial=-120)))
            tape = lane.tape
            for mark in marks:
                sound = tape.sound(mark.start, mark.end)
                yield CutClip(mark, sound, tape.frames_within(mark.start, mark.end), channel)
            lane.forget()


class _Lane:
    """The way of one output: to the rate of the clips, to the detector, onto the tape."""

    def __init__(self, source_rate: int, rate: int, make_planner: PlannerMaker) -> None:
        self.tape = Tape(rate)
        self.planner = make_planner(self.tape)
        self._to_rate = Resampler(source_rate, rate, keep_quality=True)
        self._to_detector = Resampler(rate, DETECTOR_RATE)
        self._detector = SpeechDetector()

    def advance(self, samples: "NDArray[np.float32]", *, last: bool) -> tuple[Frames, list[Mark]]:
        sound = self._to_rate.push(samples, last=last)
        frames = self._detector.push(self._to_detector.push(sound, last=last), last=last)
        self.tape.write(sound, frames)
        return frames, self.planner.advance(frames, last=last)

    def forget(self) -> None:
        self.tape.forget_before(self.planner.keep_from)
