"""Where the clips of a source lie: by what is heard, or by marks that were given.

A planner sees the tape grow and gives out each clip as soon as its edges are certain.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from audioset.curation.cut.edges.snap import Snapper
from audioset.curation.cut.edges.stretches import Segmenter, Stretch
from audioset.curation.cut.edges.tape import Tape
from audioset.curation.cut.edges.widen import WIDEN_FRAMES, count_loud, nearly_as_loud
from audioset.hearing.speech.detector import Frames
from audioset.records.cut_options import CutOptions
from audioset.records.lines import LineSpan, Writer
from audioset.records.player_clock import PlayerClock

_MIN_CUE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Mark:
    """A span that becomes a clip, in samples of the tape, with what is known of its text."""

    start: int
    end: int
    text: str | None = None
    speaker: str | None = None
    span: LineSpan | None = None  # the take of a line that it is
    writer: Writer | None = None  # of the text, where it has one of its own
    fixed: bool = False  # its edges are never moved
    given: int | None = None  # which of the spans it is that were given
    facts: tuple[tuple[str, str], ...] = ()  # manifest columns that its line says


class EdgeMover(Protocol):
    """Moves the edges of marks.

    Attributes:
        reach: how many samples of the tape around an edge are looked at.
    """

    reach: int

    def move(self, start: int, end: int) -> tuple[int, int]:
        """Move both edges of a clip; start is not before end where there is nothing to keep."""


class Planner(Protocol):
    """Decides where clips start and end."""

    @property
    def keep_from(self) -> int:
        """The first sample that clips to come can touch."""

    def advance(self, frames: Frames, *, last: bool) -> list[Mark]:
        """Take frames that were just written to the tape; give the clips that are certain."""


class SpeechPlanner:
    """Clips by speech or by level, padded; edges at the quietest point of the padding.

    A detector hears the vowels; the breathy start or the fading end of a word lies outside. So a
    stretch is first widened over frames that are nearly as loud as its speech, then padded.
    """

    def __init__(self, options: CutOptions, tape: Tape) -> None:
        self._tape = tape
        self._segmenter = Segmenter(options)
        self._pad = round(options.pad_seconds * tape.rate)
        self._pause_frames = self._segmenter.pause_frames
        self._widest_frames = min(WIDEN_FRAMES, self._pause_frames)
        self._previous_end = 0

    @property
    def keep_from(self) -> int:
        """The first sample that clips to come can touch."""
        first_frame = self._segmenter.keep_from_frame - self._pause_frames - 4
        return self._tape.sample_of(first_frame) - self._pad

    def advance(self, frames: Frames, *, last: bool) -> list[Mark]:
        """Take frames, give clips."""
        stretches = self._segmenter.push(frames)
        if last:
            stretches += self._segmenter.finish()
        return [self._mark(stretch) for stretch in stretches]

    def _mark(self, stretch: Stretch) -> Mark:
        levels_db = self._tape.frames(stretch.start_frame, stretch.end_frame).levels_db
        nearly_db = nearly_as_loud(levels_db)
        start, end = self._start_edge(stretch, nearly_db), self._end_edge(stretch, nearly_db)
        self._previous_end = end
        return Mark(start, end)

    def _start_edge(self, stretch: Stretch, nearly_db: float) -> int:
        if stretch.joins_previous:
            return self._previous_end
        tape, first = self._tape, max(0, stretch.start_frame - self._pause_frames)
        before = tape.frames(first, stretch.start_frame).levels_db[::-1]
        widened = stretch.start_frame - count_loud(before, nearly_db, self._widest_frames)
        speech = tape.sample_of(widened)
        low, high = speech - self._pad, speech - self._pad // 3
        return tape.quietest(max(self._previous_end, low), max(self._previous_end, high))

    def _end_edge(self, stretch: Stretch, nearly_db: float) -> int:
        tape = self._tape
        if stretch.joins_next:
            # The quietest point of the three frames around the split.
            middle = stretch.end_frame
            return tape.quietest(tape.sample_of(middle - 1), tape.sample_of(middle + 2))
        next_speech = stretch.end_frame + self._pause_frames  # not before this frame
        after = tape.frames(stretch.end_frame, next_speech).levels_db
        speech = tape.sample_of(
            stretch.end_frame + count_loud(after, nearly_db, self._widest_frames)
        )
        # What follows keeps some padding too.
        end = min(tape.sound_end, tape.sample_of(next_speech) - self._pad // 3)
        low, high = speech + self._pad // 3, speech + self._pad
        return tape.quietest(min(end, low), min(end, high))


class MarkPlanner:
    """Clips by marks in order of their starts: cues, or windows of one length.

    A mark that ends after the source is cut at its end; one that starts after it is left out. With
    a clock, marks are what a player shows, and a gap is only known once the tape has reached it.
    """

    def __init__(
        self,
        marks: Iterable[Mark],
        options: CutOptions,
        tape: Tape,
        *,
        windows: bool,
        mover: EdgeMover | None = None,
        clock: Callable[[], PlayerClock] | None = None,
    ) -> None:
        self._tape = tape
        self._clock = clock
        self._coming: Iterator[Mark] = iter(marks)
        self._next: Mark | None = next(self._coming, None)
        self._open: list[Mark] = []
        self._mover = mover or (Snapper(options, tape) if options.snap else None)
        self._reach = self._mover.reach if self._mover else 0
        self._windows = windows
        least_seconds = min(options.min_seconds, options.every_seconds)
        self._shortest = round((least_seconds if windows else _MIN_CUE_SECONDS) * tape.rate)
        self._last_end = 0  # of the mark before, as given

    @property
    def keep_from(self) -> int:
        """The first sample that clips to come can touch."""
        waiting = [*self._open, *([self._next] if self._next else [])]
        starts = [self._placed(mark).start for mark in waiting]
        return min([self._tape.sound_end, *starts]) - self._reach

    def advance(self, frames: Frames, *, last: bool) -> list[Mark]:  # noqa: ARG002  one protocol
        """Take marks that the tape has reached, give clips."""
        tape = self._tape
        ready_to = tape.sound_end if last else min(tape.sound_end, tape.sample_of(tape.frames_end))
        while self._next is not None and self._placed(self._next).start < tape.sound_end:
            self._open.append(self._next)
            self._next = next(self._coming, None)
        waiting, self._open = self._open, []
        found = []
        for mark in waiting:
            placed = self._placed(mark)
            if last or placed.end + self._reach <= ready_to:
                found.append(self._cut(placed))
            else:
                self._open.append(mark)
        return [mark for mark in found if mark is not None]

    def _placed(self, mark: Mark) -> Mark:
        """Give a mark by the samples of the tape."""
        clock = self._clock() if self._clock else None
        if clock is None or not clock.joints:
            return mark
        start, end = (
            round(clock.heard(at / self._tape.rate) * self._tape.rate)
            for at in (mark.start, mark.end)
        )
        return replace(mark, start=start, end=end)

    def _cut(self, mark: Mark) -> Mark | None:
        end = min(mark.end, self._tape.sound_end)
        if self._windows and end <= self._last_end:
            return None  # lies inside the window before it
        self._last_end = end
        start, end = (mark.start, end) if mark.fixed else self._moved(mark.start, end)
        if end - start < self._shortest:
            return None
        return replace(mark, start=start, end=end)

    def _moved(self, start: int, end: int) -> tuple[int, int]:
        if self._mover is None:
            return start, end
        moved = self._mover.move(start, end)
        # A cue over a pause stays as it was given; a window over one has nothing to keep.
        return moved if self._windows or moved[0] < moved[1] else (start, end)


def windows_of(options: CutOptions, rate: int) -> Iterator[Mark]:
    """Give windows of one length for ever, in samples; each next one `every - overlap` later."""
    length = round(options.every_seconds * rate)
    step = max(1, length - round(options.overlap_seconds * rate))
    start = 0
    while True:
        yield Mark(start, start + length)
        start += step
