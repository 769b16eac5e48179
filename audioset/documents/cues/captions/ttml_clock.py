"""Times of TTML: clock times, offsets, frames and ticks, by what a document says of its clock.

Format: W3C, Timed Text Markup Language 1 and 2, section 12 (timing) and 6.2 (parameters).
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from xml.etree.ElementTree import Element

from audioset.documents.reading.text import shown
from audioset.documents.reading.xml_tree import attribute
from audioset.errors import InvalidInputError

_CLOCK = re.compile(
    r"(\d{1,5}):(\d{1,2}):(\d{1,2})(?:[.,](\d{1,9})|[:;](\d{1,4})(?:\.(\d{1,4}))?)?", re.ASCII
)
_OFFSET = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)(h|ms|m|s|f|t)", re.ASCII)
# As Apple's players and many exports write them: m:ss.fff, and seconds without a unit.
_SHORT = re.compile(r"(?:(\d{1,4}):)?(\d{1,6}(?:\.\d{1,9})?)", re.ASCII)
_UNITS = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}


class BadTimeError(ValueError):
    """A time expression that cannot be read; becomes a sentence about its paragraph."""


@dataclass(frozen=True, slots=True)
class TtmlClock:
    """How the document counts (its `ttp:` parameters)."""

    nominal_rate: int  # frames in a second of the clock's own counting
    frame_rate: Fraction  # frames in a real second
    sub_frames: int
    tick_rate: Fraction
    smpte: bool
    drop_frames: bool

    def seconds(self, text: str) -> Fraction:
        """Read a time expression."""
        text = text.strip()
        if match := _OFFSET.fullmatch(text):
            amount, unit = Fraction(match[1]), match[2]
            if unit == "f":
                return amount / self.frame_rate
            return amount / self.tick_rate if unit == "t" else amount * _UNITS[unit]
        if match := _SHORT.fullmatch(text):
            seconds = Fraction(match[2])
            if match[1] is not None and seconds >= 60:
                raise BadTimeError(text)
            return int(match[1] or 0) * 60 + seconds
        match = _CLOCK.fullmatch(text)
        if match is None or int(match[2]) > 59 or int(match[3]) > 59:
            raise BadTimeError(text)
        whole = int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3])
        if match[4] is not None:
            return Fraction(f"{whole}.{match[4]}")
        frames = int(match[5] or 0) + Fraction(int(match[6] or 0), self.sub_frames)
        if not self.smpte:
            return whole + frames / self.frame_rate
        # SMPTE time code counts frames; NTSC drops two labels in every minute but each tenth.
        minutes = whole // 60
        dropped = 2 * (minutes - minutes // 10) if self.drop_frames else 0
        return (whole * self.nominal_rate + frames - dropped) / self.frame_rate


def ttml_clock(root: Element) -> TtmlClock:
    """Read what the root of a document says of its clock.

    Raises:
        InvalidInputError: times of day, or a parameter that is no number.
    """
    nominal = _whole(root, "frameRate", 30)
    multiplier = _multiplier(root)
    sub_frames = _whole(root, "subFrameRate", 1)
    ticks = _whole(root, "tickRate", nominal * sub_frames if attribute(root, "frameRate") else 1)
    base = attribute(root, "timeBase") or "media"
    if base == "clock":
        raise InvalidInputError("line 1: has times of day (timeBase=clock), not of a recording")
    return TtmlClock(
        nominal_rate=nominal,
        frame_rate=nominal * multiplier,
        sub_frames=sub_frames,
        tick_rate=Fraction(ticks),
        smpte=base == "smpte",
        drop_frames=attribute(root, "dropMode") == "dropNTSC",
    )


def _whole(root: Element, name: str, default: int) -> int:
    text = attribute(root, name)
    if text is None:
        return default
    if not re.fullmatch(r"0{0,9}[1-9]\d{0,9}", text.strip(), re.ASCII):
        raise InvalidInputError(f"line 1: {name} is {shown(text)}, which is no positive number")
    return int(text)


def _multiplier(root: Element) -> Fraction:
    """Read `ttp:frameRateMultiplier`: two whole numbers, such as 1000 1001."""
    text = attribute(root, "frameRateMultiplier") or "1 1"
    match = re.fullmatch(r"\s*([1-9]\d{0,6})[\s:]([1-9]\d{0,6})\s*", text, re.ASCII)
    if match is None:
        raise InvalidInputError(f"line 1: frameRateMultiplier is {shown(text)}, not two numbers")
    return Fraction(int(match[1]), int(match[2]))
