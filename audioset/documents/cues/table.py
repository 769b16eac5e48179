"""CSV, TSV and XLSX tables with one cue in each row."""

from collections.abc import Iterator, Sequence

from audioset.documents.cues.columns import Columns, named_columns, need_columns, unnamed_columns
from audioset.documents.reading.clock import number_seconds
from audioset.documents.reading.sheet import DELIMITERS, NumberedRow, Row, csv_rows, parse_sheet
from audioset.documents.reading.text import shown
from audioset.errors import InvalidInputError
from audioset.records.cue import Cue
from audioset.records.cue_file import ParsedRecordings
from audioset.records.time_unit import TimeUnit

_SAMPLE_ROWS = 1000  # enough to see which column holds what


def parse_csv(text: str, unit: TimeUnit | None = None) -> ParsedRecordings:
    """Read a table between tabs, semicolons, commas or bars, with or without names on top.

    The separator is the first of these with which columns for start and end are found. Times are
    seconds, or hh:mm:ss; a decimal comma is read where the separator leaves it.

    Raises:
        InvalidInputError: no columns for start and end, or no row with times.
    """
    head = text[:20_000].split("\n")[:50]
    complete = head if len(text) < 20_000 else head[:-1] or head
    first_row: Row = ()
    for delimiter in DELIMITERS:
        sample = list(csv_rows("\n".join(complete), delimiter))
        if not first_row or len(sample[0][1] if sample else ()) > len(first_row):
            first_row = sample[0][1] if sample else ()
        if sample and _find(sample) is not None:
            return read_rows(csv_rows(text, delimiter), unit)
    raise need_columns(first_row)


def read_rows(rows: Iterator[NumberedRow], unit: TimeUnit | None = None) -> ParsedRecordings:
    """Make cues of rows of cells.

    Args:
        rows: of the table.
        unit: what numbers count, where somebody said it.

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
        try:
            cue = _cue(row, columns, unit)
        except InvalidInputError as error:
            raise InvalidInputError(f"line {number}: {error}") from error
        if cue is None:
            parsed.problems.append(f"line {number}: {shown(', '.join(row))} has no times; left out")
        elif not recording and not one_recording:
            parsed.problems.append(f"line {number}: names no recording; left out")
        else:
            parsed.cues.append((recording, cue))
    if not parsed.cues and parsed.problems:
        reason = parsed.problems[0].removesuffix("; left out")
        raise InvalidInputError(f"{reason}, and no other row can be used")
    if unit is None and columns.unit is None and all(_on_a_clock(row, columns) for _, row in body):
        parsed.unit = "clock"
    if unit is None and columns.unit is not None:
        parsed.unit = columns.unit
        if columns.unit != "seconds":
            parsed.problems.append(f"times are read as {columns.unit}: so their column is named")
    return parsed


def parse_xlsx(
    data: bytes, sheet: str | None, unit: TimeUnit | None = None
) -> tuple[ParsedRecordings, str]:
    """Read one sheet of a workbook as a table; see `parse_sheet`.

    Raises:
        InvalidInputError: not a workbook, no such sheet, or as in `read_rows`.
    """
    return parse_sheet(data, sheet, lambda rows: read_rows(rows, unit))


def _find(rows: Sequence[NumberedRow]) -> Columns | None:
    if not rows:
        return None
    named = named_columns(rows[0][1])
    return named or unnamed_columns([row for _, row in rows[:_SAMPLE_ROWS]])


def _cue(row: Row, columns: Columns, unit: TimeUnit | None) -> Cue | None:
    start = columns.start.seconds(row, unit)
    end = columns.end.seconds(row, unit) if columns.end else None
    if end is None and columns.length is not None and start is not None:
        length = columns.length.seconds(row, unit)
        end = None if length is None else start + length
    if start is None or end is None:
        return None
    return Cue(
        start_seconds=float(start),
        end_seconds=float(end),
        text=_cell(row, columns.text) or None,
        speaker=_cell(row, columns.speaker) or None,
    )


def _on_a_clock(row: Row, columns: Columns) -> bool:
    return number_seconds(_cell(row, columns.start.number)) is None


def _cell(row: Row, number: int | None) -> str:
    """Give a cell as one line; empty where there is none."""
    return "" if number is None or number >= len(row) else " ".join(row[number].split())
