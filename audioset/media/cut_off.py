"""Files that broke off although their container does not say so when it is read.

ffmpeg works out the length of many files from what is there, so that half a file looks like a whole
one. Their own marks tell: the size of the whole or of its chunk of sound, and the end mark of Ogg's
last page.
"""

import mmap
import struct
from io import RawIOBase
from pathlib import Path

from audioset.media.joined.file_part import FilePart
from audioset.media.joined.transport_stream import count_bad_packets

_UNKNOWN_SIZES = (0, 0xFFFFFFFF)  # written by recorders that cannot go back
_NO_END = "the file breaks off: its last page is not marked as the end"
_TRANSPORT_BYTES = 188 * 192 * 204  # holds whole packets of each length
_OGG_END = 0x04
_SLACK_BYTES = 64  # some programs count a header too much


def find_cut_off(path: Path, container: str, start: int, end: int) -> str | None:
    """Say that a file broke off, in one sentence; None when it did not, or its format cannot tell.

    Args:
        path: of a readable file.
        container: ffmpeg's name of the container.
        start, end: first byte, and the one after the last, where several files are joined in one.

    Source: RIFF by Microsoft and IBM, 1991 (chunks); RFC 3533, 6 (pages); AIFF by Apple, 1989; the
    Sony Wave64 and Apple Core Audio formats; the header of Sun's au(4).
    """
    size = end - start
    with path.open("rb") as whole:
        file = FilePart(whole, start, end)
        if container == "wav":
            return _wav_cut_off(file, size)
        if container == "mpegts" or (container == "mpeg" and _begins_as_transport(file)):
            return _bad_transport(file)
        if container == "ogg":
            return _ogg_cut_off(path, start, end)
        announced = _announced_bytes(file, container)
    if announced is None or announced <= size + _SLACK_BYTES:
        return None
    return f"the file breaks off: it announces {announced:,} bytes, {size:,} are there"


def _announced_bytes(file: RawIOBase, container: str) -> int | None:
    """Read how long a file says it is, in bytes; None when it does not say."""
    head = file.read(24)
    if len(head) < 24:
        return None
    if container == "aiff" and head[:4] == b"FORM":
        return 8 + int.from_bytes(head[4:8], "big")
    if container == "avi" and head[:4] == b"RIFF":
        length = int.from_bytes(head[4:8], "little")
        return None if length in _UNKNOWN_SIZES else 8 + length
    if container == "w64":
        return int.from_bytes(head[16:24], "little")
    if container == "au" and head[:4] == b".snd":
        start, length = struct.unpack(">II", head[4:12])
        return None if length in _UNKNOWN_SIZES else start + length
    return _announced_by_caf(file) if container == "caf" else None


def _announced_by_caf(file: RawIOBase) -> int | None:
    """Walk the chunks of a Core Audio file to that of the sound."""
    file.seek(8)
    while len(header := file.read(12)) == 12:
        name, length = struct.unpack(">4sq", header)
        if name == b"data":
            return None if length < 0 else file.tell() + length
        if length < 0:
            return None
        file.seek(length, 1)
    return None


def _wav_cut_off(file: RawIOBase, size: int) -> str | None:
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


def _begins_as_transport(file: RawIOBase) -> bool:
    """Tell a transport stream that is too damaged for ffmpeg to take it for one."""
    begins = file.read(1) == b"\x47"
    file.seek(0)
    return begins


def _bad_transport(file: RawIOBase) -> str | None:
    """Look at all packets: they have one length, and begin with one letter."""
    bad = 0
    while block := file.read(_TRANSPORT_BYTES):
        bad += count_bad_packets(block)
    return "packets of the transport stream are cut or damaged" if bad else None


def _ogg_cut_off(path: Path, start: int, end: int) -> str | None:
    """Go from page to page; the last one is marked as the end."""
    flags = _OGG_END
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = start
        while at < end:
            if data[at : at + 4] != b"OggS":
                return "pages of the file are damaged or missing"
            table = data[at + 27 : at + 27 + data[at + 26]] if at + 27 <= end else b""
            flags = data[at + 5] if at + 5 < end else 0
            at += 27 + len(table) + sum(table)
    if at > end:
        return "the file breaks off: its last page is not whole"
    return None if flags & _OGG_END else _NO_END
