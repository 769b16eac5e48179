"""Workbooks (.xlsx): one sheet as rows of cells, and what is hidden or merged in it."""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, Any

from audioset.documents.reading.cell import address, as_text, without_result
from audioset.documents.reading.office import is_older, require_open
from audioset.documents.reading.text import MAX_BYTES, shown
from audioset.documents.reading.xml_tree import attribute, local_name, xml_root
from audioset.errors import AudiosetError, InvalidInputError

if TYPE_CHECKING:
    from openpyxl import Workbook

MAX_COLUMNS = 1000
_MAX_EMPTY_ROWS = 10_000  # one cell far below makes a sheet of any number of rows
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell [^>]*ref="([A-Z]{1,3})([0-9]{1,7}):\1([0-9]{1,7})"')
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row [^>]*hidden="(?:1|true)"')
_SHEETS = "xl/workbook.xml"
_MOST_MERGED_ROWS = 1000
_OTHERS = {
    "content.xml": "an OpenDocument file",
    "Index/Document.iwa": "a Numbers document",
    "Index.zip": "a Numbers document",
    "word/document.xml": "a Word document",
    "xl/workbook.bin": "a binary workbook (.xlsb)",
}

BookRow = tuple[int, list[str]]  # row of the sheet from 1, cells


def is_book(data: bytes) -> bool:
    """Tell by its first bytes whether a file is a workbook, or another archive or old document."""
    return data.startswith(b"PK\x03\x04") or is_older(data)


def sheet_names(data: bytes, *, hidden: bool = True) -> list[str]:
    """Name the sheets of a workbook.

    Args:
        data: of the workbook.
        hidden: name hidden ones too; else those that can be seen, or all where none can be.

    Raises:
        InvalidInputError: not a workbook that can be read.
    """
    _require_book(data)
    with _readable(), zipfile.ZipFile(io.BytesIO(data)) as archive:
        # To open it as a workbook is to go through all of its cells.
        root = xml_root(archive.read(_SHEETS))
    pages = [each for each in root.iter() if local_name(each) == "sheet"]
    seen = [each for each in pages if hidden or attribute(each, "state") in (None, "visible")]
    return [attribute(each, "name") or "" for each in seen or pages]


def read_book(
    data: bytes, sheet: str | None, *, most_rows: int | None = None
) -> tuple[list[BookRow], str, list[str]]:
    """Read one sheet: the one that is named, else the first that is not hidden.

    Of formulas the stored result is read. The table ends with 10,000 empty rows, or with the sheet.

    Args:
        data: of the workbook.
        sheet: its name; None for the first that is not hidden.
        most_rows: that are read, of those that are not empty; None reads all.

    Returns:
        Its rows without empty ones, its name, and notes about what is not seen at first sight.

    Raises:
        InvalidInputError: not a workbook that can be read, or no such sheet.
    """
    parts = _require_book(data)
    with _readable():
        book = _open(data, results=True)
        name = _choose(book, sheet)
        formulas = None
        if any(_FORMULA.search(part) for part in parts.values()):
            formulas = _open(data, results=False)
        rows = list(islice(_rows(book, formulas, name), most_rows))
        notes = _others(book, name, asked=sheet is not None)
        path = str(getattr(book[name], "_worksheet_path", ""))
        part = parts.get(path.lstrip("/"), b"")
    hidden = len(_HIDDEN_ROW.findall(part))
    if hidden:
        notes.append(
            f"rows that are hidden in the sheet are read too ({hidden}); delete them if not"
        )
    return _with_merged(rows, part), name, notes


