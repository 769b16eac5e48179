"""One source to its clips in one pass: decode once, resample once, detect, cut.

Each clip is given out as soon as its edges are certain: memory does not grow with the source.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audioset.curation.detector import (
    DETECTOR_RATE,
    FRAME_SAMPLES,
    INAUDIBLE_DB,
    NO_FRAMES,
    Frames,
    SpeechDetector,
)
from audioset.curation.segment import Segmenter, Stretch
from audioset.media.resample import Resampler
from audioset.records.options import CutOptions
from audioset.records.span import Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audioset.media.decode import AudioReader

    Pcm = NDArray[np.int16] | NDArray[np.int32]

# Decoded frames are handed on in pieces of about this many seconds: fewer calls, same result.
_PIECE_SECONDS = 2.0
_QUIET_WINDOW_SECONDS = 0.010
_MARGIN_FRAMES = 4  # kept beyond the padding, for rounding


@dataclass(frozen=True, slots=True)
class CutClip:
    """One clip as it was cut.

    Attributes:
        span: where it lies in the source.
        pcm: int16, or int32 with 24 bits in the upper bits; shape (num_samples,).
        frames: the detector's frames of the clip.
    """

    span: Span
    pcm: "Pcm"
    frames: Frames


def whole_clip(audio: "AudioReader") -> CutClip:
    """Take a whole source as one clip.

    Raises:
        MediaError: nothing of the source can be decoded.
    """
    samples = np.concatenate(list(audio.blocks()))
    at_16_khz = Resampler(audio.sampling_rate, DETECTOR_RATE).push(samples, last=True)
    frames = SpeechDetector().push(at_16_khz, last=True)
    return CutClip(Span(0, samples.size), to_pcm(samples, audio.bit_depth), frames)


def to_pcm(samples: "NDArray[np.float32]", bit_depth: int) -> "Pcm":
    """Round samples in [-1, 1] to integers; louder ones are held at full scale.

    Returns:
        int16 for 16 bits, int32 with the sample in the upper bits for 24.
    """
    full_scale = 1 << (bit_depth - 1)
    scaled = samples.astype(np.float64) if bit_depth > 16 else samples
    integers = np.clip(np.rint(scaled * full_scale), -full_scale, full_scale - 1)
    if bit_depth == 16:
        return integers.astype(np.int16)
    return integers.astype(np.int32) << (32 - bit_depth)


def to_samples(pcm: "Pcm") -> "NDArray[np.float32]":
    """Give integers of `to_pcm` as float32 in [-1, 1], as a decoder of the clip would."""
    return pcm.astype(np.float32) / np.float32(1 << (8 * pcm.itemsize - 1))


def _pieces(audio: "AudioReader") -> "Iterator[NDArray[np.float32]]":
    waiting: list[NDArray[np.float32]] = []
    size = 0
    for block in audio.blocks():
        waiting.append(block)
        size += block.size
        if size >= _PIECE_SECONDS * audio.sampling_rate:
            yield np.concatenate(waiting)
            waiting, size = [], 0
    if waiting:
        yield np.concatenate(waiting)


class ClipFinder:
    """The pass over one open source: cuts its speech into clips, in order.

    Attributes:
        num_frames: frames of 32 ms so far.
        num_audible: how many of them are loud enough to be heard.
    """

    def __init__(self, audio: "AudioReader", options: CutOptions) -> None:
        self.num_frames = 0
        self.num_audible = 0
        self._audio = audio
        self._rate = audio.sampling_rate
        self._pad_samples = round(options.pad_seconds * self._rate)
        self._resampler = Resampler(self._rate, DETECTOR_RATE)
        self._detector = SpeechDetector()
        self._segmenter = Segmenter(options)
        self._sound: list[Pcm] = []
        self._sound_start = 0  # sample number of the first sample in _sound
        self._sound_end = 0
        self._frames = NO_FRAMES
        self._frames_start = 0
        self._previous_end = 0

    def clips(self) -> Iterator[CutClip]:
        """Yield the clips, each as soon as its edges are certain.

        Raises:
            MediaError: nothing of the source can be decoded, or it breaks a limit.
        """
        for piece in _pieces(self._audio):
            self._sound.append(to_pcm(piece, self._audio.bit_depth))
            self._sound_end += piece.size
            yield from self._advance(self._resampler.push(piece, last=False), last=False)
        rest = self._resampler.push(np.empty(0, np.float32), last=True)
        yield from self._advance(rest, last=True)

    def _advance(self, at_16_khz: "NDArray[np.float32]", *, last: bool) -> Iterator[CutClip]:
        frames = self._detector.push(at_16_khz, last=last)
        self.num_frames += len(frames)
        self.num_audible += int((frames.levels_db >= INAUDIBLE_DB).sum())
        self._frames = Frames.join([self._frames, frames])
        stretches = self._segmenter.push(frames)
        if last:
            stretches += self._segmenter.finish()
        for stretch in stretches:
            yield self._cut(stretch)
        self._forget()

    def _cut(self, stretch: Stretch) -> CutClip:
        sound = self._joined_sound()
        start = self._start_edge(stretch, sound)
        end = self._end_edge(stretch, sound)
        self._previous_end = end
        pcm = sound[start - self._sound_start : end - self._sound_start].copy()
        first = self._frame_of(start) - self._frames_start
        after = max(first + 1, self._frame_of(end - 1) + 1 - self._frames_start)
        return CutClip(Span(start, end), pcm, self._frames[first:after])

    def _start_edge(self, stretch: Stretch, sound: "Pcm") -> int:
        speech = self._sample_of(stretch.start_frame)
        if stretch.joins_previous:
            return speech
        lowest = max(self._previous_end, self._sound_start)
        low, high = speech - self._pad_samples, speech - self._pad_samples // 3
        return self._quietest(sound, max(lowest, low), max(lowest, high))

    def _end_edge(self, stretch: Stretch, sound: "Pcm") -> int:
        speech = min(self._sample_of(stretch.end_frame), self._sound_end)
        if stretch.joins_next:
            return speech
        low, high = speech + self._pad_samples // 3, speech + self._pad_samples
        return self._quietest(sound, min(self._sound_end, low), min(self._sound_end, high))

    def _quietest(self, sound: "Pcm", low: int, high: int) -> int:
        """Give the middle of the quietest 10 ms of `[low, high)`; `low` when there is no room."""
        window = max(1, round(_QUIET_WINDOW_SECONDS * self._rate))
        count = (high - low) // window
        if count < 1:
            return low
        offset = low - self._sound_start
        part = to_samples(sound[offset : offset + count * window]).reshape(count, window)
        power = np.einsum("ij,ij->i", part, part)
        return low + int(np.argmin(power)) * window + window // 2

    def _joined_sound(self) -> "Pcm":
        if len(self._sound) > 1:
            joined: Any = np.concatenate(self._sound)
            self._sound = [joined]
        return self._sound[0]

    def _forget(self) -> None:
        """Drop what no clip to come can touch."""
        keep_frame = self._segmenter.keep_from_frame - _MARGIN_FRAMES
        keep_sample = self._sample_of(keep_frame) - self._pad_samples
        while self._sound and self._sound_start + self._sound[0].size <= keep_sample:
            self._sound_start += self._sound.pop(0).size
        if self._sound and keep_sample > self._sound_start:
            # Cutting joined the pieces: a copy of the rest lets go of the whole.
            self._sound[0] = self._sound[0][keep_sample - self._sound_start :].copy()
            self._sound_start = keep_sample
        keep_frame = self._frame_of(max(0, keep_sample)) - _MARGIN_FRAMES
        if keep_frame > self._frames_start:
            self._frames = self._frames[keep_frame - self._frames_start :]
            self._frames_start = keep_frame

    def _sample_of(self, frame: int) -> int:
        return round(frame * FRAME_SAMPLES * self._rate / DETECTOR_RATE)

    def _frame_of(self, sample: int) -> int:
        return sample * DETECTOR_RATE // (FRAME_SAMPLES * self._rate)
