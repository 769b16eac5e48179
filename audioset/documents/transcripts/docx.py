"""Word documents: each paragraph is a phrase, and each row of a table.

A line break inside a paragraph (Shift-Enter) begins a new phrase. Comments, footnotes, hidden text
and what a tracked change took away are not read. Nothing in a document is ever run.
"""

from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element

from audioset.documents.reading.xml_tree import attribute, local_name, xml_root
from audioset.documents.transcripts.docx_file import read_document
from audioset.documents.transcripts.lines_file import Phrase
from audioset.documents.transcripts.prefix import is_comment
from audioset.documents.transcripts.table import read_rows
from audioset.documents.transcripts.unsaid import Unsaid
from audioset.errors import InvalidInputError, as_option
from audioset.records.lines import RowsWanted

_BREAK = "\n"
# These repeat or take away what is said; `rt` says how the word under it is read.
_SAID_ONCE = frozenset({"Fallback", "moveFrom", "del", "rt"})
_GLYPHS = {"tab": " ", "br": _BREAK, "cr": _BREAK, "noBreakHyphen": "-"}
_MAX_DEPTH = 200
_MOST_CELLS = 1000  # of a row


def parse_docx(
    data: bytes,
    column: str | None = None,
    wanted: RowsWanted | None = None,
    unsaid: Unsaid | None = None,
) -> list[Phrase]:
    """Read the phrases of a document.

    Args:
        data: of the file.
        column: of its tables, with the text; nothing but the tables is read then.
        wanted: knows the recordings that a column of a table may name.
        unsaid: takes what is left out of tables, and what was chosen.

    Raises:
        InvalidInputError: not a document, one with macros, one that unpacks to too much, or a table
            of which nobody knows the column with the text.
    """
    phrases: list[Phrase] = []
    carried, paragraphs, tables = "", 0, 0
    for block in _blocks(xml_root(read_document(data)), 0):
        if local_name(block) == "tbl":
            tables += 1
            phrases += _of_table(block, tables, column, wanted, unsaid)
            continue
        paragraphs += 1
        text = carried + "".join(_text(block, 0))
        carried = text if _ends_no_more(block) else ""
        if not carried and column is None:
            phrases += _of_text(text, f"paragraph {paragraphs}")
    if column is not None and not tables:
        raise InvalidInputError(f"has no table, and so no columns; leave {as_option('column')} out")
    return phrases + (_of_text(carried, f"paragraph {paragraphs}") if column is None else [])


def _of_text(text: str, place: str) -> list[Phrase]:
    rows = (" ".join(row.split()) for row in text.split(_BREAK))
    return [Phrase(place=place, text=row) for row in rows if row and not is_comment(row)]


def _of_table(
    table: Element,
    number: int,
    column: str | None,
    wanted: RowsWanted | None,
    unsaid: Unsaid | None,
) -> list[Phrase]:
    rows = list(_rows(table))
    filled = [(place, cells) for place, cells in rows if any(cell.strip() for cell in cells)]
    if not filled:
        return []
    if max(len(cells) for _, cells in filled) == 1:  # what stands in a frame, each line a phrase
        filled = [(place, [part]) for place, (cell,) in filled for part in cell.split(_BREAK)]
    try:
        found = read_rows(iter(filled), column, unsaid, wanted)
    except InvalidInputError as error:
        raise InvalidInputError(f"table {number}, {error}; or take the table out") from error
    return [replace(phrase, place=f"table {number}, {phrase.place}") for phrase in found]


def _rows(table: Element) -> Iterator[tuple[int, list[str]]]:
    """Give the cells of each row; one that is wider than its column is followed by empty ones."""
    for number, row in enumerate(_inside(table, "tr", 0), 1):
        cells: list[str] = []
        for cell in _inside(row, "tc", 0):
            parts = ("".join(_text(block, 0)) for block in _blocks(cell, 0, into_tables=True))
            cells.append(_BREAK.join(parts))
            cells += [""] * (min(_width(cell), _MOST_CELLS) - 1)
        if cells:
            yield number, cells[:_MOST_CELLS]


def _width(cell: Element) -> int:
    """Give how many columns a cell is wide."""
    for part in cell:
        if local_name(part) == "tcPr":
            for mark in part:
                width = attribute(mark, "val") or ""
                if local_name(mark) == "gridSpan" and width.isdecimal():
                    return max(1, int(width))
    return 1


def _inside(element: Element, wanted: str, depth: int) -> Iterator[Element]:
    """Give rows or cells, those in content controls too; not those of a table inside."""
    _require_shallow(depth)
    for child in element:
        if local_name(child) == wanted:
            yield child
        elif local_name(child) not in (*_SAID_ONCE, "tc", "p"):
            yield from _inside(child, wanted, depth + 1)


def _blocks(element: Element, depth: int, *, into_tables: bool = False) -> Iterator[Element]:
    """Give paragraphs and tables in the order of reading; one inside a paragraph comes after it."""
    _require_shallow(depth)
    for child in element:
        name = local_name(child)
        if name in _SAID_ONCE:
            continue
        if name == "p" or (name == "tbl" and not into_tables):
            yield child
        if name != "tbl" or into_tables:
            yield from _blocks(child, depth + 1, into_tables=into_tables)


def _text(element: Element, depth: int) -> Iterator[str]:
    """Give the text of a paragraph, without that of paragraphs inside it, such as text boxes."""
    _require_shallow(depth)
    for child in element:
        name = local_name(child)
        if name == "t":
            yield child.text or ""
        elif name in _GLYPHS:
            yield _GLYPHS[name]
        elif name not in ("p", "tbl") and name not in _SAID_ONCE and not _is_hidden(child):
            yield from _text(child, depth + 1)


def _ends_no_more(paragraph: Element) -> bool:
    """Tell whether a tracked change took the end of a paragraph away: it goes on in the next."""
    marks = (mark for part in paragraph if local_name(part) == "pPr" for mark in part)
    changes = (change for mark in marks if local_name(mark) == "rPr" for change in mark)
    return any(local_name(change) in ("del", "moveFrom") for change in changes)


def _is_hidden(run: Element) -> bool:
    if local_name(run) != "r":
        return False
    marks = (mark for part in run if local_name(part) == "rPr" for mark in part)
    return any(
        local_name(mark) == "vanish" and attribute(mark, "val") not in ("0", "false")
        for mark in marks
    )


def _require_shallow(depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise InvalidInputError(
            f"is nested more than {_MAX_DEPTH} deep; no program for documents does that"
        )
