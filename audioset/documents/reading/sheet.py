"""Tables as people keep them: CSV and XLSX as rows of cells."""

import csv
import io
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar

from audioset.documents.reading.text import MAX_BYTES, shown
from audioset.errors import AudiosetError, InvalidInputError
from audioset.records.table_cell import from_book_cell, from_cell

DELIMITERS = "\t;,|"  # of a table without a word for it
_MAX_COLUMNS = 64


_MAX_EMPTY_ROWS = 10_000  # one cell far below makes a sheet of any number of rows


_EXCEL_DAY_ZERO = datetime(1899, 12, 30)


_T = TypeVar("_T")


Row = Sequence[str]
NumberedRow = tuple[int, Row]  # line of the file (row of the sheet) from 1, cells


def parse_sheet(
    data: bytes, sheet: str | None, read: Callable[[Iterator[NumberedRow]], _T]
) -> tuple[_T, str]:
    """Let `read` take the rows of one sheet of a workbook; the first one when none is named.

    Cells may hold seconds, times, or text as in CSV; of formulas the stored result is read. The
    table ends with 10,000 empty rows, or with the sheet.

    Returns:
        What was read, and the name of the sheet.

    Raises:
        InvalidInputError: not a workbook, no such sheet, or as `read` does.
    """
    _check_size(data)
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions, which nobody asked for
            book = openpyxl.load_workbook(
                io.BytesIO(data), read_only=True, data_only=True, keep_links=False
            )
            names = [page.title for page in book.worksheets]
            name = sheet if sheet is not None else next(iter(names), "")
            if name not in names:
                listed = ", ".join(repr(each) for each in names[:12]) or "none"
                raise InvalidInputError(f"has no sheet {name!r}; its sheets are {listed}")
            page = book.worksheets[names.index(name)]
            page.reset_dimensions()  # what the file claims about its size is not believed
            values = page.iter_rows(max_col=_MAX_COLUMNS, values_only=True)
            return read(_sheet_rows(values)), name
    except AudiosetError:
        raise
    except Exception as error:
        # A damaged workbook makes openpyxl raise whatever its parts raise, from KeyError to
        # zlib.error; to the caller they all mean the same.
        # It often wraps the real one in a page of advice.
        reason = error.__cause__ or error.__context__ or error
        raise InvalidInputError(
            f"not a workbook that can be read ({type(reason).__name__}: {shown(str(reason))}); "
            "save it again, or as CSV"
        ) from error


def _check_size(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except Exception as error:  # damaged archives raise many kinds, as above
        raise InvalidInputError("not an .xlsx workbook; save it as one, or as CSV") from error
    if size > MAX_BYTES:
        raise InvalidInputError(
            f"unpacks to {size / 2**20:.0f} MiB, audioset reads up to {MAX_BYTES // 2**20} MiB"
        )


def csv_rows(text: str, delimiter: str) -> Iterator[NumberedRow]:
    """Give the rows of a table with their lines.

    Raises:
        InvalidInputError: a quote that is not closed.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            yield reader.line_num, [from_cell(cell) for cell in row[:_MAX_COLUMNS]]
    except csv.Error as error:
        raise InvalidInputError(
            f"line {reader.line_num}: not a table ({error}); look for a quote that is not closed"
        ) from error


def _sheet_rows(values: Iterator[Sequence[object]]) -> Iterator[NumberedRow]:
    filled = 0
    for number, row in enumerate(values, 1):
        cells = [_as_text(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            filled = number
            yield number, cells
        elif number - filled > _MAX_EMPTY_ROWS:
            return


def _as_text(value: object) -> str:
    """Write a cell of a sheet as it would stand in a CSV file, times as seconds."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, datetime):  # a time of more than a day: days since the sheet's day zero
        return _as_text(value.replace(tzinfo=None) - _EXCEL_DAY_ZERO)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        value = timedelta(
            hours=value.hour,
            minutes=value.minute,
            seconds=value.second,
            microseconds=value.microsecond,
        )
    if isinstance(value, timedelta):
        # Sheets keep times as shares of a day; below a millisecond is rounding.
        return str(Decimal(round(value / timedelta(milliseconds=1))) / 1000)
    if isinstance(value, float):
        return f"{value:.9f}".rstrip("0").rstrip(".")
    return from_book_cell(str(value))
