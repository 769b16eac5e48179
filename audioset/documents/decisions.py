"""A table of what people decide: rows about clips, speakers or sources, a column for each field.

The first row that names `clip_id` (or, in a table of speakers, `speaker`, or in one of sources
`source_name`, `video` or such) is the header.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from audioset.documents.reading.header import normal_name
from audioset.documents.reading.headings import TEXT_NAMES
from audioset.documents.reading.parquet_rows import is_parquet, parquet_rows
from audioset.documents.reading.sheet import (
    HIGHEST_NAMES,
    NumberedRow,
    Row,
    Table,
    filled_rows,
    load_table_bytes,
    read_rows_of,
    sheets_of,
)
from audioset.errors import InvalidInputError, NotFoundError

_RowsAbout = Literal["clip", "speaker", "source"]
_OF_SOURCES = ("source_name", "source_id", "source", "video", "video_file", "recording", "film")
SUBJECT_COLUMNS: Mapping[str, _RowsAbout] = {
    "clip_id": "clip",
    "speaker": "speaker",
    **dict.fromkeys(_OF_SOURCES, "source"),
}
_AUDIO_SUFFIX = ".flac"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidingTable:
    """A table as it stands in its file.

    Attributes:
        path: of the file.
        sheet: of a workbook; None for text.
        subject_kind: what its rows are about.
        subject_place: number of the column that names them, from 0.
        names: of the columns, as written.
        rows: with their numbers in the file from 1, as many cells each as there are names.
        notes: what was chosen, a sentence each.
    """

    path: Path
    sheet: str | None
    subject_kind: _RowsAbout
    subject_place: int
    names: tuple[str, ...]
    rows: tuple[NumberedRow, ...]
    notes: tuple[str, ...] = ()

    def subject_of(self, row: Row) -> str:
        """Give the clip, speaker or source of a row; the name of a clip's file is its id."""
        subject = row[self.subject_place].strip()
        if self.subject_kind == "clip" and subject.lower().endswith(_AUDIO_SUFFIX):
            subject = subject.replace("\\", "/").rpartition("/")[2][: -len(_AUDIO_SUFFIX)]
        return subject


def read_deciding_table(
    path: Path, *, sheet: str | None = None, hidden_sheet: str = ""
) -> DecidingTable:
    """Read a CSV (or TSV, or semicolons), a workbook or a Parquet file.

    Args:
        path: of the file; text is UTF-8 or UTF-16.
        sheet: of a workbook; the first that has a column `clip_id`, or else `speaker`, or else one
            of sources, when None.
        hidden_sheet: of a workbook that audioset wrote, which is no other sheet.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: not a table, no such sheet, no column that says what its rows are about,
            or a row of another length than the header's; the text names the line.
    """
    try:
        data = load_table_bytes(path)
        if is_parquet(data):
            table = Table(parquet_rows(data))
        else:
            table = _choose_sheet(data, sheet, hidden_sheet)
    except NotFoundError:
        raise NotFoundError(f"no table {path}") from None
    except InvalidInputError as error:
        raise InvalidInputError(f"{path} is not a table that can be read: {error}") from error
    return _from_header(table, path)


def read_first_cells(path: Path, sheet: str) -> tuple[str, ...]:
    """Read the first cell of each row of a sheet; nothing where there is none of this name.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: not a table.
    """
    data = load_table_bytes(path)
    if sheet not in sheets_of(data):
        return ()
    return tuple(row[0] for _, row in read_rows_of(data, sheet).rows if row)


def _choose_sheet(data: bytes, sheet: str | None, hidden_sheet: str) -> Table:
    """Read the sheet that is meant: the first that names clips, or else speakers, or sources."""
    first = read_rows_of(data, sheet)
    if sheet is not None or first.sheet is None:
        return first
    others = [name for name in sheets_of(data) if name not in (first.sheet, hidden_sheet)]
    tables = [first]
    if _header_place(first.rows, "clip_id") is None:
        tables += (read_rows_of(data, name) for name in others)
    fitting = (
        table
        for column, kind in SUBJECT_COLUMNS.items()
        for table in tables
        if (number := _header_place(table.rows, column)) is not None
        and not (kind == "source" and _has_texts(kind, dict(table.rows)[number]))
    )
    chosen = next(fitting, first)
    unread = [name for name in (first.sheet, *others) if name != chosen.sheet]
    hidden_rows = [note for note in chosen.notes if "hidden" in note]
    if unread:
        names = ", ".join(map(repr, unread))
        hidden_rows.append(
            f"read is the sheet {chosen.sheet!r}, not {names}; name another by sheet"
        )
    return replace(chosen, notes=hidden_rows)


def _header_place(rows: Sequence[NumberedRow], name: str) -> int | None:
    """Find the row that names the columns; titles may stand above it."""
    filled = filled_rows(rows[: 2 * HIGHEST_NAMES])[:HIGHEST_NAMES]
    for number, row in filled:
        if name in map(normal_name, row):
            return number
    return None


def _from_header(table: Table, path: Path) -> DecidingTable:
    rows = filled_rows(table.rows)
    for name, kind in SUBJECT_COLUMNS.items():
        number = _header_place(rows, name)
        if number is None:
            continue
        (header, *body) = [row for row in rows if row[0] >= number]
        names = [cell.strip() for cell in header[1]]
        if kind != "clip" and _has_texts(kind, names):
            about = "speakers" if kind == "speaker" else "sources"
            raise InvalidInputError(
                f"{path} has texts and {about}, but no column clip_id that says of which clips: "
                "write one with audioset export table; a table of lines is a transcript for "
                "audioset cut, one of files is for audioset import folder"
            )
        places = [place for place, each in enumerate(names) if normal_name(each) == name]
        if len(places) > 1:
            raise InvalidInputError(
                f"{path}: row {number} must name each column once, and has {name} twice"
            )
        width = len(names)
        if table.sheet is None:
            _require_width(body, width, path)
        wide = max([width, *(len(row) for _, row in body)])
        return DecidingTable(
            path=path,
            sheet=table.sheet,
            subject_kind=kind,
            subject_place=places[0],
            names=(*names, *[""] * (wide - width)),
            rows=tuple((number, [*row, *[""] * (wide - len(row))]) for number, row in body),
            notes=tuple(table.notes),
        )
    first = ", ".join(cell for cell in rows[0][1] if cell.strip()) if rows else ""
    raise InvalidInputError(
        f"{path}: the first row must name the columns, and one of them is clip_id (or speaker, to "
        f"decide about speakers, or video, to decide about sources); it names {first or 'nothing'}"
    )


def _has_texts(kind: _RowsAbout, names: Sequence[str]) -> bool:
    """Tell whether there is a column of texts; beside sources whatever people call it."""
    words = ["text"] if kind == "speaker" else TEXT_NAMES
    return any(normal_name(name) in words for name in names)


def _require_width(rows: Sequence[NumberedRow], width: int, path: Path) -> None:
    """Refuse rows of text that are shorter or longer than the header: a separator is missing."""
    for number, row in rows:
        if len(row) < width or any(cell.strip() for cell in row[width:]):
            raise InvalidInputError(
                f"{path}, row {number} has {len(row)} cells, the first row {width}; put quotes "
                "around text that holds the separator"
            )
