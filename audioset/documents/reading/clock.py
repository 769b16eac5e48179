"""Times as people and tools write them, read as exact decimals.

Decimal and not float, so that 17.660 is the float nearest to 17.660 in whatever format it stood,
and a start plus a length does not gain a rounding error.
"""

import re
from decimal import Decimal

# Bounded numbers of digits: no input can ask for a number that is slow to compute.
_CLOCK = re.compile(r"(-?)(?:(\d{1,5}):)?(\d{1,3}):(\d{1,2})(?:[.,](\d{1,9}))?", re.ASCII)
_NUMBER = re.compile(
    r"[-+]?(?:\d{1,16}(?:[.,]\d{0,20})?|[.,]\d{1,20})(?:[eE][-+]?\d{1,2})?", re.ASCII
)
_MAX_SECONDS = Decimal(10**16)  # a day of picoseconds, or this year in microseconds from 1970


def clock_seconds(text: str) -> Decimal | None:
    """Read `[h:]mm:ss[.fff]`, with a point or a comma; None when it is not that.

    Minutes after hours and seconds stay below 60. Digits after the point are a decimal fraction
    ("1,5" is a second and a half).
    """
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    sign, hours, minutes, seconds, fraction = match.groups()
    if int(seconds) > 59 or (hours is not None and int(minutes) > 59):
        return None
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    value = Decimal(f"{whole}.{fraction or 0}")
    return -value if sign else value


def number_seconds(text: str) -> Decimal | None:
    """Read a plain number of seconds (12, 12.5, 12,5, 1.25e1); None when it is not one."""
    if _NUMBER.fullmatch(text.strip()) is None:
        return None
    value = Decimal(text.strip().replace(",", "."))
    return value if abs(value) < _MAX_SECONDS else None


def time_seconds(text: str) -> Decimal | None:
    """Read either of the two; None when it is neither."""
    number = number_seconds(text)
    return clock_seconds(text) if number is None else number
