"""What is heard of a source to its clips.

Each clip is given out as soon as its edges are certain: memory does not grow with the source.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audioset.curation.cut.edges.planners import Mark, Planner
from audioset.curation.cut.edges.tape import Tape
from audioset.hearing.speech.detector import INAUDIBLE_DB, NO_FRAMES, Frames
from audioset.hearing.speech.listen import Listening, Piece

if TYPE_CHECKING:
    from numpy.typing import NDArray

PlannerMaker = Callable[[Tape], Planner]


@dataclass(frozen=True, slots=True)
class CutClip:
    """One clip as it was cut.

    Attributes:
        mark: where it lies, in samples of its own rate from the start of the source, and what the
            cue says.
        samples: float32, shape (num_samples,), full scale 1.
        frames: the detector's frames of the clip, at least one.
        channel: number of the source's channel, from 1.
    """

    mark: Mark
    samples: "NDArray[np.float32]"
    frames: Frames
    channel: int = 1


class ClipFinder:
    """The pass over one source that is listened to: cuts each of its outputs into clips, in order.

    Attributes:
        num_frames: frames of 32 ms so far, of all outputs.
        num_audible: how many of them are loud enough to be heard.
        loudest_dbfs: level of the loudest frame so far.
    """

    def __init__(
        self, listening: Listening, make_planner: PlannerMaker, *, first_channel: int = 1
    ) -> None:
        self.num_frames = 0
        self.num_audible = 0
        self.loudest_dbfs = -120.0
        self._listening = listening
        self._first_channel = first_channel  # the source's, that the first output is
        tapes = [Tape(listening.rate) for _ in range(listening.num_outputs)]
        self._lanes = [(tape, make_planner(tape)) for tape in tapes]

    def clips(self) -> Iterator[CutClip]:
        """Yield the clips, each as soon as its edges are certain.

        Raises:
            MediaError: nothing of the source can be decoded, or it breaks a limit.
        """
        for pieces in self._listening.pieces():
            yield from self._advance(pieces, last=False)
        nothing = Piece(np.empty(0, np.float32), NO_FRAMES)
        yield from self._advance([nothing] * len(self._lanes), last=True)

    def _advance(self, pieces: list[Piece], *, last: bool) -> Iterator[CutClip]:
        for channel, ((tape, planner), piece) in enumerate(
            zip(self._lanes, pieces, strict=True), self._first_channel
        ):
            frames = piece.frames
            self.num_frames += len(frames)
            self.num_audible += int((frames.levels_db >= INAUDIBLE_DB).sum())
            self.loudest_dbfs = max(self.loudest_dbfs, float(frames.levels_db.max(initial=-120)))
            tape.write(piece.sound, frames)
            for mark in planner.advance(frames, last=last):
                sound = tape.sound(mark.start, mark.end)
                yield CutClip(mark, sound, tape.frames_within(mark.start, mark.end), channel)
            tape.forget_before(planner.keep_from)
