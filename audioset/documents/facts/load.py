"""A table of facts as rows of cells: a workbook's sheets, text between separators, or JSON lines.

Rows have the numbers that a spreadsheet program shows.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from audioset.documents.reading.book import is_book, read_book, sheet_names
from audioset.documents.reading.sheet import (
    DELIMITERS,
    NumberedRow,
    csv_rows,
    filled_rows,
    without_separator,
)
from audioset.documents.reading.text import BYTE_ORDER_MARKS, decode_text, shown
from audioset.errors import InvalidInputError

_SAMPLE_CHARACTERS = 200_000  # of a text, enough to see what separates its cells
_ODD = re.compile(r"\w*[^\x00-\x7f]\w*")


@dataclass(slots=True)
class FactSheet:
    """One reading of a table, of several that may be tried.

    Attributes:
        name: of the sheet; None for text.
        rows: those in which something stands.
        notes: what is not seen at first sight, a sentence each.
        is_text: rows end where they end; in a sheet they do not.
    """

    name: str | None
    rows: list[NumberedRow]
    notes: list[str] = field(default_factory=list)
    is_text: bool = False


def load_sheets(data: bytes, sheet: str | None = None) -> Iterator[FactSheet]:
    """Give what the rows of a table may be, to be told apart by what is in them.

    Args:
        data: of the file.
        sheet: name or number (from 1) of the only sheet to read.

    Raises:
        InvalidInputError: not a table, or no such sheet; after what could be read, it speaks of a
            reading that was left out.
    """
    if is_book(data):
        for name in [_asked(data, sheet)] if sheet is not None else sheet_names(data, hidden=False):
            rows, _, notes = read_book(data, name)
            yield FactSheet(name, filled_rows(rows), notes)
        return
    if sheet is not None:
        raise InvalidInputError(f"is no workbook and has no sheet {sheet!r}; leave the sheet out")
    text, notes = decode(data)
    if text.lstrip()[:1] in ("{", "["):
        yield FactSheet(None, _json_rows(text), notes, is_text=True)
        return
    text, named = without_separator(text)
    # Spreadsheet programs do not show the line that names the separator.
    first = 0 if named else 1
    yield from _separated(text, named, first, notes)


def decode(data: bytes) -> tuple[str, list[str]]:
    r"""Give the text of a table with line ends as `\n`, and what had to be told about its signs.

    What is not UTF-8 or UTF-16 is read as Windows-1252, in which spreadsheet programs save CSV.

    Raises:
        InvalidInputError: none of them.
    """
    if b"\r" in data and b"\n" in data and b"\0" not in data:
        # Beside other line ends a lone one stands inside of a cell.
        data = re.sub(rb"\r+\n", b"\n", data).replace(b"\r", b" ")
    try:
        return decode_text(data), []
    except InvalidInputError as error:
        if b"\0" in data or data.startswith(tuple(mark for mark, _ in BYTE_ORDER_MARKS)):
            raise
        try:
            text = data.decode("cp1252").replace("\r", "\n")
        except UnicodeDecodeError:
            raise error from None
        example = _ODD.search(text)
        return text, [
            "is not UTF-8 and was read as Windows-1252"
            + (f", with words such as {shown(example[0])}; " if example else "; ")
            + "if they are wrong, save it as CSV UTF-8"
        ]


def _asked(data: bytes, sheet: str) -> str:
    names = sheet_names(data)
    if sheet in names:
        return sheet
    if sheet.isdecimal() and 1 <= int(sheet) <= len(names):
        return names[int(sheet) - 1]
    listed = ", ".join(repr(name) for name in names[:12])
    raise InvalidInputError(f"has no sheet {sheet!r}; its sheets are {listed}")


def _separated(
    text: str, named: str | None, first: int, notes: Sequence[str]
) -> Iterator[FactSheet]:
    """Read text by every separator that it may have; one that loses rows in quotes has not."""
    inside = named or [each for each in DELIMITERS if each in text[:_SAMPLE_CHARACTERS]] or "\t"
    refused = None
    for delimiter in inside:
        try:
            rows = list(enumerate((row for _, row in csv_rows(text, delimiter)), first))
        except InvalidInputError as error:
            refused = refused or error
            continue
        yield FactSheet(None, filled_rows(rows), list(notes), is_text=True)
    if refused is not None:
        raise refused


def _json_rows(text: str) -> list[NumberedRow]:
    """Make rows of JSON objects, one in each line or all in one list; the keys come first."""
    numbered = list(_json_objects(text))
    keys = list(dict.fromkeys(key for _, values in numbered for key in values))
    rows: list[NumberedRow] = [(0, keys)]
    rows += [(number, [_cell(values.get(key)) for key in keys]) for number, values in numbered]
    return rows


def _json_objects(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    if text.lstrip().startswith("["):
        try:
            objects = list(enumerate(json.loads(text), 1))
        except (json.JSONDecodeError, RecursionError) as error:
            raise InvalidInputError(f"is not JSON ({error}); write one object in a line") from error
    else:
        objects = []
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                try:
                    objects.append((number, json.loads(line)))
                except (json.JSONDecodeError, RecursionError) as error:
                    raise InvalidInputError(f"line {number}: is not JSON ({error})") from error
    for number, value in objects:
        if not isinstance(value, dict):
            raise InvalidInputError(f"line {number}: is no JSON object; write one in each line")
        yield number, value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
