"""A table of facts about clips, read into manifest values, row by row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from audioset.documents.facts.layout import AskedColumns, FactsLayout, columns_shown, find_layout
from audioset.documents.facts.load import FactSheet, load_sheets
from audioset.documents.facts.named_files import NamedFiles
from audioset.documents.reading.cell import ERROR, LOST, NO_RESULT, made_of
from audioset.documents.reading.clock import time_seconds
from audioset.documents.reading.sheet import NumberedRow, load_table_bytes
from audioset.documents.reading.text import shown
from audioset.errors import InvalidInputError, NotFoundError, as_option
from audioset.records.split_report import SPLITS

_SPLITS = dict(zip(SPLITS, SPLITS, strict=True)) | {
    "training": "train",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "testing": "test",
}
_RIVAL = 0.5  # of the score of the best sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsRow:
    """What the table says of one file.

    Attributes:
        number: of the row, as a spreadsheet program shows it.
        file: as written in the table; empty when the cell is empty.
        columns: values of manifest columns by their names; text comes with its source.
        extra: all other non-empty cells, by heading.
        problems: what of the row is not taken, a sentence each.
        length_seconds: that the table claims; None when it claims none.
    """

    number: int
    file: str
    columns: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    length_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsTable:
    """A table of facts as it was understood.

    Attributes:
        path: of the table.
        sheet: that was read; None for text.
        rows: in order.
        mapped: (heading, what it became), of the columns that have a place in the manifest.
        extra: headings of the columns that are kept as they are, under their names.
        notes: what was chosen or left out, a sentence each.
        score: how well it fits the files, to be held against other tables.
    """

    path: Path
    sheet: str | None
    rows: tuple[FactsRow, ...]
    mapped: tuple[tuple[str, str], ...]
    extra: tuple[str, ...]
    notes: tuple[str, ...]
    score: float


def read_facts_table(
    path: Path,
    files: NamedFiles,
    *,
    file_column: str | None = None,
    text_column: str | None = None,
    sheet: str | None = None,
) -> FactsTable:
    """Read a table: a workbook, text between any separators, or JSON lines.

    Args:
        path: of the table.
        files: that it may name, by which its column and its sheet are found.
        file_column, text_column: as in `AskedColumns`.
        sheet: name or number (from 1) of the sheet; found when None.

    Raises:
        InvalidInputError: no such file, neither table nor text, no column that names files, several
            columns or sheets that do, or no row under the headings.
    """
    try:
        asked = AskedColumns(file_column, text_column)
        tried, found = _laid_out(path, files, asked, sheet)
        best = _choose(found)
        others = [name for name in tried if name not in (None, best[0].name)]
        return _table(path, files, best, others)
    except NotFoundError as error:
        raise InvalidInputError(
            f"{path} does not exist; name a CSV, TSV, xlsx or jsonl file"
        ) from error
    except InvalidInputError as error:
        raise InvalidInputError(f"{path} {_as_predicate(str(error))}") from error


def _as_predicate(reason: str) -> str:
    verbs = ("is ", "has ", "does ", "unpacks ", "names ", "cuts ", "cannot ")
    return reason if reason.startswith(verbs) else f"cannot be used: {reason}"


_Fitted = tuple[FactSheet, FactsLayout]


def _laid_out(
    path: Path, files: NamedFiles, asked: AskedColumns, sheet: str | None
) -> tuple[list[str | None], list[_Fitted]]:
    """Give the sheets that were read, and all readings in which a column may name the files."""
    names: list[str | None] = []
    found: list[_Fitted] = []
    first: Sequence[str] = ()
    unread = unfit = None
    tried = load_sheets(load_table_bytes(path), sheet)
    while True:
        try:
            each = next(tried, None)
        except InvalidInputError as error:
            unread = error
            break
        if each is None:
            break
        names.append(each.name)
        if each.rows and len(each.rows[0][1]) > len(first):
            first = each.rows[0][1]
        try:
            layout = find_layout(each, files, asked)
        except InvalidInputError as error:
            unfit = unfit or error
            continue
        if layout is not None:
            found.append((each, layout))
    if unread is not None and not any(layout.score for _, layout in found):
        raise unread
    if unfit is not None and not found:
        raise unfit
    if not found:
        raise InvalidInputError(
            f"has no column that names the audio files; its first row is {columns_shown(first)}: "
            f"say which column does: {as_option('file_column')}"
        )
    return names, found


def _choose(found: Sequence[_Fitted]) -> _Fitted:
    """Give the reading that fits best.

    Raises:
        InvalidInputError: several sheets fit.
    """
    order = sorted(found, key=lambda each: -each[1].score)
    best, others = order[0], order[1:]
    rivals = [
        each
        for each in others
        if each[0].name is not None and each[1].score and each[1].score >= _RIVAL * best[1].score
    ]
    if rivals:
        listed = " and ".join(repr(sheet.name) for sheet, _ in (best, *rivals))
        raise InvalidInputError(
            f"has several sheets that name files of the folder ({listed}); say which one: "
            f"{as_option('sheet')}, or take one after the other with "
            f"{as_option('named_only', 'True')}"
        )
    return best


def _table(
    path: Path, files: NamedFiles, found: _Fitted, others: Sequence[str | None]
) -> FactsTable:
    sheet, layout = found
    body = sheet.rows[layout.body :]
    if not body:
        raise InvalidInputError("has headings but no rows")
    _leave_out_other_subsets(body, layout)
    for row in body:
        _require_closed(row, files)
    mapped = {layout.file: "file"} | layout.roles
    if layout.text is not None:
        mapped[layout.text] = "text"
    places = range(len(layout.headings))
    return FactsTable(
        path=path,
        sheet=sheet.name,
        rows=tuple(_row(number, cells, layout, sheet) for number, cells in body),
        mapped=tuple((layout.headings[k], mapped[k]) for k in places if k in mapped),
        extra=tuple(
            layout.headings[k]
            for k in places
            if k not in mapped and layout.headings[k] and any(_filled(row, k) for row in body)
        ),
        notes=tuple(_notes(sheet, layout, others)),
        score=layout.score,
    )


def _leave_out_other_subsets(body: Sequence[NumberedRow], layout: FactsLayout) -> None:
    """Take a column for one of splits only when it holds some, unless it is named so."""
    for place, role in layout.roles.items():
        if role == "split" and layout.headings[place].strip().lower() != "split":
            cells = [row[place].strip().lower() for _, row in body if _filled((0, row), place)]
            if not all(cell in _SPLITS for cell in cells):
                layout.roles.pop(place)
                break


def _filled(row: NumberedRow, k: int) -> bool:
    return k < len(row[1]) and bool(row[1][k].strip())


def _require_closed(row: NumberedRow, files: NamedFiles) -> None:
    """Refuse a cell that took up other rows, because a quote before them is not closed.

    Raises:
        InvalidInputError: one of its lines begins with the name of a file.
    """
    number, cells = row
    for cell in cells:
        for line in cell.split("\n")[1:]:
            for sign in "\t;,|":
                name = line.partition(sign)[0] if sign in line else ""
                if name.strip() and files.find(name).is_exact:
                    raise InvalidInputError(
                        f"row {number}: a quote begins here that is not closed, so that the row "
                        f"of {name.strip()} is lost in it; close it, or save the table again"
                    )


def _row(number: int, cells: Sequence[str], layout: FactsLayout, sheet: FactSheet) -> FactsRow:
    width = len(layout.headings)
    file = cells[layout.file] if layout.file < len(cells) else ""
    if any(cell.strip() for cell in cells[width:]):
        return FactsRow(
            number=number,
            file=_flat(file),
            problems=(
                f"has {len(cells)} cells and the table {width} columns: only its file is taken; "
                "put quotes around text that holds the separator"
                if sheet.is_text
                else "has cells beside the table; only its file is taken",
            ),
        )
    columns: dict[str, str] = {}
    extra: dict[str, str] = {}
    problems = []
    for k, cell in enumerate(cells[:width]):
        heading = layout.headings[k]
        role = "file" if k == layout.file else "text" if k == layout.text else layout.roles.get(k)
        problem = _lost(cell, role)
        if problem:
            problems.append(f"{heading}: {problem}")
        elif role == "split" and cell.strip():
            if cell.strip().lower() in _SPLITS:
                columns["split"] = _SPLITS[cell.strip().lower()]
            else:
                allowed = ", ".join(SPLITS)
                problems.append(f"{heading}: {shown(cell)} is none of {allowed}; not taken")
        elif cell.strip() and heading:
            (columns if role else extra)[role or heading] = _flat(cell)
    named = columns.pop("file", "")
    if "text" in columns:
        columns["text_source"] = "human"
    return FactsRow(
        number=number,
        file=named,
        columns=columns,
        extra=extra,
        problems=tuple(problems),
        length_seconds=_length(cells, layout),
    )


def _lost(cell: str, role: str | None) -> str | None:
    """Say what a spreadsheet program made of a cell, where what was typed is lost."""
    made = made_of(cell)
    if made not in ((ERROR, NO_RESULT) if role is None else LOST):
        return None  # a date of its own column is what it says
    return f"{shown(cell) if cell else 'nothing'} is one of the {made}; not taken"


def _flat(cell: str) -> str:
    return " ".join(cell.split())


def _length(cells: Sequence[str], layout: FactsLayout) -> float | None:
    if layout.length is None or layout.length >= len(cells):
        return None
    seconds = time_seconds(cells[layout.length])
    return None if seconds is None else float(seconds)


def _notes(sheet: FactSheet, layout: FactsLayout, others: Sequence[str | None]) -> list[str]:
    notes = list(sheet.notes)
    if others:
        notes.append(f"read is the sheet {sheet.name!r}, not {', '.join(map(repr, others))}")
    above = sheet.rows[: max(0, layout.body - 1)]
    for number, row in above:
        notes.append(
            f"row {number} stands above the headings: {shown(', '.join(filter(None, row)))}"
        )
    if layout.wordy:
        listed = " or ".join(repr(heading) for heading in layout.wordy)
        notes.append(
            f"no column is known to hold the texts; if {listed} does, say so: "
            f"{as_option('text_column')}"
        )
    nameless = [k for k, heading in enumerate(layout.headings) if not heading]
    lost = [
        number
        for number, row in sheet.rows[layout.body :]
        if any(_filled((0, row), k) for k in nameless)
    ]
    if lost:
        notes.append(
            f"cells in columns without a heading are not read (rows {', '.join(map(str, lost[:5]))}"
            f"{' and more' if len(lost) > 5 else ''})"
        )
    return notes
