"""CSV, TSV and XLSX tables with one cue in each row."""

import csv
import io
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar

from audioset.curation.cues.columns import (
    Columns,
    Row,
    named_columns,
    need_columns,
    unnamed_columns,
)
from audioset.curation.cues.cue_file import ParsedRecordings
from audioset.curation.cues.load import MAX_BYTES, shown
from audioset.errors import AudiosetError, InvalidInputError
from audioset.records.cue import Cue

_DELIMITERS = "\t;,|"
_MAX_COLUMNS = 64
_MAX_EMPTY_ROWS = 10_000  # one cell far below makes a sheet of any number of rows
_SAMPLE_ROWS = 1000  # enough to see which column holds what
_EXCEL_DAY_ZERO = datetime(1899, 12, 30)

_T = TypeVar("_T")
NumberedRow = tuple[int, Row]  # line of the file (row of the sheet) from 1, cells


def parse_csv(text: str) -> ParsedRecordings:
    """Read a table between tabs, semicolons, commas or bars, with or without names on top.

    The separator is the first of these with which columns for start and end are found. Times are
    seconds, or hh:mm:ss; a decimal comma is read where the separator leaves it.

    Raises:
        InvalidInputError: no columns for start and end, or no row with times.
    """
    head = text[:20_000].split("\n")[:50]
    complete = head if len(text) < 20_000 else head[:-1] or head
    first_row: Row = ()
    for delimiter in _DELIMITERS:
        sample = list(csv_rows("\n".join(complete), delimiter))
        if not first_row or len(sample[0][1] if sample else ()) > len(first_row):
            first_row = sample[0][1] if sample else ()
        if sample and _find(sample) is not None:
            return read_rows(csv_rows(text, delimiter))
    raise need_columns(first_row)


def read_rows(rows: Iterator[NumberedRow]) -> ParsedRecordings:
    """Make cues of rows of cells.

    Raises:
        InvalidInputError: no columns for start and end, or no row with times.
    """
    filled = [numbered for numbered in rows if any(cell.strip() for cell in numbered[1])]
    columns = _find(filled)
    if columns is None:
        raise need_columns(filled[0][1] if filled else ())
    body = filled[1:] if named_columns(filled[0][1]) is not None else filled
    one_recording = columns.recording is None or not any(
        _cell(row, columns.recording) for _, row in body
    )
    parsed = ParsedRecordings()
    for number, row in body:
        recording = "" if one_recording else _cell(row, columns.recording)
        cue = _cue(row, columns)
        if cue is None:
            parsed.problems.append(f"line {number}: {shown(', '.join(row))} has no times; left out")
        elif not recording and not one_recording:
            parsed.problems.append(f"line {number}: names no recording; left out")
        else:
            parsed.cues.append((recording, cue))
    if not parsed.cues and parsed.problems:
        reason = parsed.problems[0].removesuffix("; left out")
        raise InvalidInputError(f"{reason}, and no other row can be used")
    return parsed


def parse_xlsx(data: bytes, sheet: str | None) -> tuple[ParsedRecordings, str]:
    """Read one sheet of a workbook as a table; see `parse_sheet`.

    Raises:
        InvalidInputError: not a workbook, no such sheet, or as in `read_rows`.
    """
    return parse_sheet(data, sheet, read_rows)


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


def _find(rows: Sequence[NumberedRow]) -> Columns | None:
    if not rows:
        return None
    named = named_columns(rows[0][1])
    return named or unnamed_columns([row for _, row in rows[:_SAMPLE_ROWS]])


def _cue(row: Row, columns: Columns) -> Cue | None:
    start = columns.start.seconds(row)
    end = columns.end.seconds(row) if columns.end else None
    if end is None and columns.length is not None and start is not None:
        length = columns.length.seconds(row)
        end = None if length is None else start + length
    if start is None or end is None:
        return None
    return Cue(
        start_seconds=float(start),
        end_seconds=float(end),
        text=_cell(row, columns.text) or None,
        speaker=_cell(row, columns.speaker) or None,
    )


def _cell(row: Row, number: int | None) -> str:
    """Give a cell as one line; empty where there is none."""
    return "" if number is None or number >= len(row) else " ".join(row[number].split())


def csv_rows(text: str, delimiter: str) -> Iterator[NumberedRow]:
    """Give the rows of a table with their lines.

    Raises:
        InvalidInputError: a quote that is not closed.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            yield reader.line_num, row[:_MAX_COLUMNS]
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
    return str(value)
