"""CSV, TSV and XLSX: each row is a phrase; the column that holds the text is found by its name.

`writer.py` states what is read of who wrote the texts.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from audioset.documents.reading.header import SPEAKER_NAMES, find_column, normal_name
from audioset.documents.reading.sheet import DELIMITERS, NumberedRow, csv_rows, parse_sheet
from audioset.documents.reading.text import decode_text, shown
from audioset.documents.transcripts.docx_file import load_bytes
from audioset.documents.transcripts.lines_file import Phrase
from audioset.documents.transcripts.writer import writer_of_row
from audioset.errors import InvalidInputError
from audioset.records.lines import WRITER_COLUMNS

# Best first.
_TEXT = (
    "text line sentence phrase utterance transcript transcription prompt words content "
    "normalized_text"
)
_TAKES = "takes num_takes repetitions times count"
_COUNT = re.compile(r"[0-9]{1,3}(?:\.0+)?")


@dataclass(frozen=True, slots=True)
class _LineColumns:
    text: int
    speaker: int | None
    takes: int | None
    has_header: bool
    writer: tuple[int | None, ...] = ()  # where WRITER_COLUMNS are; empty without text_source


def parse_csv(text: str, column: str | None) -> list[Phrase]:
    """Read a table between tabs, semicolons, commas or bars.

    Args:
        text: of the file.
        column: name of the column with the text, or its number from 1; found by its name when
            None. A table of one column needs no name.

    Raises:
        InvalidInputError: no such column, several that may be meant, or a count or a writer that is
            none.
    """
    return read_rows(_split(text), column)


def read_table(path: Path) -> list[Sequence[str]]:
    """Read all rows of a CSV, TSV or XLSX file, whatever is in them.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: not a table, empty, or larger than a transcript may be.
    """
    data = load_bytes(path)
    if path.suffix.lower() == ".xlsx":
        return [row for _, row in parse_sheet(data, None, list)[0]]
    return [row for _, row in _split(decode_text(data))]


def _split(text: str) -> Iterator[NumberedRow]:
    head = text[:20_000].partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count) if any(d in head for d in DELIMITERS) else "\t"
    return csv_rows(text, delimiter)


def read_rows(rows: Iterator[NumberedRow], column: str | None) -> list[Phrase]:
    """Make phrases of rows of cells; see `parse_csv`.

    Raises:
        InvalidInputError: as there.
    """
    filled = [numbered for numbered in rows if any(cell.strip() for cell in numbered[1])]
    if not filled:
        raise InvalidInputError("is an empty table; write one phrase in each row")
    columns = _find(filled, column)
    phrases = []
    for number, row in filled[1:] if columns.has_header else filled:
        words, place = _cell(row, columns.text), f"row {number}"
        told = [_cell(row, column) for column in columns.writer]
        writer = writer_of_row(words, told, place) if words and told else None
        if words and (writer or not words.startswith("#")):
            phrases.append(
                Phrase(
                    place=place,
                    text=words,
                    speaker=_cell(row, columns.speaker) or None,
                    takes=_takes(_cell(row, columns.takes), number),
                    writer=writer,
                )
            )
    return phrases


def _find(rows: Sequence[NumberedRow], column: str | None) -> _LineColumns:
    header = rows[0][1]
    names = [normal_name(cell) for cell in header]
    text = _asked(names, header, column) if column else find_column(names, _TEXT)
    if text is not None:
        has_header = not (column and column.isdigit()) or find_column(names, _TEXT) is not None
        speaker, takes = find_column(names, SPEAKER_NAMES), find_column(names, _TAKES)
        return _LineColumns(text, speaker, takes, has_header, _writer_columns(names))
    if max(len(row) for _, row in rows) == 1:
        return _LineColumns(0, None, None, has_header=False)
    wordy, numbers = _with_words(rows[1:] or rows), _with_numbers(rows[1:])
    if len(wordy) == 1 and _with_words(rows[:1]) <= wordy | numbers:
        # What stands above numbers and is none is their name, and the words have one beside it.
        has_header = not numbers - wordy <= _with_numbers(rows[:1])
        return _LineColumns(wordy.pop(), None, None, has_header=has_header)
    raise InvalidInputError(
        f"row {rows[0][0]}: no column named text, line or sentence; say which holds "
        f"the text: --column NAME, one of {_listed(header)}"
    )


def _with_words(rows: Sequence[NumberedRow]) -> set[int]:
    """Give the columns in which there are letters."""
    return {k for _, row in rows for k, cell in enumerate(row) if any(map(str.isalpha, cell))}


def _with_numbers(rows: Sequence[NumberedRow]) -> set[int]:
    """Give the columns in which there are digits."""
    return {k for _, row in rows for k, cell in enumerate(row) if any(map(str.isdigit, cell))}


def _asked(names: list[str], header: Sequence[str], column: str) -> int:
    if normal_name(column) in names:
        return names.index(normal_name(column))
    if column.isdigit() and 1 <= int(column) <= len(names):
        return int(column) - 1
    raise InvalidInputError(f"has no column {column!r}; its columns are {_listed(header)}")


def _listed(header: Sequence[str]) -> str:
    return ", ".join(shown(cell) for cell in header[:12]) or "nothing"


def _cell(row: Sequence[str], number: int | None) -> str:
    return "" if number is None or number >= len(row) else " ".join(row[number].split())


def _takes(cell: str, number: int) -> int | None:
    if not cell:
        return None
    if _COUNT.fullmatch(cell) and float(cell) >= 1:
        return int(float(cell))
    raise InvalidInputError(
        f"row {number}: {shown(cell)} is no number of takes; write 1, 2, 3 or nothing"
    )


def _writer_columns(names: Sequence[str]) -> tuple[int | None, ...]:
    if WRITER_COLUMNS[0] not in names:
        return ()
    return tuple(names.index(name) if name in names else None for name in WRITER_COLUMNS)
