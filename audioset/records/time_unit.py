"""TimeUnit: what the numbers in a file of cues count."""

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from audioset.errors import InvalidInputError

_PER_SECOND = {
    "seconds": Fraction(1),
    "milliseconds": Fraction(1000),
    "microseconds": Fraction(10**6),
    "ticks": Fraction(10**7),  # of 100 ns, as in HTK and .NET
    "minutes": Fraction(1, 60),
    "hours": Fraction(1, 3600),
    "days": Fraction(1, 86_400),  # so spreadsheets keep times
}
_SAME = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "min": "minutes"}
_HHMMSS = "hhmmss"
_COUNTED = re.compile(r"(frames|samples)@([0-9]{1,6}(?:\.[0-9]{1,3})?)", re.ASCII)
# How people write the rates of television.
_NTSC = {"23.976": 24, "23.98": 24, "29.97": 30, "47.952": 48, "59.94": 60, "119.88": 120}
_TIMECODE = re.compile(r"([0-9]{1,2}):([0-5][0-9]):([0-5][0-9])([:;])([0-9]{2,3})", re.ASCII)
TIME_UNITS = (*_PER_SECOND, _HHMMSS, "frames@RATE", "samples@RATE")


@dataclass(frozen=True, slots=True)
class TimeUnit:
    """What one number counts.

    Attributes:
        name: one of `TIME_UNITS`, with the rate in its place.
        per_second: how many are a second; 0 for `hhmmss`, where 10203 is 1:02:03.
    """

    name: str
    per_second: Fraction

    def seconds(self, number: Decimal) -> Decimal:
        """Give a number of these as seconds."""
        if self.per_second:
            return number * self.per_second.denominator / self.per_second.numerator
        minutes, seconds = divmod(abs(number), 100)
        hours, minutes = divmod(minutes, 100)
        return (hours * 3600 + minutes * 60 + seconds).copy_sign(number)

    def of_timecode(self, text: str) -> Decimal | None:
        """Read `hh:mm:ss:ff`, or `hh:mm:ss;ff` with dropped frame numbers; None where it is none.

        Only frames read it, and none that has more frames than a second of them.
        """
        match = _TIMECODE.fullmatch(text.strip())
        if match is None or not self.name.startswith("frames"):
            return None
        hours, minutes, seconds, frame = (int(match[place]) for place in (1, 2, 3, 5))
        nominal = round(self.per_second)
        if frame >= nominal:
            return None
        count = (hours * 3600 + minutes * 60 + seconds) * nominal + frame
        if match[4] == ";":  # two numbers (of 60: four) are skipped each minute but the tenth
            passed = hours * 60 + minutes
            count -= round(nominal / 15) * (passed - passed // 10)
        return self.seconds(Decimal(count))


def parse_time_unit(text: str) -> TimeUnit:
    """Read the name of a unit, such as `milliseconds`, `ms` or `frames@29.97`.

    Raises:
        InvalidInputError: another word.
    """
    name = text.strip().lower()
    name = _SAME.get(name, name)
    if name in _PER_SECOND:
        return TimeUnit(name, _PER_SECOND[name])
    if name == _HHMMSS:
        return TimeUnit(name, Fraction(0))
    match = _COUNTED.fullmatch(name)
    if match is None or not float(match[2]):
        raise InvalidInputError(
            f"time_unit must be one of {', '.join(TIME_UNITS)} (frames@25, samples@16000); "
            f"got {text!r}"
        )
    ntsc = _NTSC.get(match[2])
    rate = Fraction(match[2]) if ntsc is None else Fraction(ntsc * 1000, 1001)
    return TimeUnit(name, rate)


def is_timecode(text: str) -> bool:
    """Tell whether a cell counts frames after the seconds."""
    return _TIMECODE.fullmatch(text.strip()) is not None
