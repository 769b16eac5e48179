"""Archives as they are downloaded: tars, packed or not, are read from end to end; others are told.

A packed tar has no places that could be looked up later: what lies in it is held when it comes by.
"""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import pyarrow as pa

PACKED_TARS = (".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst")
UNPACKING_ERRORS = (OSError, EOFError, zlib.error, lzma.LZMAError)
_UNPACKED_BY = {".zip": "unzip", ".7z": "7z x", ".rar": "unrar x"}


def is_packed_tar(path: Path) -> bool:
    """Tell a tar that is compressed by its name."""
    return path.name.lower().endswith(PACKED_TARS)


def how_to_unpack(path: Path) -> str | None:
    """Give the command that unpacks an archive; None for what is none by its name."""
    if is_packed_tar(path) or path.suffix.lower() == ".tar":
        return f"tar -xf {path.name}"
    command = _UNPACKED_BY.get(path.suffix.lower())
    return None if command is None else f"{command} {path.name}"


@contextmanager
def open_packed(path: Path) -> Iterator[IO[bytes]]:
    """Unpack the tar inside of a compressed file while it is read, from its beginning.

    Raises:
        OSError, EOFError, zlib.error, lzma.LZMAError: while it is read; see `UNPACKING_ERRORS`.
    """
    with path.open("rb") as raw, _unpacked(raw, path.name.lower()) as stream:
        yield stream


def _unpacked(raw: IO[bytes], name: str) -> IO[bytes]:
    """Put what unpacks it before a file; closing that leaves the file open."""
    if name.endswith("gz"):
        return cast(IO[bytes], gzip.GzipFile(fileobj=raw))
    if name.endswith("bz2"):
        return bz2.BZ2File(raw)
    if name.endswith("xz"):
        return lzma.LZMAFile(raw)
    return cast(IO[bytes], pa.CompressedInputStream(raw, "zstd"))
