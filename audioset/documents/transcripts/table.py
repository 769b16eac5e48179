"""CSV, TSV and XLSX: each row is a phrase; the column that holds the text is found by its name.

`writer.py` states what is read of who wrote the texts.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from audioset.documents.reading.cell import LOST, made_of
from audioset.documents.reading.header import SPEAKER_NAMES, find_column, normal_name, place_of
from audioset.documents.reading.headings import TEXT_NAMES, is_known
from audioset.documents.reading.sheet import HIGHEST_NAMES, NumberedRow, filled_rows, read_rows_of
from audioset.documents.reading.text import shown
from audioset.documents.transcripts.docx_file import load_bytes
from audioset.documents.transcripts.lines_file import Phrase
from audioset.documents.transcripts.prefix import is_comment
from audioset.documents.transcripts.row_facts import (
    facts_of_row,
    find_fact_columns,
    tell_columns,
)
from audioset.documents.transcripts.rows_of_files import carried_down, find_file_column
from audioset.documents.transcripts.unsaid import Unsaid
from audioset.documents.transcripts.writer import writer_of_row
from audioset.errors import InvalidInputError, as_option
from audioset.records.lines import WRITER_COLUMNS, RowsWanted

_TEXT = list(dict.fromkeys(["text", "line", *TEXT_NAMES]))  # best first
_SAID = r"[0-9]+|two|three|four|five"
_TIMES_SAID = re.compile(rf"_(?:x_?[0-9]+|[0-9]+_?x|(?:{_SAID})_times)$")  # phrase (3x)
_TAKES = "takes num_takes repetitions times count"
_MOST_NAME_WORDS = 4  # of the name of a column
_COUNT = re.compile(r"[0-9]{1,3}(?:\.0+)?")


@dataclass(frozen=True, slots=True)
class _LineColumns:
    text: int
    speaker: int | None
    takes: int | None
    has_header: bool
    writer: tuple[int | None, ...] = ()  # where WRITER_COLUMNS are; empty without text_source

    @property
    def taken(self) -> tuple[int | None, ...]:
        return (self.text, self.speaker, self.takes, *self.writer)


def read_table(path: Path) -> list[Sequence[str]]:
    """Read all rows of a CSV, TSV or XLSX file, whatever is in them.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: not a table, empty, or larger than a transcript may be.
    """
    return [row for _, row in read_rows_of(load_bytes(path)).rows]


def read_rows(
    rows: Iterable[NumberedRow],
    column: str | None,
    unsaid: Unsaid | None = None,
    wanted: RowsWanted | None = None,
) -> list[Phrase]:
    """Make phrases of rows of cells.

    Args:
        rows: of the table.
        column: name of the column with the text, or its number from 1; found by its name when
            None. A table of one column needs no name.
        unsaid: takes what is left out: rows above the names of columns, comments of which nobody
            can say whether they are some, and what a spreadsheet program made of a text.
        wanted: knows the recordings that a column may name; None looks for no such column.

    Raises:
        InvalidInputError: no such column, several that may be meant, or a count or a writer that is
            none.
    """
    filled = filled_rows(rows)
    if not filled:
        raise InvalidInputError("is an empty table; write one phrase in each row")
    unsaid = unsaid or Unsaid()
    place, columns = _find(filled, column)
    for number, row in filled[: max(0, place - columns.has_header)]:
        unsaid.add("rows above the table", f"row {number}", ", ".join(filter(None, row)))
    header = filled[place - 1][1] if columns.has_header else ()
    files = _file_column(header, filled[place:], columns, wanted)
    file_column = None if files is None else header[files]
    taken = (*columns.taken, files)
    facts = find_fact_columns(header, taken)
    if not columns.writer:  # our own tables hold much that was measured
        unsaid.notes += tell_columns(header, filled[place:], facts, taken)
    phrases = []
    for number, row in filled[place:]:
        words, where = _words(row, columns.text, f"row {number}", unsaid), f"row {number}"
        told = [_cell(row, column) for column in columns.writer]
        writer = writer_of_row(words, told, where) if words and told else None
        if words and (writer or not is_comment(words)):
            for place_of_fact in facts:
                _note_lost(row, place_of_fact, where, unsaid)
            phrases.append(
                Phrase(
                    place=where,
                    text=words,
                    speaker=_cell(row, columns.speaker) or None,
                    takes=_takes(_cell(row, columns.takes), number),
                    writer=writer,
                    facts=facts_of_row(row, facts),
                    file=None if files is None else _cell(row, files),
                    file_column=file_column,
                )
            )
    return phrases if file_column is None else _carried_down(phrases, file_column, unsaid)


def _note_lost(row: Sequence[str], column: int, where: str, unsaid: Unsaid) -> None:
    """Note a fact of which nobody can tell what was typed: it is left out."""
    cell = row[column] if column < len(row) else ""
    if made_of(cell) in LOST:
        unsaid.add(made_of(cell), where, cell)


def _carried_down(phrases: Sequence[Phrase], column: str, unsaid: Unsaid) -> list[Phrase]:
    """Fill the empty cells of a column of files where each name stands once, and tell of it."""
    files = carried_down([each.file or "" for each in phrases])
    filled = sum(not each.file and bool(file) for each, file in zip(phrases, files, strict=True))
    if filled:
        unsaid.notes.append(
            f"rows with no name in {shown(column)} belong to the name above them ({filled:,}), as "
            "each stands there once; write it into each row if not"
        )
    return [replace(each, file=file) for each, file in zip(phrases, files, strict=True)]


def _file_column(
    header: Sequence[str],
    rows: Sequence[NumberedRow],
    columns: _LineColumns,
    wanted: RowsWanted | None,
) -> int | None:
    if wanted is None:
        return None
    return find_file_column(header, [row for _, row in rows], columns.taken, wanted)


def _words(row: Sequence[str], column: int, where: str, unsaid: Unsaid) -> str:
    cell = row[column] if column < len(row) else ""
    made = made_of(cell)
    if made:
        unsaid.add(made, where, cell)
    return "" if made in LOST else _cell(row, column)


def _find(rows: Sequence[NumberedRow], column: str | None) -> tuple[int, _LineColumns]:
    """Find the columns, and the place of the first row with a phrase."""
    for place, (_, row) in enumerate(rows[:HIGHEST_NAMES]):
        names = _names(row)
        # Under a title of one cell; a phrase that is just "text" is in no table of columns.
        if place == 0 or sum(map(bool, names)) > 1:
            by_name = column and (place == 0 or not column.isdigit())
            asked = _names([column])[0] if by_name and column else ""
            text = place_of(names, asked) if asked and asked in names else None
            text = _text_column(names, rows[place + 1 :]) if text is None and not column else text
            if text is not None:
                return place + 1, _named(names, text)
    header = rows[0][1]
    names = _names(header)
    if column:
        text, known = _asked(header, column), _text_column(names, rows[1:]) is not None
        found = _named(names, text)
        return int(known), found if known else replace(found, has_header=False)
    if max(len(row) for _, row in rows) == 1:
        return 0, _LineColumns(0, None, None, has_header=False)
    wordy, numbers = _with_words(rows[1:] or rows), _with_numbers(rows[1:])
    if len(wordy) == 1 and _with_words(rows[:1]) <= wordy | numbers:
        # What stands above numbers and is none is their name, and the words have one beside it.
        has_header = not numbers - wordy <= _with_numbers(rows[:1])
        if has_header and not _is_name(_cell(header, min(wordy))):
            raise _which(rows)
        return int(has_header), _LineColumns(wordy.pop(), None, None, has_header=has_header)
    raise _which(rows)


def has_text_column(rows: Sequence[NumberedRow]) -> bool:
    """Tell whether a column is called as those of texts are."""
    names = ((place, _names(row)) for place, (_, row) in enumerate(rows[:HIGHEST_NAMES]))
    return any(
        _text_column(each, rows[place + 1 :]) is not None
        for place, each in names
        if place == 0 or sum(map(bool, each)) > 1
    )


def may_be_lines(rows: Sequence[NumberedRow]) -> bool:
    """Tell whether it is clear without a word for it which column holds the texts."""
    try:
        return bool(rows) and bool(_find(rows, None))
    except InvalidInputError:
        return False


def _names(header: Sequence[str]) -> list[str]:
    """Give the names of columns as they are compared, without how often each phrase is said."""
    return [_TIMES_SAID.sub("", normal_name(cell)) for cell in header]


def _text_column(names: Sequence[str], rows: Sequence[NumberedRow]) -> int | None:
    """Find the column of texts by its name; of several the first in which there are words.

    A column `line` beside one `phrase` counts the lines.

    Raises:
        InvalidInputError: two columns have the name.
    """
    called = [name for name in _TEXT if name in names]
    wordy = _with_words(rows)
    for name in called:
        if any(names[place] == name for place in wordy if place < len(names)):
            return place_of(names, name)
    return place_of(names, called[0]) if called else None


def _is_name(cell: str) -> bool:
    """Tell the name of a column from words that somebody says."""
    return len(cell.split()) <= _MOST_NAME_WORDS and not any(sign in cell for sign in ",.!?;")


def _which(rows: Sequence[NumberedRow]) -> InvalidInputError:
    number, header = rows[0]
    wordiest = max(range(len(header)), key=lambda place: _num_words(rows[1:], place), default=0)
    # Where no name is known the first row may be a phrase.
    likely = shown(header[wordiest]) if any(map(is_known, header)) else ""
    return InvalidInputError(
        f"row {number}: no column named text, line or sentence; say which holds "
        f"the text: {as_option('column', likely)}, one of {_listed(header)}"
    )


def _num_words(rows: Sequence[NumberedRow], place: int) -> int:
    cells = (_cell(row, place) for _, row in rows)
    return sum(len(cell.split()) for cell in cells if any(map(str.isalpha, cell)))


def _named(names: Sequence[str], text: int) -> _LineColumns:
    speaker, takes = find_column(names, SPEAKER_NAMES), find_column(names, _TAKES)
    return _LineColumns(text, speaker, takes, has_header=True, writer=_writer_columns(names))


def _with_words(rows: Sequence[NumberedRow]) -> set[int]:
    """Give the columns in which there are letters."""
    return {k for _, row in rows for k, cell in enumerate(row) if any(map(str.isalpha, cell))}


def _with_numbers(rows: Sequence[NumberedRow]) -> set[int]:
    """Give the columns in which there are digits."""
    return {k for _, row in rows for k, cell in enumerate(row) if any(map(str.isdigit, cell))}


def _asked(header: Sequence[str], column: str) -> int:
    if column.isdigit() and 1 <= int(column) <= len(header):
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
