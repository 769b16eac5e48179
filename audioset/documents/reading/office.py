"""Files of office programs that are older than those of today, or locked."""

from audioset.errors import InvalidInputError

_OLDER_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # a "compound file" holds older documents
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # and newer ones with a password


def is_older(data: bytes) -> bool:
    """Tell whether a file is of an older program, or locked."""
    return data.startswith(_OLDER_OFFICE)


def require_open(data: bytes, kind: str) -> None:
    """Refuse documents and workbooks that have a password, or that an older program wrote.

    Args:
        data: of the file.
        kind: that its name says, "docx" or "xlsx".

    Raises:
        InvalidInputError: it is one of these.
    """
    if not is_older(data):
        return
    if _ENCRYPTED in data:
        raise InvalidInputError("is locked with a password; save it without one, or as text")
    raise InvalidInputError(
        f"is of an older Word or Excel, whatever its name says; save it as .{kind}"
    )
