"""A file of timed text as bytes or text, whatever wrote it, and never more than fits."""

import codecs
from pathlib import Path

from audioset.curation.whole_file import read_whole
from audioset.errors import InvalidInputError

# Ten hours of word-by-word labels are about 20 MB of the wordiest format, ELAN.
MAX_BYTES = 64 * 2**20
_SHOWN = 40

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def load_bytes(path: Path) -> bytes:
    """Give the whole file.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: larger than MAX_BYTES, empty, or not a file that can be read.
    """
    return read_whole(
        path,
        max_bytes=MAX_BYTES,
        what="a subtitle or label file",
        contents="cues from up to",
        remedy="split it by recording",
        empty="there are no cues in it",
    )


def load_text(path: Path) -> str:
    r"""Give the text with line ends as `\n`.

    UTF-8, or UTF-16 with its byte order mark. Nothing is guessed: a wrong guess is wrong text in
    a dataset, and nobody sees it.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: as in `load_bytes`, or another encoding.
    """
    return decode_text(load_bytes(path))


def decode_text(data: bytes) -> str:
    r"""Give the text of bytes in UTF-8 or UTF-16, line ends as `\n`.

    Raises:
        InvalidInputError: another encoding.
    """
    encoding = "utf-8"
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            data, encoding = data.removeprefix(mark), name
            break
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidInputError(
            f"line {line}: not {encoding.upper()} text; save the file as UTF-8"
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InvalidInputError(f"line {line}: not text, or UTF-16 without its mark; save as UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def shown(text: str) -> str:
    """Quote a piece of a file for a message: one line, bounded."""
    flat = " ".join(text[: 4 * _SHOWN].split())
    return repr(flat if len(flat) <= _SHOWN else flat[: _SHOWN - 3] + "...")
