"""A cell of a sheet as text, and what a spreadsheet program may have made of what was typed."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from audioset.records.table_cell import from_book_cell

_ERROR = re.compile(
    r"#(?:NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|UNKNOWN!"
    r"|GETTING_DATA)|Err:5[0-9]{2}"
)
ERROR, NO_RESULT = "errors of a spreadsheet program", "formulas without a result"
DATE, TIME = "dates that a spreadsheet program made", "times that a spreadsheet program made"
TRUTH, SCIENTIFIC = "truth values", "numbers in a short form"
# Of these nobody can tell what was typed.
LOST = frozenset({ERROR, NO_RESULT, DATE, TIME})


class Cell(str):
    """The text of a cell, with the kind of what is odd about it as `made`."""

    made: str = ""


def made_of(cell: str) -> str:
    """Give what a spreadsheet program made of a cell: one of the kinds above, or empty.

    A table of plain text keeps of it the error alone.
    """
    if isinstance(cell, Cell):
        return cell.made
    return ERROR if _ERROR.fullmatch(cell.strip()) else ""


def as_text(value: object, number_format: str = "General", *, epoch: datetime) -> str:
    """Write a value of a sheet as it would stand in a CSV file, times as seconds.

    Args:
        value: as openpyxl gives it.
        number_format: how the program shows it: `000` shows leading zeros.
        epoch: the day zero of the sheet.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return _made("TRUE" if value else "FALSE", TRUTH)
    if isinstance(value, datetime) and not _shows_days(number_format):
        return _made(_seconds(_since(value, epoch)), TIME)
    if isinstance(value, date):
        return _made(_day(value), DATE)
    if isinstance(value, time):
        value = timedelta(
            hours=value.hour,
            minutes=value.minute,
            seconds=value.second,
            microseconds=value.microsecond,
        )
    if isinstance(value, timedelta):
        return _made(_seconds(value), TIME)
    if isinstance(value, int | float):
        text = f"{value:.9f}".rstrip("0").rstrip(".")
        if set(number_format) == {"0"}:
            text = text.zfill(len(number_format))
        return _made(text, SCIENTIFIC) if "E+" in number_format.upper() else text
    text = from_book_cell(str(value))
    return _made(text, ERROR) if _ERROR.fullmatch(text) else text


def without_result() -> Cell:
    """Give the cell of a formula that no program has calculated yet."""
    return _made("", NO_RESULT)


def address(columns: Sequence[Any], row: int) -> str:
    """Name a cell as spreadsheet programs do: `B3` for one column before it."""
    number, letters = len(columns) + 1, ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def _made(text: str, kind: str) -> Cell:
    cell = Cell(text)
    cell.made = kind
    return cell


def _shows_days(number_format: str) -> bool:
    bare = number_format.lower().partition(";")[0]
    return any(letter in bare for letter in "yd")


def _since(moment: datetime, epoch: datetime) -> timedelta:
    """Give the time since day zero: openpyxl counts a day too many up to 29 February 1900."""
    passed = moment.replace(tzinfo=None) - epoch
    early = epoch.year == 1899 and moment < datetime(1900, 3, 1)
    return passed - timedelta(days=1) if early else passed


def _day(value: date) -> str:
    if isinstance(value, datetime) and (value.hour, value.minute, value.second) == (0, 0, 0):
        value = value.date()
    return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()


def _seconds(length: timedelta) -> str:
    # Sheets keep times as shares of a day; below a millisecond is rounding.
    return str(Decimal(round(length / timedelta(milliseconds=1))) / 1000)
