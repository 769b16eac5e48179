"""The bytes of a transcript, and never more than fits."""

from pathlib import Path

from audioset.curation.whole_file import read_whole

# A novel is one megabyte of text; a document with pictures is larger.
MAX_BYTES = 32 * 2**20


def load_bytes(path: Path) -> bytes:
    """Give the whole file.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: larger than MAX_BYTES, empty, or not a file that can be read.
    """
    return read_whole(
        path, max_bytes=MAX_BYTES, what="the transcript", contents="transcripts of up to",
        remedy="save it as plain text", empty="write one phrase per line",
    )  # fmt: skip
