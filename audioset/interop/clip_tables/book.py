"""A table of clips as a workbook: made to be edited, and to come back as it was."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from audioset.catalog.fields import UNSURE
from audioset.errors import InvalidInputError
from audioset.interop.clip_tables.cells import NO, NUMBER_TYPES, YES
from audioset.interop.clip_tables.columns import (
    EXPORTED,
    SUBJECT,
    ShownClips,
    is_decidable,
    kind_of,
)
from audioset.records.split_report import SPLITS
from audioset.records.table_cell import to_book_cell

SHEET = "clips"
MOST_LETTERS = 32_767  # in a cell
_MOST_ROWS = 1_048_576
MOST_LINKS = 65_000  # Excel calls a sheet with more than 65,530 damaged
_WIDTHS = {SUBJECT: 36, "text": 60, "hypothesis": 40, "source_name": 24, EXPORTED: 20}
_WIDTH = 12
_CHOICES = {"accepted": (YES, NO, UNSURE), "split": SPLITS}


def make_book(
    shown: ShownClips,
    *,
    export_id: str,
    enclosed: Sequence[str],
    links: Mapping[str, str],
) -> bytes:
    """Make a workbook with a sheet of clips, and a hidden one with what was exported.

    Args:
        shown: the clips.
        export_id: for the column `exported`.
        enclosed: texts for the hidden sheet.
        links: from the workbook to the audio of clips, by clip id.

    Raises:
        InvalidInputError: a text is longer than a cell can hold, or there are too many clips.
    """
    from openpyxl import Workbook

    _require_room(shown)
    names = [SUBJECT, *shown.columns, EXPORTED]
    book = Workbook(write_only=True)
    page = book.create_sheet(SHEET)
    _lay_out(page, names, len(shown.cells))
    cells = _Sheet(page)
    page.append([cells.heading(name) for name in names])
    for clip_id, row in shown.cells.items():
        page.append(
            [
                cells.clip(clip_id, links.get(clip_id)),
                *map(cells.value, shown.columns, row),
                cells.value(EXPORTED, export_id),
            ]
        )
    hidden = book.create_sheet(EXPORTED)
    hidden.sheet_state = "hidden"
    for text in enclosed:
        hidden.append([text])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _require_room(shown: ShownClips) -> None:
    if len(shown.cells) >= _MOST_ROWS:
        raise InvalidInputError(
            f"a workbook holds {_MOST_ROWS - 1:,} clips, and these are {len(shown.cells):,}; "
            "choose some by a condition, or write a .csv"
        )
    for clip_id, row in shown.cells.items():
        for name, cell in zip(shown.columns, row, strict=True):
            if len(cell) > MOST_LETTERS:
                raise InvalidInputError(
                    f"{name!r} of clip {clip_id} has {len(cell):,} letters, and a cell of a "
                    f"workbook holds {MOST_LETTERS:,}; write a .csv"
                )


def _lay_out(page: Any, names: Sequence[str], num_clips: int) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    last = num_clips + 1
    page.freeze_panes = "B2"
    page.auto_filter.ref = f"A1:{get_column_letter(len(names))}{last}"
    for number, name in enumerate(names, start=1):
        letter = get_column_letter(number)
        page.column_dimensions[letter].width = _WIDTHS.get(name, max(_WIDTH, len(name) + 4))
        if name in _CHOICES:
            choice = DataValidation("list", formula1=f'"{",".join(_CHOICES[name])}"')
            choice.add(f"{letter}2:{letter}{last}")
            page.data_validations.append(choice)


class _Sheet:
    """Makes the cells of one sheet; styles are made once."""

    def __init__(self, page: Any) -> None:
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Alignment, Font, PatternFill

        self._page, self._cell = page, WriteOnlyCell
        self._bold, self._grey = Font(bold=True), Font(italic=True, color="FF666666")
        self._link = Font(underline="single", color="FF0563C1")
        self._pale = PatternFill("solid", fgColor="FFEEEEEE")
        self._wrapped = Alignment(wrap_text=True, vertical="top")

    def heading(self, name: str) -> Any:
        made = self._text(name)
        made.font = self._bold if is_decidable(name) else self._grey
        made.fill = self._pale
        return made

    def clip(self, clip_id: str, link: str | None) -> Any:
        made = self._text(clip_id)
        if link is not None:
            made.hyperlink = link
            made.font = self._link
        return made

    def value(self, column: str, cell: str) -> Any:
        if kind_of(column) in NUMBER_TYPES and cell:
            number = self._cell(self._page, float(cell))
            if not is_decidable(column):
                number.font = self._grey
            return number
        made = self._text(cell)
        if not is_decidable(column):
            made.font = self._grey
        elif "\n" in cell:
            made.alignment = self._wrapped
        return made

    def _text(self, cell: str) -> Any:
        """Make a cell of text, which stays one when somebody edits it: 3-4 is no date there."""
        made = self._cell(self._page, to_book_cell(cell) or None)
        if cell:
            made.data_type = "s"  # what begins with = is a text too, no formula
            made.quotePrefix = True
        made.number_format = "@"
        return made
