"""What the detector heard of a source, so that it need not hear that again.

The detector takes nearly all of the time of a listening, and what it says of a moment depends on
all that was before. So who comes back to a source keeps what it said, and where it stopped.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from audioset.hearing.speech.detector import (
    DETECTOR_RATE,
    DetectorState,
    Frames,
)
from audioset.hearing.speech.detector_graph import FRAME_SAMPLES
from audioset.hearing.speech.listen import Listening, Piece
from audioset.media.decode import AudioFacts


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of a source, from its start.

    Attributes:
        frames: of each output, equally many.
        states: of the detector behind them, one per output; empty where all was heard.
    """

    frames: tuple[Frames, ...]
    states: tuple[DetectorState, ...] = ()

    @property
    def num_frames(self) -> int:
        """How many frames of 32 ms there are of each output."""
        return len(self.frames[0])

    def reaches(self, sample: int | None, rate: int) -> bool:
        """Tell whether a source was heard up to a sample of a rate in Hz; None: to its end."""
        if not self.states or sample is None:
            return not self.states
        return sample * DETECTOR_RATE <= self.num_frames * FRAME_SAMPLES * rate


class RememberedListening:
    """A `Listening` that begins with what was heard before, and notes what comes.

    Attributes:
        hears_more: whether the detector listens, behind what was heard before.
    """

    def __init__(self, listening: Listening, before: Heard | None, *, hears_more: bool) -> None:
        """Begin.

        Args:
            listening: that goes on where the one before ended.
            before: what that one heard; None where there was none.
            hears_more: whether the detector listens, behind what was heard before.
        """
        self.hears_more = hears_more
        self.rate, self.num_outputs = listening.rate, listening.num_outputs
        self._listening, self._before = listening, before
        self._frames = [[before.frames[k]] if before else [] for k in range(self.num_outputs)]
        self._states = before.states if before else ()
        self._is_whole = before is not None and not before.states

    @property
    def audio(self) -> AudioFacts:
        """What is known of the track so far."""
        return self._listening.audio

    def pieces(self) -> Iterator[list[Piece]]:
        """Yield what comes next, one piece per output; see `Listening.pieces`."""
        if self._before is not None:
            yield [Piece(np.empty(0, np.float32), frames) for frames in self._before.frames]
        for pieces in self._listening.pieces():
            self._note(pieces)
            yield pieces

    def heard(self) -> Heard | None:
        """Give what was heard by now; None where that is nothing."""
        if not (self._is_whole or self._states):
            return None
        frames = tuple(Frames.join(parts) for parts in self._frames)
        return Heard(frames, () if self._is_whole else self._states)

    def _note(self, pieces: list[Piece]) -> None:
        for parts, piece in zip(self._frames, pieces, strict=True):
            if len(piece.frames):
                parts.append(piece.frames)
        if self.hears_more and pieces[0].last:
            self._is_whole = True
        states = tuple(piece.state for piece in pieces if piece.state is not None)
        self._states = states or self._states
