"""Which column of a table holds what."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from audioset.documents.reading.cell import TIME, made_of
from audioset.documents.reading.clock import clock_seconds, number_seconds, time_seconds
from audioset.documents.reading.header import SPEAKER_NAMES, find_column, normal_name, place_of
from audioset.documents.reading.sheet import Row
from audioset.documents.reading.text import shown
from audioset.errors import InvalidInputError, as_option
from audioset.records.time_unit import TimeUnit, is_timecode, parse_time_unit

# Best first.
_START = (
    "start begin from onset start_time begin_time time_start tmin xmin t0 in time_in in_time "
    "timecode_in tc_in start_timecode start_tc in_point"
)
_END = (
    "end stop to finish end_time stop_time time_end tmax xmax t1 out time_out out_time "
    "timecode_out tc_out end_timecode end_tc out_point"
)
_LENGTH = "duration length dur len"
_TEXT = (
    "text transcript transcription sentence utterance label caption subtitle words word annotation "
    "content value normalized_text line name description"
)
# Not "source": there it says where a part came from more often than what file this row is about.
_RECORDING = (
    "recording recording_id file filename file_name audio audio_file audio_filepath media "
    "media_file wav path uri begin_file"
)
COUNTED = "counted"  # in something of which a second has an unknown number
# Endings of names, with what they say of the cells; those of ELAN's tables among them.
_UNITS = {
    "": None,
    **dict.fromkeys(["seconds", "second", "secs", "sec", "s", "ss_msec", "ss_ms"], "seconds"),
    **dict.fromkeys(
        ["ms", "msec", "msecs", "millis", "milliseconds", "millisecond"], "milliseconds"
    ),
    **dict.fromkeys(["us", "microseconds"], "microseconds"),
    **dict.fromkeys(["min", "mins", "minutes"], "minutes"),
    **dict.fromkeys(["hh_mm_ss_ms", "hh_mm_ss", "hms", "timecode", "tc"], None),
    **dict.fromkeys(["frame", "frames", "sample", "samples"], COUNTED),
}
_FRAMES = parse_time_unit("frames@120")  # in which every timecode has its place
_MOSTLY = 0.9  # of the cells of a column without a name must be times


@dataclass(frozen=True, slots=True)
class Column:
    """A column of times: its number from 0, and what the name says that its numbers count."""

    number: int
    unit: str | None = None

    def seconds(self, row: Row, told: TimeUnit | None = None) -> Decimal | None:
        """Read the cell; None when it holds no time.

        Args:
            row: of the table.
            told: what numbers count, where somebody said it; times of a clock need no unit.

        Raises:
            InvalidInputError: frames or samples, and nobody said how many are a second.
        """
        text = row[self.number] if self.number < len(row) else ""
        number = number_seconds(text)
        if number is not None and made_of(text) == TIME:
            return number
        if number is None:
            if told is None and is_timecode(text):
                raise InvalidInputError(
                    f"{shown(text)} counts frames after the seconds; say how many frames a second "
                    f"has: {as_option('time_unit', 'frames@25')}"
                )
            clock = clock_seconds(text)
            return told.of_timecode(text) if clock is None and told else clock
        if told is None and self.unit == COUNTED:
            raise InvalidInputError(
                "the times are counted in frames or samples; say how many a second has: "
                f"{as_option('time_unit', 'frames@25')}, or samples@16000"
            )
        unit = told or (parse_time_unit(self.unit) if self.unit else None)
        return unit.seconds(number) if unit else number


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what; either `end` or `length` is there."""

    start: Column
    end: Column | None
    length: Column | None
    text: int | None = None
    speaker: int | None = None
    recording: int | None = None

    @property
    def unit(self) -> str | None:
        """What the name of the first column says that its numbers count."""
        return self.start.unit


def named_columns(header: Row) -> Columns | None:
    """Find the columns by the names in a first row; None when start or end is not among them."""
    names = [normal_name(cell) for cell in header]
    start, end, length = (_time_column(names, known) for known in (_START, _END, _LENGTH))
    offset = _time_column(names, "offset")  # with a start it is the end, with a length the start
    if start is None:
        start = offset
    elif end is None and length is None:
        end = offset
    if start is None or (end is None and length is None):
        return None
    return Columns(
        start=start,
        end=end,
        length=length,
        text=find_column(names, _TEXT),
        speaker=find_column(names, SPEAKER_NAMES),
        recording=find_column(names, _RECORDING),
    )


def unnamed_columns(rows: Sequence[Row]) -> Columns | None:
    """Find the columns of a table without names by what is in them.

    Start and end are the first two neighbouring columns of times in which no start is after its
    end and starts go up; a column that counts the rows is not one of them. The text is the one
    with most characters of the columns that hold no numbers.
    """
    width = max((len(row) for row in rows), default=0)
    times = [number for number in range(width) if _mostly(rows, number, _is_time)]
    if len(times) > 2:
        times = [number for number in times if not _counts(rows, number)]
    for first, second in pairwise(times):
        if second == first + 1 and _ascending(rows, Column(first), Column(second)):
            return Columns(Column(first), Column(second), None, text=_longest(rows, width))
    return None


def need_columns(header: Row) -> InvalidInputError:
    """Say what was looked for and what is there."""
    there = ", ".join(repr(cell[:40]) for cell in header[:12]) or "nothing"
    return InvalidInputError(
        "line 1: no columns for start and end found (such as start_seconds, end_seconds, or "
        f"duration); the first row is {there}"
    )


def _time_column(names: list[str], known: str) -> Column | None:
    for name in known.split():
        for ending, unit in _UNITS.items():
            full = f"{name}_{ending}" if ending else name
            if full in names:
                return Column(place_of(names, full), unit)
    return None


def _is_time(cell: str) -> bool:
    return time_seconds(cell) is not None or is_timecode(cell)


def _mostly(rows: Sequence[Row], number: int, test: Callable[[str], bool]) -> bool:
    good = sum(1 for row in rows if number < len(row) and test(row[number]))
    return good > 0 and good >= _MOSTLY * len(rows)


def _counts(rows: Sequence[Row], number: int) -> bool:
    values = [number_seconds(row[number]) if number < len(row) else None for row in rows]
    first = values[0]
    return first in (0, 1) and all(
        value is not None and first is not None and value == first + place
        for place, value in enumerate(values)
    )


def _ascending(rows: Sequence[Row], start: Column, end: Column) -> bool:
    spans = [(start.seconds(row, _FRAMES), end.seconds(row, _FRAMES)) for row in rows]
    pairs = [(a, b) for a, b in spans if a is not None and b is not None]
    starts = [a for a, _ in pairs]
    return bool(pairs) and all(a <= b for a, b in pairs) and starts == sorted(starts)


def _longest(rows: Sequence[Row], width: int) -> int | None:
    letters = {
        number: sum(len(row[number]) for row in rows if number < len(row))
        for number in range(width)
        if not _mostly(rows, number, _is_time)
    }
    filled = {number: count for number, count in letters.items() if count}
    return max(filled, key=lambda number: filled[number]) if filled else None
