"""Timestamps against counted samples: where the clock of a file parts from its sound."""

from typing import NamedTuple

from audioset.records.player_clock import Joint, PlayerClock

# From this on a deviation means lost sound; rounding in mkv and ts, and priming, stay below.
GAP_SECONDS = 0.05
# So much sound must agree on a new time: single timestamps are wrong more often than clocks jump.
_PROOF_SECONDS = 0.1
# Recordings and broadcasts that were joined have clocks that begin anew. Formats whose clock may
# jump, and from how much on a jump is no gap: ffmpeg's AVFMT_TS_DISCONT and -dts_delta_threshold.
_JUMPING_FORMATS = frozenset({"mpegts", "mpeg", "ogg"})
_LONGEST_GAP_SECONDS = 10.0
_RESTART_SECONDS = 0.1  # backward; ffmpeg's too


_Anchor = tuple[float, float]  # a place by samples, and the timestamp that it has


class _Doubt(NamedTuple):
    """Another time, not proved yet; it came with a jump, or little by little."""

    anchor: _Anchor
    jumped: bool


class ClockWatch:
    """Watches the timestamps of one track while it is decoded.

    Attributes:
        clock: as far as it is known.
        num_gaps: places where sound is missing.
        missing_seconds: length of all gaps.
        first_gap_seconds: place of the first, by samples.
        drift_seconds: by how much timestamps run away from the sound without any gap; below 0
            where they lag behind.
        num_restarts: places where the timestamps begin anew; time goes on there.
        first_restart_seconds: place of the first, by samples.
    """

    def __init__(self, container: str) -> None:
        self.clock = PlayerClock()
        self.num_gaps = 0
        self.missing_seconds = 0.0
        self.first_gap_seconds: float | None = None
        self.drift_seconds = 0.0
        self.num_restarts = 0
        self.first_restart_seconds: float | None = None
        self._may_jump = container in _JUMPING_FORMATS
        self._base: _Anchor | None = None
        self._doubt: _Doubt | None = None
        self._expected: float | None = None  # timestamp that the next frame has without a jump

    @property
    def doubts(self) -> bool:
        """Whether the newest frames deviate, and more must be seen to say what it means."""
        return self._doubt is not None

    def see(self, claimed: float, heard_seconds: float, length_seconds: float) -> None:
        """Take a frame.

        Args:
            claimed: its timestamp, in seconds.
            heard_seconds: sound before it, by samples.
            length_seconds: of the frame.
        """
        # Called for every frame, of which there may be millions.
        expected, self._expected = self._expected, claimed + length_seconds
        base = self._base
        if base is None:
            base = self._base = heard_seconds, claimed
        if -GAP_SECONDS < claimed - (base[1] + heard_seconds - base[0]) < GAP_SECONDS:
            self._doubt = None
            return
        step = 0.0 if expected is None else claimed - expected
        doubt = self._doubt
        if doubt is None or abs(_deviation(doubt.anchor, heard_seconds, claimed)) >= GAP_SECONDS:
            jumped = abs(step) >= length_seconds / 2
            self._doubt = _Doubt((heard_seconds, claimed), jumped=jumped)
        elif heard_seconds + length_seconds - doubt.anchor[0] >= _PROOF_SECONDS:
            self._believe(doubt)

    def begin_anew(self) -> None:
        """Expect other timestamps from here on, without a gap: another file begins."""
        self.finish()
        self._base = self._expected = None

    def finish(self) -> None:
        """Believe what the last frames say: no more will come."""
        if self._doubt is not None:
            self._believe(self._doubt)

    def _believe(self, doubt: _Doubt) -> None:
        heard_seconds, claimed = doubt.anchor
        deviation = _deviation(self._base or doubt.anchor, heard_seconds, claimed)
        self._base, self._doubt = (heard_seconds, claimed), None
        shown = self.clock.shown(heard_seconds) + deviation
        # Back to before all that was heard is a new beginning; less puts a wrong time right.
        begins_anew = deviation <= -_RESTART_SECONDS and shown < heard_seconds - GAP_SECONDS
        if begins_anew or (self._may_jump and deviation > _LONGEST_GAP_SECONDS):
            self.num_restarts += 1
            if self.first_restart_seconds is None:
                self.first_restart_seconds = heard_seconds
            return
        self.clock = PlayerClock((*self.clock.joints, Joint(heard_seconds, shown)))
        if not doubt.jumped:
            self.drift_seconds += deviation
            return
        self.num_gaps += deviation > 0
        self.missing_seconds += deviation
        if self.first_gap_seconds is None:
            self.first_gap_seconds = heard_seconds

    def sentences(self) -> tuple[str, ...]:
        """Say where the clock parts from the sound, a sentence for each way."""
        said = []
        if self.missing_seconds >= GAP_SECONDS:
            places = "1 place" if self.num_gaps == 1 else f"{self.num_gaps} places"
            said.append(
                f"{self.missing_seconds:.2f} s of sound are missing inside, in {places} (the first "
                f"at {self.first_gap_seconds or 0:.1f} s); start_seconds counts the sound that is "
                "there, a player shows later times"
            )
        if self.num_restarts:
            times = "once" if self.num_restarts == 1 else f"{self.num_restarts} times"
            said.append(
                f"the file's clock begins anew {times} (first at "
                f"{self.first_restart_seconds or 0:.1f} s): parts that were joined; times go on "
                "over it"
            )
        if abs(self.drift_seconds) >= GAP_SECONDS:
            way = "ahead of" if self.drift_seconds > 0 else "behind"
            said.append(
                f"the file's clock runs {abs(self.drift_seconds):.2f} s {way} its sound by the end"
            )
        return tuple(said)


def _deviation(anchor: _Anchor, heard_seconds: float, claimed: float) -> float:
    """Give by how much a timestamp is later than what an anchor and the samples since tell."""
    return claimed - (anchor[1] + heard_seconds - anchor[0])
