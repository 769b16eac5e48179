"""Speech probabilities to stretches of speech: where a clip may start and end. Pure numbers.

Works frame by frame with a short memory, so that the result does not depend on how the frames
arrive, and a stretch is given out as soon as nothing that follows can change it.
"""

from dataclasses import dataclass

import numpy as np

from audioset.curation.detector import FRAME_SECONDS, Frames
from audioset.records.options import CutOptions

# Speech goes on until the probability falls this far below the threshold it began at: single
# doubtful frames inside a word do not end it (Silero's own hysteresis).
_HYSTERESIS = 0.15


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames `[start_frame, end_frame)` of speech.

    Attributes:
        joins_previous, joins_next: the edge is a split inside longer speech, not a pause: there is
            no room for padding on that side.
    """

    start_frame: int
    end_frame: int
    joins_previous: bool = False
    joins_next: bool = False


class Segmenter:
    """Find the stretches of speech of one source, fed with its frames from the start."""

    def __init__(self, options: CutOptions) -> None:
        self._options = options
        self._pause_frames = max(1, round(options.pause_seconds / FRAME_SECONDS))
        self._max_frames = int((options.max_seconds - 2 * options.pad_seconds) / FRAME_SECONDS)
        self._next_frame = 0
        self._start: int | None = None  # of the speech that goes on
        self._end = 0  # first frame after the last speech frame so far
        self._split = False  # the speech that goes on began at a split
        self._levels: list[float] = []  # of the frames since _start

    @property
    def keep_from_frame(self) -> int:
        """The first frame that stretches to come can touch; sound before it may be dropped."""
        return self._start if self._start is not None else self._next_frame

    def push(self, frames: Frames) -> list[Stretch]:
        """Take the next frames, give the stretches that are final."""
        found: list[Stretch] = []
        probabilities, levels_db = frames.probabilities.tolist(), frames.levels_db.tolist()
        for probability, level in zip(probabilities, levels_db, strict=True):
            found += self._step(probability, level)
        return found

    def finish(self) -> list[Stretch]:
        """Give the stretch that goes on until the end of the source, if any."""
        return self._close()

    def _step(self, probability: float, level: float) -> list[Stretch]:
        frame = self._next_frame
        self._next_frame += 1
        threshold = self._options.threshold
        if self._start is None:
            if probability >= threshold:
                self._start, self._end, self._levels = frame, frame + 1, [level]
            return []
        self._levels.append(level)
        if probability >= threshold - _HYSTERESIS:
            self._end = frame + 1
        if frame + 1 - self._end >= self._pause_frames:
            return self._close()
        if frame + 1 - self._start >= self._max_frames:
            return self._divide()
        return []

    def _close(self) -> list[Stretch]:
        start, self._start = self._start, None
        split, self._split = self._split, False
        if start is None or self._end <= start:
            return []
        # The rest of a split is speech however short: dropping it would lose the end of a phrase.
        if not split and (self._end - start) * FRAME_SECONDS < self._options.min_seconds:
            return []
        return [Stretch(start, self._end, joins_previous=split)]

    def _divide(self) -> list[Stretch]:
        """Split speech that is too long at the quietest place of its later half."""
        start = self._start
        if start is None:
            return []
        levels = np.array(self._levels)
        smooth = np.convolve(levels, np.full(3, 1 / 3), mode="same")
        half = levels.size // 2
        at = half + int(np.argmin(smooth[half:-1]))
        first = Stretch(start, start + at, joins_previous=self._split, joins_next=True)
        self._start, self._levels, self._split = start + at, self._levels[at:], True
        self._end = max(self._end, self._start)
        return [first]
