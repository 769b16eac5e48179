"""A file that a person gives beside a source, such as a transcript: all of it, or none."""

import stat
from pathlib import Path

from audioset.errors import InvalidInputError, NotFoundError


def read_whole(
    path: Path, *, max_bytes: int, what: str, contents: str, remedy: str, empty: str
) -> bytes:
    """Give the whole file, never more than fits.

    Args:
        path: of the file.
        max_bytes: that it may have.
        what: the file, as in "name a label file", for messages.
        contents: what is read from it, as in "cues from up to", for messages.
        remedy: what helps when it is larger.
        empty: what is missing when it is empty.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: larger than `max_bytes`, empty, or not a file that can be read.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InvalidInputError(f"is not a file; name {what}")
        if status.st_size > max_bytes:
            raise InvalidInputError(
                f"has {status.st_size / 2**20:.0f} MiB, audioset reads {contents} "
                f"{max_bytes // 2**20} MiB; {remedy}"
            )
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError(f"{path}: no such file") from error
    except (OSError, ValueError) as error:
        if isinstance(error, InvalidInputError):
            raise
        reason = error.strerror if isinstance(error, OSError) else error
        raise InvalidInputError(f"cannot be read ({reason})") from error
    if not data.strip():
        raise InvalidInputError(f"is empty; {empty}")
    return data
