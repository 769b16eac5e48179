"""Files that are several files joined end to end: where each of them begins.

People join recordings with `cat`, and recorders write one stream after another into a file. Most
decoders stop after the first of them without a word, or take the next header for sound. Where each
begins is told by what the formats say of their own lengths, or by a mark that is long enough not to
come up in sound by chance.
"""

import mmap
import re
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from audioset.media.joined.transport_stream import find_programme_changes

MAX_PARTS = 10_000  # more are damage, or made to keep us busy
_PATCHED_LATER = (0, 0xFFFFFFFF)  # sizes of recorders that cannot go back

# What a format begins with, when that is unlikely enough inside of its own sound.
_MARKS = {
    b"fLaC\0\0\0\x22": rb"fLaC\x00\x00\x00\x22",
    b"FLV\1": rb"FLV\x01[\x01\x04\x05]\x00\x00\x00\x09\x00\x00\x00\x00",
    b"caff\0\1\0\0desc": rb"caff\x00\x01\x00\x00desc",
    b"#!AMR": rb"#!AMR(?:-WB)?\n",
    b"NIST_1A\n": rb"NIST_1A\n +\d+\n",
    b".snd": rb"\.snd\x00\x00[\x00-\x10].....\x00\x00\x00[\x01-\x1b].{4}\x00\x00\x00[\x01-\x08]",
}


def find_parts(path: Path) -> list[tuple[int, int]]:
    """Give where each file of a file lies: first byte and the one after its last.

    Nearly always one part, the whole file.

    Raises:
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    if size == 0:
        return [(0, 0)]
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        starts = [0]
        with suppress(IndexError, struct.error):  # it ends inside of a header
            for start in _later_starts(data):
                if starts[-1] < start < size:
                    starts.append(start)
                if len(starts) == MAX_PARTS:
                    break
    return list(zip(starts, [*starts[1:], size], strict=True))


def _later_starts(data: mmap.mmap) -> Iterator[int]:
    head = data[:16]
    for begin, mark in _MARKS.items():
        if head.startswith(begin):
            yield from (found.start() for found in re.finditer(mark, data, re.DOTALL))
            return
    for begin, walk in _WALKS.items():
        if head.startswith(begin):
            yield from walk(data)
            return
    if head[4:8] == b"ftyp":
        yield from _boxes(data)
    elif 0x47 in (head[0], head[4:5] and head[4]):
        yield from find_programme_changes(data)


def _riffs(data: mmap.mmap) -> Iterator[int]:
    """WAV, AVI, AIFF: a chunk holds the whole file; the pieces of a long AVI are not files."""
    order = ">I" if data[:4] == b"FORM" else "<I"
    start = 0
    while start + 12 <= len(data):
        size = struct.unpack_from(order, data, start + 4)[0]
        if size in _PATCHED_LATER:
            return
        start += 8 + size + size % 2
        # Some programs forget the byte that fills up an odd length.
        for at in (start, start - 1, start - size % 2):
            if data[at : at + 4] == data[:4] and data[at + 8 : at + 12] == data[8:12]:
                start = at
                yield at
                break
        else:
            if data[start : start + 4] != data[:4]:
                return


def _boxes(data: mmap.mmap) -> Iterator[int]:
    """MP4: the file type comes again, after sound of the one before."""
    at, sound = 0, False
    while at + 16 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if size == 1:
            size = struct.unpack_from(">Q", data, at + 8)[0]
        if kind == b"ftyp" and sound:
            yield at
            sound = False
        sound |= kind == b"mdat"
        if size < 8:
            return
        at += size


def _ogg_pages(data: mmap.mmap) -> Iterator[int]:
    """Ogg: first pages of streams, after other pages."""
    found = data.find(b"OggS\0\2")
    while found >= 0:
        at = found
        while data[at : at + 4] == b"OggS" and data[at + 5] & 2:  # streams side by side
            table = data[at + 27 : at + 27 + data[at + 26]]
            at += 27 + len(table) + sum(table)
        if found and data[at : at + 5] == b"OggS\0":
            yield found
        found = data.find(b"OggS\0\2", max(at, found + 1))


def _wavpack_blocks(data: mmap.mmap) -> Iterator[int]:
    """WavPack: the first block of sound again."""
    at, later = 0, False
    while data[at : at + 4] == b"wvpk" and at + 32 <= len(data):
        size, index, samples, flags = struct.unpack_from("<I8xIII", data, at + 4)
        if samples and index == 0 and flags & 0x800:
            if later:
                yield at
            later = False
        later |= bool(samples) and index > 0
        at += 8 + size
        if data[at : at + 4] != b"wvpk":  # a tag at the end of one
            at = data.find(b"wvpk", at)
            if at < 0:
                return


def _matroska_segments(data: mmap.mmap) -> Iterator[int]:
    """Matroska: the head again, where the segment before it ends, if it says where."""
    at = 0
    while data[at : at + 4] == _MATROSKA_HEAD:
        if at:
            yield at
        for _ in ("head", "segment"):
            begin, size = _element(data, at + 4)
            if size is None:
                rest = re.compile(_MATROSKA_MARK, re.DOTALL).finditer(data, begin)
                yield from (found.start() for found in rest)
                return
            at = begin + size


def _element(data: mmap.mmap, at: int) -> tuple[int, int | None]:
    """Give where the content of an element begins, and its length where that is known.

    Source: RFC 8794, 4 (integers of variable length) and 6.2 (unknown sizes).
    """
    if at >= len(data):
        return at, None
    width = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1)
    unknown = width > 8 or value == (1 << 7 * width) - 1
    return at + width, None if unknown else value


def _asf_objects(data: mmap.mmap) -> Iterator[int]:
    """ASF (wma, wmv): the header object again."""
    at = 0
    while at + 24 <= len(data):
        if at and data[at : at + 16] == _ASF_HEADER:
            yield at
        size = struct.unpack_from("<Q", data, at + 16)[0]
        if size < 24:
            return
        at += size


def _wave64(data: mmap.mmap) -> Iterator[int]:
    """Wave64: its size holds the whole file, filled up to 8 bytes."""
    at = 0
    while at + 24 <= len(data):
        if at:
            if data[at : at + 16] != data[:16]:
                return
            yield at
        size = struct.unpack_from("<Q", data, at + 16)[0]
        if size < 24:
            return
        at += -(-size // 8) * 8


_MATROSKA_HEAD = b"\x1a\x45\xdf\xa3"
_MATROSKA_MARK = rb"\x1a\x45\xdf\xa3.{0,40}?\x42\x82[\x84\x88](?:matroska|webm)"
_ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_WALKS: dict[bytes, Callable[[mmap.mmap], Iterator[int]]] = {
    b"RIFF": _riffs,
    b"FORM": _riffs,
    b"OggS": _ogg_pages,
    b"wvpk": _wavpack_blocks,
    _MATROSKA_HEAD: _matroska_segments,
    _ASF_HEADER: _asf_objects,
    b"riff\x2e\x91": _wave64,
}