@contextmanager
def _readable() -> Iterator[None]:
    """Make one error of all that a damaged workbook raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions, which nobody asked for
            yield
    except AudiosetError:
        raise
    except Exception as error:
        # A damaged workbook makes openpyxl raise whatever its parts raise, from KeyError to
        # zlib.error; to the caller they all mean the same.
        # It often wraps the real one in a page of advice.
        reason = error.__cause__ or error.__context__ or error
        raise InvalidInputError(
            f"not a workbook that can be read ({type(reason).__name__}: {shown(str(reason))}); "
            "save it again, or as CSV"
        ) from error


def _require_book(data: bytes) -> dict[str, bytes]:
    """Give the sheets of a workbook by their paths in it; refuse all other archives."""
    require_open(data, "xlsx")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            size = sum(member.file_size for member in members)
            if size > MAX_BYTES:
                raise InvalidInputError(
                    f"unpacks to {size / 2**20:.0f} MiB, audioset reads up to "
                    f"{MAX_BYTES // 2**20} MiB"
                )
            for name, kind in _OTHERS.items():
                if name in names:
                    raise InvalidInputError(f"is {kind}; save it as .xlsx, or as CSV UTF-8")
            return {
                name: archive.read(name)
                for name in names
                if name.startswith("xl/worksheets/") and name.endswith(".xml")
            }
    except InvalidInputError:
        raise
    except Exception as error:  # damaged archives raise many kinds, as above
        raise InvalidInputError("not an .xlsx workbook; save it as one, or as CSV") from error


def _open(data: bytes, *, results: bool) -> "Workbook":
    import openpyxl

    return openpyxl.load_workbook(
        io.BytesIO(data), read_only=True, data_only=results, keep_links=False
    )


def _choose(book: "Workbook", sheet: str | None) -> str:
    names = [page.title for page in book.worksheets]
    seen = [page.title for page in book.worksheets if page.sheet_state == "visible"]
    name = sheet if sheet is not None else next(iter(seen or names), "")
    if name not in names:
        listed = ", ".join(repr(each) for each in names[:12]) or "none"
        raise InvalidInputError(f"has no sheet {name!r}; its sheets are {listed}")
    return name


def _others(book: "Workbook", name: str, *, asked: bool) -> list[str]:
    others = [page.title for page in book.worksheets if page.title != name]
    if asked or not others:
        return []
    return [f"read is the sheet {name!r}, not {', '.join(map(repr, others[:12]))}"]


def _rows(book: "Workbook", formulas: "Workbook | None", name: str) -> Iterator[BookRow]:
    filled = 0
    written = _cells(formulas, name) if formulas else repeat([])
    # What holds no value any more may hold a formula still.
    for number, (row, before) in enumerate(zip(_cells(book, name), written, strict=False), 1):
        cells = [
            without_result()
            if cell.value is None and getattr(formula, "data_type", "") == "f"
            else as_text(cell.value, _format(cell), epoch=_epoch(book))
            for cell, formula in zip(row, chain(before, repeat(None)), strict=False)
        ]
        while cells and not cells[-1] and not getattr(cells[-1], "made", ""):
            cells.pop()
        if cells:
            filled = number
            yield number, cells
        elif number - filled > _MAX_EMPTY_ROWS:
            return


def _cells(book: "Workbook", name: str) -> Iterator[Sequence[Any]]:
    page: Any = book[name]
    page.reset_dimensions()  # what the file claims about its size is not believed
    for row in page.iter_rows():
        yield row[:MAX_COLUMNS]


def _format(cell: Any) -> str:
    return str(getattr(cell, "number_format", None) or "General")


def _epoch(book: "Workbook") -> datetime:
    epoch: Any = book.epoch
    return datetime(epoch.year, epoch.month, epoch.day)


def _with_merged(rows: list[BookRow], part: bytes) -> list[BookRow]:
    """Give cells that are merged downwards the value of the first of them, as a reader sees it."""
    by_number = dict(rows)
    for letters, first, last in _MERGED.findall(part):
        start, end = int(first), min(int(last), int(first) + _MOST_MERGED_ROWS)
        column = 0
        while column < MAX_COLUMNS and address(range(column), start) != (letters + first).decode():
            column += 1
        above = by_number.get(start, [])
        if column >= len(above):
            continue
        for number in range(start + 1, end + 1):
            below = by_number.get(number)
            if below is not None:
                below += [""] * (column + 1 - len(below))
                below[column] = below[column] or above[column]
    return rows
