"""Move an edge that somebody gave to the nearest pause: captions are rarely exact.

An edge belongs to the pause that is nearest to it within reach. A start goes to where the speech
after that pause begins, an end to where the speech before it ends, each with padding and at the
quietest point of it, as in a cut by speech. Where no pause is within reach the edge stays.
"""

from itertools import groupby

import numpy as np

from audioset.curation.cut.edges.stretches import speech_goes_on_from
from audioset.curation.cut.edges.tape import Tape
from audioset.hearing.speech.detector import FRAME_SECONDS
from audioset.records.cut_options import CutOptions

_PAUSE_FRAMES = 3  # 96 ms: shorter dips are inside words
_LONGEST_PAUSE_FRAMES = 16  # how far beyond reach the ends of a pause are looked for


class Snapper:
    """Snaps edges on one tape.

    Attributes:
        reach: how many samples of the tape around an edge are looked at.
    """

    def __init__(self, options: CutOptions, tape: Tape) -> None:
        self._tape = tape
        self._speech_from = speech_goes_on_from(options)
        self._pad = round(options.pad_seconds * tape.rate)
        self._frames = round(options.snap_seconds / FRAME_SECONDS)
        self.reach = tape.sample_of(self._frames + _LONGEST_PAUSE_FRAMES + 2) + self._pad

    def move(self, start: int, end: int) -> tuple[int, int]:
        """Give both edges of a clip, moved; start is not before end where all of it is a pause."""
        return self._start(start), self._end(end)

    def _start(self, sample: int) -> int:
        pause = self._nearest_pause(sample)
        if pause is None:
            return sample
        _, onset = pause
        if onset > self._tape.frame_of(sample) + self._frames:
            return sample  # already in a long pause
        speech, low = self._tape.sample_of(onset), self._middle(pause)
        return self._tape.quietest(max(low, speech - self._pad), max(low, speech - self._pad // 3))

    def _end(self, sample: int) -> int:
        pause = self._nearest_pause(sample)
        if pause is None:
            return sample
        offset, _ = pause
        if offset < self._tape.frame_of(sample) - self._frames:
            return sample
        speech, high = self._tape.sample_of(offset), self._middle(pause)
        return self._tape.quietest(
            min(high, speech + self._pad // 3), min(high, speech + self._pad)
        )

    def _middle(self, pause: tuple[int, int]) -> int:
        """Neighbours that share a short pause share its middle: no sound is in both."""
        return min(self._tape.sound_end, self._tape.sample_of(sum(pause) // 2))

    def _nearest_pause(self, sample: int) -> tuple[int, int] | None:
        """Give the frames `[offset, onset)` of the nearest pause within reach."""
        frame = self._tape.frame_of(sample)
        low = max(0, frame - self._frames - _LONGEST_PAUSE_FRAMES)
        high = frame + self._frames + _LONGEST_PAUSE_FRAMES + 1
        speech = self._tape.frames(low, high).probabilities >= self._speech_from
        best, best_distance = None, self._frames + 1
        at = low
        for is_speech, run in groupby(np.asarray(speech).tolist()):
            length = len(list(run))
            distance = max(at - frame, frame - (at + length - 1), 0)
            if not is_speech and length >= _PAUSE_FRAMES and distance < best_distance:
                best, best_distance = (at, at + length), distance
            at += length
        return best
