"""Lines of large text files, one after the other, whatever their encoding."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from audioset.errors import InvalidInputError, NotFoundError

_MOST_LINE_BYTES = 1 << 24  # of a line; a longer one is no line of text
_SAMPLE_BYTES = 4096
_WIDE = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


class TextLine(NamedTuple):
    """A line of a file.

    Attributes:
        number: from 1.
        text: without its end.
        is_odd: it is not UTF-8, and was read as Windows-1252.
    """

    number: int
    text: str
    is_odd: bool = False


def text_lines(path: Path) -> Iterator[TextLine]:
    r"""Yield the lines of a file: UTF-8, UTF-16 with its mark, or line by line Windows-1252.

    A file whose name ends with `.gz` is unpacked meanwhile.

    A line ends with `\n`, `\r\n` or `\r`, and with nothing else: other signs that some programs
    take for ends of lines stand inside of texts. Empty lines are given too.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: it cannot be read, or is no text.
    """
    try:
        with _opened_text(path) as file:
            start = file.read(_SAMPLE_BYTES)
            file.seek(0)
            wide = next((name for mark, name in _WIDE.items() if start.startswith(mark)), None)
            if wide is None and b"\0" in start:
                raise InvalidInputError(f"{path} is no text")
            lines = (
                _split_wide(file, wide)
                if wide
                else _split(file, path, has_lone_cr=_has_lone_cr(start))
            )
            for number, (text, is_odd) in enumerate(lines, 1):
                yield TextLine(number, text.removeprefix("\ufeff") if number == 1 else text, is_odd)
    except FileNotFoundError as error:
        raise NotFoundError(f"{path}: no such file") from error
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidInputError(f"{path} cannot be read ({reason})") from error


@contextmanager
def _opened_text(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as packed:
        if path.suffix.lower() != ".gz":
            yield packed
            return
        with gzip.open(packed) as file:
            yield cast(BinaryIO, file)


def _has_lone_cr(start: bytes) -> bool:
    """Tell whether lines end with a lone carriage return, as on old machines."""
    return b"\r" in start and b"\n" not in start


def _split(file: BinaryIO, path: Path, *, has_lone_cr: bool) -> Iterator[tuple[str, bool]]:
    if has_lone_cr:
        yield from (_decoded(line) for line in file.read().rstrip(b"\r").split(b"\r"))
        return
    while line := file.readline(_MOST_LINE_BYTES):
        if len(line) == _MOST_LINE_BYTES:
            raise InvalidInputError(f"{path} has a line of more than 16 MB: it is no text")
        yield _decoded(line.removesuffix(b"\n").removesuffix(b"\r"))


def _decoded(line: bytes) -> tuple[str, bool]:
    try:
        return line.decode("utf-8"), False
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace"), True


def _split_wide(file: BinaryIO, encoding: str) -> Iterator[tuple[str, bool]]:
    text = file.read().decode(encoding, "replace")
    for line in text.removesuffix("\n").split("\n"):
        yield line.removesuffix("\r"), False
