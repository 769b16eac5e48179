"""The file of a Word document: a zip archive, of which one part holds the text."""

import io
import posixpath
import zipfile
from pathlib import Path

from audioset.documents.reading.text import read_whole
from audioset.documents.reading.xml_tree import attribute, xml_root
from audioset.errors import InvalidInputError

_USUAL = "word/document.xml"
_RELATIONS = "_rels/.rels"
_MACROS = "vbaproject.bin"
_NO_DOCUMENT = "holds no Word document; save it as .docx"


def read_document(data: bytes) -> bytes:
    """Give the XML of a document's text.

    Raises:
        InvalidInputError: not a document, one with macros, or one that unpacks to too much.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {member.filename: member for member in archive.infolist()}
            if any(name.lower().endswith(_MACROS) for name in members):
                raise InvalidInputError(
                    "holds macros, which audioset does not open; save it as .docx"
                )
            name = _main_part(archive, members)
            if name not in members:
                raise InvalidInputError(_NO_DOCUMENT)
            return _read(archive, members[name])
    except InvalidInputError:
        raise
    except Exception as error:  # damaged archives raise many kinds, which all mean the same
        raise InvalidInputError("not a .docx document; save it as one, or as text") from error


def _main_part(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> str:
    """Name the part with the text; programs on the web call it other than Word does."""
    if _RELATIONS not in members:
        return _USUAL
    for relation in xml_root(_read(archive, members[_RELATIONS])):
        if (attribute(relation, "Type") or "").endswith("/officeDocument"):
            target = attribute(relation, "Target") or ""
            return posixpath.normpath(target).lstrip("/")
    return _USUAL


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    if member.file_size > MAX_BYTES:
        raise _too_large(member.file_size)
    with archive.open(member) as file:
        part = file.read(MAX_BYTES + 1)  # what an archive says of sizes may be wrong
    if len(part) > MAX_BYTES:
        raise _too_large(len(part))
    return part


def _too_large(size_bytes: int) -> InvalidInputError:
    return InvalidInputError(
        f"unpacks to {size_bytes / 2**20:.0f} MiB of text, audioset reads up to "
        f"{MAX_BYTES // 2**20} MiB; save it as plain text"
    )


# A novel is one megabyte of text; a document with pictures is larger.
MAX_BYTES = 32 * 2**20


def load_bytes(path: Path) -> bytes:
    """Give the whole file.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: larger than MAX_BYTES, empty, or not a file that can be read.
    """
    return read_whole(
        path,
        max_bytes=MAX_BYTES,
        what="the transcript",
        contents="transcripts of up to",
        remedy="save it as plain text",
        empty="write one phrase per line",
    )
