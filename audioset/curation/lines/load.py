"""The bytes of a transcript, and never more than fits."""

from pathlib import Path

from audioset.curation.whole_file import read_whole
from audioset.errors import InvalidInputError

# A novel is one megabyte of text; a document with pictures is larger.
MAX_BYTES = 32 * 2**20
_OLDER_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # a "compound file" holds older documents
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # and newer ones with a password


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


def require_open(data: bytes, kind: str) -> None:
    """Refuse documents and workbooks that have a password, or that an older program wrote.

    Args:
        data: of the file.
        kind: that its name says, "docx" or "xlsx".

    Raises:
        InvalidInputError: it is one of these.
    """
    if not data.startswith(_OLDER_OFFICE):
        return
    if _ENCRYPTED in data:
        raise InvalidInputError("is locked with a password; save it without one, or as text")
    raise InvalidInputError(
        f"is of an older Word or Excel, whatever its name says; save it as .{kind}"
    )
