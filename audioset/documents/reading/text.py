"""A file of timed text as bytes or text, whatever wrote it, and never more than fits."""

import codecs
import re
import stat
from collections.abc import Sequence
from pathlib import Path

from audioset.errors import InvalidInputError, NotFoundError

# Ten hours of word-by-word labels are about 20 MB of the wordiest format, ELAN.
MAX_BYTES = 64 * 2**20
_SHOWN = 40
_MAX_PROBLEMS = 20
_MAX_LINES = 5
_LINE = re.compile(r"line (\d+): ")
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")

BYTE_ORDER_MARKS = (
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
    for mark, name in BYTE_ORDER_MARKS:
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


def read_whole(
    path: Path,
    *,
    max_bytes: int,
    what: str,
    contents: str,
    remedy: str,
    empty: str,
    may_be_pipe: bool = False,
) -> bytes:
    """Give the whole file, never more than fits.

    Args:
        path: of the file.
        max_bytes: that it may have.
        what: the file, as in "name a label file", for messages.
        contents: what is read from it, as in "cues from up to", for messages.
        remedy: what helps when it is larger.
        empty: what is missing when it is empty.
        may_be_pipe: nobody else opens it, so that it may be the output of a command.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: larger than `max_bytes`, empty, or not a file that can be read.
    """
    try:
        status = path.stat()
        is_pipe = may_be_pipe and stat.S_ISFIFO(status.st_mode)
        if not stat.S_ISREG(status.st_mode) and not is_pipe:
            raise InvalidInputError(f"is not a file; name {what}")
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
        if len(data) > max_bytes:
            size = max(status.st_size, len(data))
            raise InvalidInputError(
                f"has {size / 2**20:.0f} MiB, audioset reads {contents} {max_bytes // 2**20} MiB; "
                f"{remedy}"
            )
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


def first_problems(problems: Sequence[str]) -> list[str]:
    """Give what is told of a file: each kind of thing once, and at most 20 of them.

    Sentences that differ only in their line and in what they quote are one kind. The first stands
    for them all, with the lines of the others; kinds come in the order of their first lines.
    """
    kinds: dict[str, list[str]] = {}
    for problem in problems:
        kinds.setdefault(_QUOTED.sub("", _LINE.sub("", problem, count=1)), []).append(problem)
    told = [_together(alike) for alike in kinds.values()]
    if len(told) <= _MAX_PROBLEMS:
        return told
    return [*told[:_MAX_PROBLEMS], f"and {len(told) - _MAX_PROBLEMS} more of this sort"]


def _together(alike: Sequence[str]) -> str:
    """Make one sentence of sentences of one kind."""
    first, *others = alike
    if not others:
        return first
    lines = [match[1] for each in others if (match := _LINE.match(each))]
    if len(lines) < len(others):  # without lines they are told apart by what they quote
        return f"{first}; and {len(others)} more of this sort"
    listed = ", ".join(lines[:_MAX_LINES])
    more = f" and {len(lines) - _MAX_LINES} more" if len(lines) > _MAX_LINES else ""
    return f"{first} (so {'is line' if len(lines) == 1 else 'are lines'} {listed}{more})"
