"""CSV, TSV and XLSX tables with one cue in each row."""

from collections.abc import Iterable, Sequence

from audioset.documents.cues.columns import Columns, named_columns, need_columns, unnamed_columns
from audioset.documents.reading.cell import LOST, TIME, made_of
from audioset.documents.reading.clock import number_seconds
from audioset.documents.reading.sheet import (
    DELIMITERS,
    HIGHEST_NAMES,
    NumberedRow,
    Row,
    csv_rows,
    filled_rows,
    read_rows_of,
    without_separator,
)
from audioset.documents.reading.text import shown
from audioset.errors import InvalidInputError
from audioset.records.cue import Cue
from audioset.records.cue_file import ParsedRecordings
from audioset.records.time_unit import TimeUnit

_SAMPLE_ROWS = 1000  # enough to see which column holds what


def parse_csv(text: str, unit: TimeUnit | None = None) -> ParsedRecordings:
    """Read a table between tabs, semicolons, commas or bars, with or without names on top.

    The separator is the one that a first line `sep=` names, or the first of these with which
    columns for start and end are found. Times are seconds, or hh:mm:ss; a decimal comma is read
    where the separator leaves it.

    Raises:
        InvalidInputError: no columns for start and end, or no row with times.
    """
    text, named = without_separator(text)
    head = text[:20_000].split("\n")[:50]
    complete = head if len(text) < 20_000 else head[:-1] or head
    first_row: Row = ()
    for delimiter in named or DELIMITERS:
        try:
            sample = filled_rows(csv_rows("\n".join(complete), delimiter))
        except InvalidInputError:  # a quote that the end of the sample cut in two
            sample = filled_rows(csv_rows(text, delimiter))
        if sample and len(sample[0][1]) > len(first_row):
            first_row = sample[0][1]
        if find_columns(sample) is not None:
            return read_rows(csv_rows(text, delimiter), unit)
    raise need_columns(first_row)


def parse_xlsx(
    data: bytes, sheet: str | None, unit: TimeUnit | None = None
) -> tuple[ParsedRecordings, str | None]:
    """Read one sheet of a workbook as a table; see `read_rows_of`.

    Raises:
        InvalidInputError: not a workbook, no such sheet, or as in `read_rows`.
    """
    table = read_rows_of(data, sheet)
    parsed = read_rows(table.rows, unit)
    parsed.problems = [*table.notes, *parsed.problems]
    return parsed, table.sheet


def read_rows(rows: Iterable[NumberedRow], unit: TimeUnit | None = None) -> ParsedRecordings:
    """Make cues of rows of cells.

    Args:
        rows: of the table.
        unit: what numbers count, where somebody said it.

    Raises:
        InvalidInputError: no columns for start and end, or no row with times.
    """
    filled = filled_rows(rows)
    found = find_columns(filled)
    if found is None:
        raise need_columns(filled[0][1] if filled else ())
    place, columns = found
    body = filled[place:]
    one_recording = columns.recording is None or not any(
        _cell(row, columns.recording) for _, row in body
    )
    parsed = ParsedRecordings()
    above = [number for number, _ in filled[: max(0, place - 1)]]
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
            parsed.problems += _without_words(row, columns, number)
    if not parsed.cues and parsed.problems:
        reason = parsed.problems[0].removesuffix("; left out")
        raise InvalidInputError(f"{reason}, and no other row can be used")
    if above:
        listed = ", ".join(map(str, above))
        parsed.problems.append(f"what stands above the table is left out (lines {listed})")
    _tell_unit(parsed, columns, unit, body)
    return parsed


def _tell_unit(
    parsed: ParsedRecordings, columns: Columns, unit: TimeUnit | None, body: Sequence[NumberedRow]
) -> None:
    if unit is not None:
        return
    parsed.unit = columns.unit
    if columns.unit is None and all(_on_a_clock(row, columns) for _, row in body):
        parsed.unit = "clock"
    if columns.unit not in (None, "seconds"):
        parsed.problems.append(f"times are read as {columns.unit}: so their column is named")


def _without_words(row: Row, columns: Columns, number: int) -> list[str]:
    """Say which cells a spreadsheet program made something else of, so that they are not read."""
    return [
        f"line {number}: {shown(row[column])} is one of the {made_of(row[column])}; not read"
        for column in (columns.text, columns.speaker)
        if column is not None and column < len(row) and made_of(row[column]) in LOST
    ]


def find_columns(rows: Sequence[NumberedRow]) -> tuple[int, Columns] | None:
    """Find the columns, and the place of the first row under their names.

    Names may stand under some rows of another kind, such as a title.
    """
    for place, (_, row) in enumerate(rows[:HIGHEST_NAMES]):
        named = named_columns(row)
        if named is not None:
            return place + 1, named
    unnamed = unnamed_columns([row for _, row in rows[:_SAMPLE_ROWS]])
    return None if unnamed is None else (0, unnamed)


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
    start = columns.start.number
    cell = row[start] if start < len(row) else ""
    return number_seconds(cell) is None or made_of(cell) == TIME


def _cell(row: Row, number: int | None) -> str:
    """Give a cell as one line; empty where there is none."""
    if number is None or number >= len(row) or made_of(row[number]) in LOST:
        return ""
    return " ".join(row[number].split())
