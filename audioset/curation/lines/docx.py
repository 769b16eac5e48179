"""Word documents: each paragraph is a phrase, those in the cells of tables too.

A line break inside a paragraph (Shift-Enter) begins a new phrase. Comments, footnotes, hidden text
and what a tracked change took away are not read. Nothing in a document is ever run.
"""

import io
import zipfile
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from audioset.curation.cues.xml_tree import attribute, local_name, xml_root
from audioset.curation.lines.lines_file import Phrase
from audioset.curation.lines.load import MAX_BYTES
from audioset.errors import InvalidInputError

_DOCUMENT = "word/document.xml"
_MACROS = "vbaproject.bin"
_BREAK = "\n"
_SAID_ONCE = frozenset({"Fallback", "moveFrom", "del"})  # these repeat or take away what is said
_GLYPHS = {"tab": " ", "br": _BREAK, "cr": _BREAK, "noBreakHyphen": "-"}
_MAX_DEPTH = 200


def parse_docx(data: bytes) -> list[Phrase]:
    """Read the phrases of a document.

    Raises:
        InvalidInputError: not a document, one with macros, or one that unpacks to too much.
    """
    root = xml_root(_document(data))
    phrases = []
    for number, paragraph in enumerate(_paragraphs(root, 0), 1):
        for row in "".join(_text(paragraph, 0)).split(_BREAK):
            words = " ".join(row.split())
            if words and not words.startswith("#"):
                phrases.append(Phrase(place=f"paragraph {number}", text=words))
    return phrases


def _document(data: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {member.filename: member for member in archive.infolist()}
            _require_harmless(members)
            with archive.open(_DOCUMENT) as file:
                document = file.read(MAX_BYTES + 1)  # what an archive says of sizes may be wrong
    except InvalidInputError:
        raise
    except KeyError as error:
        raise InvalidInputError("holds no Word document; save it as .docx") from error
    except Exception as error:  # damaged archives raise many kinds, which all mean the same
        raise InvalidInputError("not a .docx document; save it as one, or as text") from error
    if len(document) > MAX_BYTES:
        raise _too_large(len(document))
    return document


def _require_harmless(members: dict[str, zipfile.ZipInfo]) -> None:
    if any(name.lower().endswith(_MACROS) for name in members):
        raise InvalidInputError("holds macros, which audioset does not open; save it as .docx")
    if _DOCUMENT in members and members[_DOCUMENT].file_size > MAX_BYTES:
        raise _too_large(members[_DOCUMENT].file_size)


def _too_large(size_bytes: int) -> InvalidInputError:
    return InvalidInputError(
        f"unpacks to {size_bytes / 2**20:.0f} MiB of text, audioset reads up to "
        f"{MAX_BYTES // 2**20} MiB; save it as plain text"
    )


def _paragraphs(element: Element, depth: int) -> Iterator[Element]:
    """Give the paragraphs in the order of reading; one inside another one comes after it."""
    _require_shallow(depth)
    for child in element:
        name = local_name(child)
        if name in _SAID_ONCE:
            continue
        if name == "p":
            yield child
        yield from _paragraphs(child, depth + 1)


def _text(element: Element, depth: int) -> Iterator[str]:
    """Give the text of a paragraph, without that of paragraphs inside it, such as text boxes."""
    _require_shallow(depth)
    for child in element:
        name = local_name(child)
        if name == "t":
            yield child.text or ""
        elif name in _GLYPHS:
            yield _GLYPHS[name]
        elif name != "p" and name not in _SAID_ONCE and not _is_hidden(child):
            yield from _text(child, depth + 1)


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
