"""Why cues do not fit their recording: another unit, another origin, another speed.

Nothing is moved here. The likely reason is found from how the cues would lie if it were so, and
said with the option that changes it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from audioset.documents.cues.tidy import trim
from audioset.documents.cues.units import in_unit
from audioset.errors import as_option
from audioset.records.cue import Cue
from audioset.records.time_unit import parse_time_unit

# A last caption often stays after the sound; all beyond this is another matter.
_LONGER_SHARE, _LONGER_SECONDS = 0.2, 5.0
_ROUNDING_SHARE, _ROUNDING_SECONDS = 0.01, 0.5  # of cues that fit
_FEW = 2  # cues beyond the end that need no reason
_CUE_SECONDS = (0.1, 60.0)  # that a cue usually lasts
_LEAST_COVERED = 0.1  # of a recording, where its cues are meant to fit
_TINY_SHARE = 0.02  # of a recording, in which all cues are too near to each other
_OLDEST_CLOCK_SECONDS = 360_000  # a hundred hours; beyond, they are counted from some year
_SPEEDS = {"1000/1001": 1000 / 1001, "24/25": 24 / 25, "24000/25025": 24_000 / 25_025}
_FRAME_RATES = (25, 24, 30, 50, 60)
_AS_THEY_ARE = f"{as_option('time_unit', 'seconds')} takes them as they are"


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """Which cues do not fit.

    Attributes:
        sentences: what becomes of single ones, and of many the likely reason, and the option that
            changes it; none where all fit.
        hopeless: what fits is so little that cutting by it makes no sense.
    """

    sentences: tuple[str, ...]
    hopeless: bool = False


def explain_misfit(
    cues: Sequence[Cue],
    length_seconds: float,
    sampling_rate: int,
    *,
    unit: str | None,
    may_be_large: bool,
) -> Misfit:
    """Say which cues do not fit into a recording, and of many why: they are trimmed to it.

    Args:
        cues: with lengths above 0.
        length_seconds: of the recording.
        sampling_rate: of the recording, in Hz.
        unit: as in `CueFile.unit`.
        may_be_large: nothing about the file's kind says that its numbers are seconds, so that they
            may as well be minutes or days.
    """
    found = trim(cues, length_seconds).problems
    if not cues or length_seconds <= 0:
        return Misfit(sentences=found)
    recording = _Recording(length_seconds, sampling_rate)
    num_inside = sum(recording.holds(cue) for cue in cues)
    if num_inside == len(cues):
        tiny = _explain_tiny(cues, recording) if may_be_large and unit is None else None
        return Misfit(sentences=(tiny,), hopeless=True) if tiny else Misfit(sentences=found)
    reason = next(_reasons(cues, recording, unit), None) if 2 * num_inside < len(cues) else None
    hopeless = num_inside == 0 or (reason is not None and unit in (None, "clock"))
    if not hopeless and len(cues) - num_inside <= _FEW:
        return Misfit(sentences=found)
    if reason is None:
        late = "; are they of another recording?" if hopeless else ""
        reason = _slight_reason(cues, recording) or late
    elif unit in (None, "clock") and num_inside:
        reason = f"{reason}; {_AS_THEY_ARE}"
    last = max(cue.end_seconds for cue in cues)
    why = (
        f"{len(cues) - num_inside} of {len(cues)} cues lie beyond the end (the last ends at "
        f"{_clock(last)}, the recording at {_clock(length_seconds)}){reason}"
    )
    return Misfit(sentences=(why,) if hopeless else (*found, why), hopeless=hopeless)


@dataclass(frozen=True, slots=True)
class _Recording:
    length_seconds: float
    sampling_rate: int

    def holds(self, cue: Cue) -> bool:
        """Tell whether a cue lies inside, but for an end that is late as ends sometimes are."""
        late = max(_LONGER_SECONDS, _LONGER_SHARE * self.length_seconds)
        return (
            cue.start_seconds < self.length_seconds
            and cue.end_seconds <= self.length_seconds + late
        )

    def fits(self, cues: Sequence[Cue]) -> bool:
        """Tell whether cues lie in here as cues are meant to."""
        last = max(cue.end_seconds for cue in cues)
        usual = median(cue.end_seconds - cue.start_seconds for cue in cues)
        return (
            min(cue.start_seconds for cue in cues) >= 0
            and _LEAST_COVERED * self.length_seconds <= last <= self.latest
            and _CUE_SECONDS[0] <= usual <= _CUE_SECONDS[1]
        )

    @property
    def latest(self) -> float:
        """Where the last cue may end when all of them fit, in seconds."""
        return self.length_seconds * (1 + _ROUNDING_SHARE) + _ROUNDING_SECONDS


def _explain_tiny(cues: Sequence[Cue], recording: _Recording) -> str | None:
    last = max(cue.end_seconds for cue in cues)
    usual = median(cue.end_seconds - cue.start_seconds for cue in cues)
    if (
        len(cues) <= _FEW
        or usual > _CUE_SECONDS[0]
        or last > _TINY_SHARE * recording.length_seconds
    ):
        return None
    for name in ("minutes", "hours", "days"):
        if recording.fits(in_unit(cues, parse_time_unit(name))):
            return (
                f"all {len(cues)} cues lie in the first {last:.3g} s of "
                f"{_clock(recording.length_seconds)}; the times seem to be {name}: "
                f"{as_option('time_unit', name)}; {_AS_THEY_ARE}"
            )
    return None


def _reasons(cues: Sequence[Cue], recording: _Recording, unit: str | None) -> Iterator[str]:
    """Give what would make all cues fit, the likeliest first."""
    if unit is None:
        yield from _units(cues, recording)
    if recording.fits([cue.moved(stretch=1 / 60) for cue in cues]):
        yield "; minutes and seconds seem to be read as hours and minutes: " + as_option(
            "stretch", "1/60"
        )
    first = min(cue.start_seconds for cue in cues)
    for origin in dict.fromkeys((first // 3600 * 3600, float(int(first)))):
        if origin > 0 and recording.fits([cue.moved(shift_seconds=-origin) for cue in cues]):
            shift = _clock(origin) if origin < _OLDEST_CLOCK_SECONDS else f"{origin:.0f}"
            yield f"; the cues seem to begin at {shift}: {_shifted(shift)}"


def _units(cues: Sequence[Cue], recording: _Recording) -> Iterator[str]:
    whole = all(cue.start_seconds % 1 == cue.end_seconds % 1 == 0 for cue in cues)
    names = ["milliseconds", f"samples@{recording.sampling_rate}", "microseconds", "ticks"]
    frames = [f"frames@{rate}" for rate in _FRAME_RATES]
    fitting = [
        name
        for name in [*names, *frames, "hhmmss"]
        if (whole or not name.startswith(("frames", "samples")))
        and recording.fits(in_unit(cues, parse_time_unit(name)))
    ]
    rates = [name.partition("@")[2] for name in fitting if name in frames]
    for name in fitting:
        if name in frames:
            others = f", or {', '.join(rates[1:])} a second" if rates[1:] else ""
            yield f"; the times seem to be frames: {as_option('time_unit', name)}{others}"
            return
        yield f"; the times seem to be {name.partition('@')[0]}: " + as_option("time_unit", name)


def _slight_reason(cues: Sequence[Cue], recording: _Recording) -> str:
    """Say what else makes some cues too late, where most of them fit."""
    first, last = min(cue.start_seconds for cue in cues), max(cue.end_seconds for cue in cues)
    for words, ratio in _SPEEDS.items():
        if (1 - _ROUNDING_SHARE) * recording.length_seconds <= last * ratio <= recording.latest:
            return f"; if they are of a film at another speed: {as_option('stretch', words)}"
    late = last - recording.length_seconds
    if late <= first + _ROUNDING_SECONDS:
        return f"; if the beginning was cut away: {_shifted(_clock(late))}"
    return ""


def _shifted(by: str) -> str:
    return as_option("shift_seconds", f"-{by}", flag="shift")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
