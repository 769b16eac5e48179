"""The bytes of a transcript, and never more than fits."""

import stat
from pathlib import Path

from audioset.errors import InvalidInputError, NotFoundError

# A novel is one megabyte of text; a document with pictures is larger.
MAX_BYTES = 32 * 2**20


def load_bytes(path: Path) -> bytes:
    """Give the whole file.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: larger than MAX_BYTES, empty, or not a file that can be read.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InvalidInputError("is not a file; name the transcript")
        if status.st_size > MAX_BYTES:
            raise InvalidInputError(
                f"has {status.st_size / 2**20:.0f} MiB, audioset reads transcripts of up to "
                f"{MAX_BYTES // 2**20} MiB; save it as plain text"
            )
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError(f"{path}: no such file") from error
    except OSError as error:
        raise InvalidInputError(f"cannot be read ({error.strerror})") from error
    if not data.strip():
        raise InvalidInputError("is empty; write one phrase per line")
    return data
