"""Tables as people keep them: CSV and XLSX as rows of cells, told apart by what is in them."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from audioset.documents.reading.book import MAX_COLUMNS, is_book, read_book, sheet_names
from audioset.documents.reading.cell import LOST, made_of
from audioset.documents.reading.text import MAX_BYTES, decode_text, read_whole
from audioset.errors import InvalidInputError
from audioset.records.table_cell import from_cell

DELIMITERS = "\t;,|"  # of a table without a word for it
_UNQUOTED = "\t|"  # between which many programs write without quotes
_SEPARATOR = "sep="  # the first line of a table that Excel is told about
HIGHEST_NAMES = 10  # rows among which the names of columns are looked for, under a title
_PEEK_ROWS = 50

Row = Sequence[str]
NumberedRow = tuple[int, Row]  # line of the file (row of the sheet) from 1, cells


@dataclass(slots=True)
class Table:
    """The rows of a table.

    Attributes:
        rows: with their numbers; of a workbook without empty ones.
        sheet: name of the sheet; None for text.
        notes: what was chosen or is not seen at first sight, a sentence each.
    """

    rows: list[NumberedRow]
    sheet: str | None = None
    notes: list[str] = field(default_factory=list)


def read_rows_of(data: bytes, sheet: str | None = None, *, most_rows: int | None = None) -> Table:
    """Read a workbook, or text between tabs, semicolons, commas or bars.

    Args:
        data: of either.
        sheet: of a workbook; None for the first that is not hidden.
        most_rows: that are read of a workbook; None reads all.

    Raises:
        InvalidInputError: neither of them, or no such sheet.
    """
    if is_book(data):
        rows, name, notes = read_book(data, sheet, most_rows=most_rows)
        return Table(list(rows), name, notes)
    return Table(list(split_rows(decode_text(data))))


def load_table_bytes(path: Path) -> bytes:
    """Give a file that may be a table; it may be a pipe too.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: larger than MAX_BYTES, empty, or not a file.
    """
    return read_whole(
        path,
        max_bytes=MAX_BYTES,
        what="the table",
        contents="tables of up to",
        remedy="split it",
        empty="its first line must name the columns",
        may_be_pipe=True,
    )


def sheets_of(data: bytes) -> list[str]:
    """Name the sheets of a workbook; none of text.

    Raises:
        InvalidInputError: a workbook that cannot be read.
    """
    return sheet_names(data) if is_book(data) else []


def require_kept(cell: str, place: str) -> str:
    """Give a cell of which a spreadsheet program kept what was typed.

    Raises:
        InvalidInputError: an error, a date or a formula in the place of it.
    """
    made = made_of(cell)
    if made in LOST:
        raise InvalidInputError(
            f"{place}: {cell or 'nothing'!r} is one of the {made}; format the column as text, and "
            "write it again"
        )
    return cell


def filled_rows(rows: Iterable[NumberedRow]) -> list[NumberedRow]:
    """Give the rows in which something stands."""
    return [
        numbered for numbered in rows if any(cell.strip() or made_of(cell) for cell in numbered[1])
    ]


def without_separator(text: str) -> tuple[str, str | None]:
    """Take off a first line `sep=;`, and give the separator that it names.

    The line stays as an empty one, so that the numbers of lines are those of the file.
    """
    first, _, rest = text.partition("\n")
    named = first.strip().strip('"')
    if named.lower().startswith(_SEPARATOR) and len(named) <= len(_SEPARATOR) + 1:
        return f"\n{rest}", named[len(_SEPARATOR) :] or None
    return text, None


def split_rows(text: str) -> Iterator[NumberedRow]:
    """Split text into rows: by the separator that the first row has, or a line `sep=` names.

    Of several in the first row the one is taken that gives the rows after it as many cells, and
    then the most frequent one.

    Raises:
        InvalidInputError: a quote that is not closed.
    """
    text, named = without_separator(text)
    yield from csv_rows(text, named or _find_delimiter(text))


def _find_delimiter(text: str) -> str:
    head = next((line for line in text[:20_000].split("\n") if line.strip()), "")
    inside = [each for each in DELIMITERS if each in head]
    if len(inside) < 2:
        return inside[0] if inside else "\t"

    def evenness(delimiter: str) -> tuple[float, int]:
        reader = csv.reader(io.StringIO(text[:20_000], newline=""), delimiter=delimiter)
        rows = [row for row, _ in zip(reader, range(_PEEK_ROWS), strict=False) if any(row)]
        return sum(len(row) == len(rows[0]) for row in rows) / len(rows), head.count(delimiter)

    try:
        return max(inside, key=evenness)
    except csv.Error:
        return max(inside, key=head.count)


def csv_rows(text: str, delimiter: str) -> Iterator[NumberedRow]:
    """Give the rows of a table with their lines.

    Between tabs or bars quotes are signs like others where each line has as many cells without
    them, and with them some row would take up several lines, or a quote would stay open.

    Raises:
        InvalidInputError: a quote that is not closed.
    """
    file = io.StringIO(text, newline="")
    if _quotes_are_signs(text, delimiter):
        reader = csv.reader(file, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    else:
        reader = csv.reader(file, delimiter=delimiter)
    try:
        for row in reader:
            yield reader.line_num, [from_cell(cell) for cell in row[:MAX_COLUMNS]]
    except csv.Error as error:
        raise InvalidInputError(
            f"line {reader.line_num}: not a table ({error}); look for a quote that is not closed"
        ) from error


def _quotes_are_signs(text: str, delimiter: str) -> bool:
    """Tell whether quotes are no quotes.

    Raises:
        InvalidInputError: one is not closed, and rows would be lost in it.
    """
    if '"' not in text:
        return False
    widths = {line.count(delimiter) for line in text.split("\n") if line.strip()}
    # Were a quote one, some line would be a part of a row, with fewer cells than the others.
    is_even = delimiter in _UNQUOTED and len(widths) == 1 and widths != {0}
    last = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for _ in reader:
            if is_even and reader.line_num - last > 1:
                return True
            last = reader.line_num
    except csv.Error as error:
        if is_even:
            return True
        if "unexpected end" in str(error) or reader.line_num - last > 1:
            raise InvalidInputError(
                f"line {last + 1}: a quote begins here that is not closed; close it, or save the "
                "table again"
            ) from error
    return False
