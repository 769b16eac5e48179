"""What stands between the cues of a WebVTT file: notes, styles, and headers of joined pieces."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from audioset.documents.cues.captions.timing import read_timing, seen
from audioset.documents.reading.clock import clock_seconds

_ASIDE = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_HEADER = re.compile(r"WEBVTT(?:\s.{0,200})?")
_MAP = re.compile(r"X-TIMESTAMP-MAP\s?=(.{0,200})")
_MPEGTS = re.compile(r"MPEGTS:(\d{1,10})", re.ASCII)
_LOCAL = re.compile(r"LOCAL:([\d:.]{1,20})", re.ASCII)
_TICKS = 90_000  # a second of the clock of MPEG
_WRAP = Decimal(2**33) / _TICKS  # where that clock begins again
# Cisco Webex: 1 "Mary Jane" (1640895744)
_IDENTIFIED = re.compile(r'\d{1,6} "([^"]{1,80})" \(\d{1,20}\)')


@dataclass(slots=True)
class TimestampMaps:
    """X-TIMESTAMP-MAPs of joined pieces: line of the file, and 0 of the piece on a common clock."""

    found: list[tuple[int, Decimal]] = field(default_factory=list)
    sentence: str | None = None

    def add(self, line: int, text: str) -> None:
        """Keep what a line says, if it is a map."""
        match = _MAP.match(text)
        ticks = _MPEGTS.search(match[1]) if match else None
        if match is None or ticks is None:
            return
        local = _LOCAL.search(match[1])
        zero = clock_seconds(local[1]) if local else None
        self.found.append((line, Decimal(ticks[1]) / _TICKS - (zero or 0)))
        if self.sentence is None and self.found[-1][1] != self.found[0][1]:
            self.sentence = (
                f"line {line}: pieces of a stream with clocks of their own (X-TIMESTAMP-MAP); "
                "their times were moved to the clock of the first"
            )

    def seconds_at(self, line: int) -> Decimal:
        """Give what is added to times in a line, so that they go by the clock of the first."""
        place = bisect_left(self.found, (line, Decimal(0)))
        if self.sentence is None or place == 0:
            return Decimal(0)
        moved = self.found[place - 1][1] - self.found[0][1]
        return moved + _WRAP if moved < -_WRAP / 2 else moved


def without_asides(lines: Sequence[str]) -> tuple[list[str], TimestampMaps]:
    """Blank out headers, NOTE, STYLE and REGION with what belongs to them; line numbers stay."""
    kept: list[str] = []
    maps = TimestampMaps()
    aside, in_header, below_blank = False, False, True
    for number, line in enumerate(lines, 1):
        plain = seen(line)
        following = seen(lines[number]) if number < len(lines) else ""
        words, header = _split_header(plain, following, below_blank=below_blank)
        if not plain:
            aside = False
        elif header or (below_blank and _ASIDE.match(plain)):
            aside, in_header = True, header
        elif aside and in_header and read_timing(plain) is not None:
            aside = False  # without the blank line that should be there
        if aside:
            maps.add(number, plain)
        below_blank = not plain
        kept.append(words if aside else line)
    return kept, maps


def _split_header(line: str, following: str, *, below_blank: bool) -> tuple[str, bool]:
    """Divide a line into words and a header behind them; most lines are neither.

    Pieces are also joined without any line end in between: `the foxWEBVTT`.
    """
    if below_blank or line == "WEBVTT":
        return "", _HEADER.fullmatch(line) is not None
    if line.endswith("WEBVTT") and (not following or _MAP.match(following)):
        return line.removesuffix("WEBVTT"), True
    return "", False


def identified_speaker(identifier: str) -> str | None:
    """Give who speaks in a cue by the name of the cue; None for most names."""
    match = _IDENTIFIED.fullmatch(seen(identifier).strip())
    return " ".join(match[1].split()) or None if match else None
