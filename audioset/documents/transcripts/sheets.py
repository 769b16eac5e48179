"""Which sheet of a workbook holds the lines, and what to do with one that says who speaks."""

import shlex
from collections.abc import Sequence

from audioset.documents.reading.headings import fact_roles
from audioset.documents.reading.sheet import (
    HIGHEST_NAMES,
    NumberedRow,
    filled_rows,
    read_rows_of,
    sheets_of,
)
from audioset.documents.reading.text import shown
from audioset.documents.transcripts.table import has_text_column, may_be_lines
from audioset.documents.transcripts.unsaid import Unsaid

_MOST_SHEETS, _LOOKED_AT = 12, 50  # rows of each that is not read


def read_sheet_of_lines(data: bytes, file_name: str, unsaid: Unsaid) -> list[NumberedRow]:
    """Give the rows of the first sheet that is seen, or of the first with a column of texts.

    Args:
        data: of the workbook.
        file_name: its name, to tell a command with.
        unsaid: takes what else there is: which sheets are not read, and how facts are taken.

    Raises:
        InvalidInputError: not a workbook that can be read.
    """
    first = read_rows_of(data)
    others = {
        name: filled_rows(read_rows_of(data, name, most_rows=_LOOKED_AT).rows)
        for name in sheets_of(data)[:_MOST_SHEETS]
        if name != first.sheet
    }
    rows, notes = first.rows, list(first.notes)
    if others and not may_be_lines(filled_rows(first.rows)):
        better = next((name for name, each in others.items() if has_text_column(each)), None)
        if better is not None:
            found = read_rows_of(data, better)
            rows = found.rows
            notes = [f"read is the sheet {better!r}, not {first.sheet!r}", *found.notes]
            others = {str(first.sheet): filled_rows(first.rows)}
    unsaid.notes += notes
    unsaid.notes += [
        f"facts in the sheet {shown(name)}: audioset decide --from {shlex.quote(file_name)} "
        f"--sheet {shlex.quote(name)}"
        for name, each in others.items()
        if _says_facts(each)
    ]
    return rows


def _says_facts(rows: Sequence[NumberedRow]) -> bool:
    """Tell whether columns are called as facts are, in a table that has no texts."""
    named = any(len(fact_roles(row, set())) > 1 for _, row in rows[:HIGHEST_NAMES])
    return named and not has_text_column(rows)
