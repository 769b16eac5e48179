"""The part of a source that the cutter still needs: its sound and the detector's frames.

Both are addressed by their number from the start of the source, whatever was dropped already.
"""

from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.speech.detector import DETECTOR_RATE, NO_FRAMES, Frames
from audioset.hearing.speech.detector_graph import FRAME_SAMPLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

_QUIET_WINDOW_SECONDS = 0.010
_MARGIN_FRAMES = 8  # kept before the sound, for a look around an edge


class Tape:
    """A window onto one channel of a source, written at its end and cleared at its start.

    Attributes:
        rate: samples per second of the sound, in Hz.
        sound_end: number of the first sample that is not there yet.
        frames_end: number of the first frame that is not there yet.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.sound_end = 0
        self.frames_end = 0
        self._pieces: list[NDArray[np.float32]] = []
        self._sound_start = 0
        self._frames = NO_FRAMES
        self._frames_start = 0

    def write(self, samples: "NDArray[np.float32]", frames: Frames) -> None:
        """Add what comes next; frames lag behind the samples."""
        if samples.size:
            self._pieces.append(samples)
            self.sound_end += samples.size
        if len(frames):
            self._frames = Frames.join([self._frames, frames])
            self.frames_end += len(frames)

    def forget_before(self, sample: int) -> None:
        """Drop whole pieces of sound, and frames, that nothing will ask for again."""
        while self._pieces and self._sound_start + self._pieces[0].size <= sample:
            self._sound_start += self._pieces.pop(0).size
        # Frames lag behind the sound: those that are not written yet cannot be dropped.
        keep = min(self.frames_end, self.frame_of(self._sound_start) - _MARGIN_FRAMES)
        if keep > self._frames_start:
            self._frames = self._frames[keep - self._frames_start :]
            self._frames_start = keep

    def sound(self, start: int, end: int) -> "NDArray[np.float32]":
        """Give samples `[start, end)`; float32, range [-1, 1]."""
        at, parts = self._sound_start, []
        for piece in self._pieces:
            low, high = max(0, start - at), min(piece.size, end - at)
            if low < high:
                parts.append(piece[low:high])
            at += piece.size
        return np.concatenate(parts) if parts else np.empty(0, np.float32)

    def frames(self, start_frame: int, end_frame: int) -> Frames:
        """Give frames `[start_frame, end_frame)`, as far as they are there."""
        first = max(0, start_frame - self._frames_start)
        return self._frames[first : max(first, end_frame - self._frames_start)]

    def frames_within(self, start: int, end: int) -> Frames:
        """Give the frames that samples `[start, end)` touch; at least one."""
        first = self.frame_of(start)
        return self.frames(first, max(first + 1, self.frame_of(end - 1) + 1))

    def sample_of(self, frame: int) -> int:
        """Give the first sample of a frame."""
        return round(frame * FRAME_SAMPLES * self.rate / DETECTOR_RATE)

    def frame_of(self, sample: int) -> int:
        """Give the frame that holds a sample."""
        return sample * DETECTOR_RATE // (FRAME_SAMPLES * self.rate)

    def quietest(self, low: int, high: int) -> int:
        """Give the middle of the quietest 10 ms of `[low, high)`; `low` when there is no room."""
        low, high = min(low, self.sound_end), min(high, self.sound_end)
        window = max(1, round(_QUIET_WINDOW_SECONDS * self.rate))
        count = (high - low) // window
        if count < 1:
            return low
        part = self.sound(low, low + count * window).reshape(count, window)
        power = np.einsum("ij,ij->i", part, part)
        return low + int(np.argmin(power)) * window + window // 2
