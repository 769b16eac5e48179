"""Files that broke off although their container does not say so when it is read.

ffmpeg works out the length of WAV and Ogg files from what is there, so that half a file looks like
a whole one. Their own marks tell: the size of WAV's `data` chunk, and the end mark of Ogg's last
page.
"""

import struct
from pathlib import Path
from typing import BinaryIO

_UNKNOWN_SIZES = (0, 0xFFFFFFFF)  # written by recorders that cannot go back
_OGG_TAIL_BYTES = 65_536 + 282  # a page is never longer
_OGG_END = 0x04
_SLACK_BYTES = 1024


def find_cut_off(path: Path, container: str) -> str | None:
    """Say that a WAV or Ogg file broke off, in one sentence; None when it did not, or cannot tell.

    Args:
        path: of a readable file.
        container: ffmpeg's name of the container.

    Source: RIFF by Microsoft and IBM, 1991 (chunks); RFC 3533, 6 (pages).
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        if container == "wav":
            return _wav_cut_off(file, size)
        if container == "ogg":
            return _ogg_cut_off(file, size)
    return None


def _wav_cut_off(file: BinaryIO, size: int) -> str | None:
    if file.read(12)[:4] != b"RIFF":
        return None
    while len(header := file.read(8)) == 8:
        name, length = struct.unpack("<4sI", header)
        start = file.tell()
        if name == b"data":
            there = size - start
            if length in _UNKNOWN_SIZES or length <= there + _SLACK_BYTES:
                return None
            return (
                f"the file breaks off: it announces {length:,} bytes of sound, {there:,} are there"
            )
        if start + length >= size:
            return None
        file.seek(length + length % 2, 1)
    return None


def _ogg_cut_off(file: BinaryIO, size: int) -> str | None:
    file.seek(max(0, size - _OGG_TAIL_BYTES))
    tail = file.read()
    last = tail.rfind(b"OggS")
    if last < 0 or last + 5 >= len(tail) or tail[last + 5] & _OGG_END:
        return None
    return "the file breaks off: its last page is not marked as the end"
