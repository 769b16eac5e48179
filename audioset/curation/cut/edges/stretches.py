"""Speech probabilities to stretches of speech: where a clip may start and end. Pure numbers.

Works frame by frame with a short memory, so that the result does not depend on how the frames
arrive, and a stretch is given out as soon as nothing that follows can change it.
"""

from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from audioset.hearing.speech.detector import FRAME_SECONDS, Frames
from audioset.records.cut_options import CutOptions

# Speech goes on until the probability falls this far below the threshold it began at: single
# doubtful frames inside a word do not end it (Silero's own hysteresis).
_HYSTERESIS = 0.15
_LEAST_THRESHOLD = 0.01  # below this lies everything
MERGE_GAP_SECONDS = 1.0  # neighbours further apart than this were not said together
_BEST_PAUSE_FRAMES = 3  # 96 ms: shorter dips are inside words
# The detector hears the vowels, so a word is longer than what it hears of it: "eight" of 0.3 s has
# 4 to 6 frames. So much is allowed for, where it is sure somewhere; of knocks it seldom is.
_UNHEARD_FRAMES = 3
_SURE = 0.7


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames `[start_frame, end_frame)` of speech; more than a span in that it may go on beside it.

    Attributes:
        joins_previous, joins_next: the edge is a split inside longer speech, not a pause: there is
            no room for padding on that side.
        sure: the detector is sure of speech somewhere in it.
    """

    start_frame: int
    end_frame: int
    joins_previous: bool = False
    joins_next: bool = False
    sure: bool = False

    @property
    def num_frames(self) -> int:
        """Length in frames."""
        return self.end_frame - self.start_frame


def speech_goes_on_from(options: CutOptions) -> float:
    """Give the probability from which speech that has begun goes on."""
    return max(options.threshold - _HYSTERESIS, _LEAST_THRESHOLD)


class Segmenter:
    """Find the stretches of speech of one source, fed with its frames from the start.

    Attributes:
        pause_frames: so many frames without speech end a stretch.
    """

    def __init__(self, options: CutOptions) -> None:
        self.pause_frames = max(1, round(options.pause_seconds / FRAME_SECONDS))
        self._max_frames = int((options.max_seconds - 2 * options.pad_seconds) / FRAME_SECONDS)
        self._silence_db = options.silence_dbfs if options.by == "silence" else None
        self._begins, self._goes_on = options.threshold, speech_goes_on_from(options)
        if self._silence_db is not None:
            self._begins = self._goes_on = 0.5
        self._next_frame = 0
        self._start: int | None = None  # of the speech that goes on
        self._end = 0  # first frame after the last speech frame so far
        self._sure = False  # of the speech that goes on
        self._split = False  # the speech that goes on began at a split
        self._levels: list[float] = []  # of the frames since _start
        self._speech: list[bool] = []  # whether they are speech
        self._merger = _Merger(options)

    @property
    def keep_from_frame(self) -> int:
        """The first frame that stretches to come can touch; sound before it may be dropped."""
        going_on = self._start if self._start is not None else self._next_frame
        held = self._merger.held
        return min(going_on, held.start_frame) if held else going_on

    def push(self, frames: Frames) -> list[Stretch]:
        """Take the next frames, give the stretches that are final."""
        found: list[Stretch] = []
        levels_db = frames.levels_db.tolist()
        if self._silence_db is None:
            scores = frames.probabilities.tolist()
        else:  # by level alone: sound is certain, silence is none
            scores = (frames.levels_db >= self._silence_db).astype(float).tolist()
        for score, level in zip(scores, levels_db, strict=True):
            stretch = self._step(score, level)
            if stretch is not None:
                found += self._merger.push(stretch)
        return found + self._merger.release_before(self._start or self._next_frame)

    def finish(self) -> list[Stretch]:
        """Give what goes on until the end of the source, if anything."""
        last = self._close()
        return (self._merger.push(last) if last else []) + self._merger.finish()

    def _step(self, score: float, level: float) -> Stretch | None:
        frame = self._next_frame
        self._next_frame += 1
        if self._start is None:
            if score >= self._begins:
                self._start, self._end = frame, frame + 1
                self._levels, self._speech = [level], [True]
                self._sure = self._is_sure(score)
            return None
        self._sure = self._sure or self._is_sure(score)
        self._levels.append(level)
        self._speech.append(score >= self._goes_on)
        if score >= self._goes_on:
            self._end = frame + 1
        if frame + 1 - self._end >= self.pause_frames:
            return self._close()
        if frame + 1 - self._start >= self._max_frames:
            return self._divide(self._start)
        return None

    def _close(self) -> Stretch | None:
        start, self._start = self._start, None
        split, self._split = self._split, False
        if start is None or self._end <= start:
            return None
        return Stretch(start, self._end, joins_previous=split, sure=self._sure)

    def _is_sure(self, score: float) -> bool:
        return score >= _SURE and self._silence_db is None

    def _divide(self, start: int) -> Stretch:
        """Split speech that is too long at the best pause of its later half."""
        at = _best_pause(self._speech, self._levels)
        first = Stretch(start, start + at, joins_previous=self._split, joins_next=True)
        self._start, self._split = start + at, True
        self._levels, self._speech = self._levels[at:], self._speech[at:]
        self._end = max(self._end, self._start)
        return first


def _best_pause(speech: list[bool], levels_db: list[float]) -> int:
    """Give the frame to split at: the middle of the longest pause, else the quietest place."""
    half = len(speech) // 2
    at, best, best_length = half, 0, 0
    for is_speech, run in groupby(speech[half:-1]):
        length = len(list(run))
        if not is_speech and length > best_length:
            best, best_length = at + length // 2, length
        at += length
    if best_length >= _BEST_PAUSE_FRAMES:
        return best
    smooth = np.convolve(np.array(levels_db), np.full(3, 1 / 3), mode="same")
    return half + int(np.argmin(smooth[half:-1]))


class _Merger:
    """Join short stretches with their neighbours, then drop what is still too short.

    Greedy from the start: a stretch is joined with the one before it when either of them is short,
    they are close, and the whole is not too long.
    """

    def __init__(self, options: CutOptions) -> None:
        self.held: Stretch | None = None  # may still be joined with what follows
        self._merge_frames = options.merge_seconds / FRAME_SECONDS
        self._gap_frames = MERGE_GAP_SECONDS / FRAME_SECONDS
        self._max_frames = (options.max_seconds - 2 * options.pad_seconds) / FRAME_SECONDS
        self._min_frames = options.min_seconds / FRAME_SECONDS

    def push(self, stretch: Stretch) -> list[Stretch]:
        held, self.held = self.held, stretch
        if held is None:
            return []
        if self._belong_together(held, stretch):
            self.held = replace(
                held,
                end_frame=stretch.end_frame,
                joins_next=stretch.joins_next,
                sure=held.sure or stretch.sure,
            )
            return []
        return self._long_enough(held)

    def release_before(self, frame: int) -> list[Stretch]:
        """Give what is held when the next stretch, from `frame` on, cannot reach it."""
        held = self.held
        if held is None:
            return []
        if self._merge_frames and frame - held.end_frame <= self._gap_frames:
            return []
        self.held = None
        return self._long_enough(held)

    def finish(self) -> list[Stretch]:
        held, self.held = self.held, None
        return self._long_enough(held) if held else []

    def _belong_together(self, first: Stretch, second: Stretch) -> bool:
        return (
            min(first.num_frames, second.num_frames) < self._merge_frames
            and second.start_frame - first.end_frame <= self._gap_frames
            and second.end_frame - first.start_frame <= self._max_frames
        )

    def _long_enough(self, stretch: Stretch) -> list[Stretch]:
        # A part of a split is speech however short: dropping it would lose a piece of a phrase.
        part = stretch.joins_previous or stretch.joins_next
        num_frames = stretch.num_frames + (_UNHEARD_FRAMES if stretch.sure else 0)
        return [stretch] if part or num_frames >= self._min_frames else []
