"""MPEG transport streams: where the sound moves to another track or codec.

A broadcast, or a recording of one, may say in its middle that its sound lies elsewhere from there
on. ffmpeg goes on with the track and the codec that it began with, and hears nothing more.
"""

import mmap
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SYNC = 0x47
_PACKET_BYTES = 188
_SIZES = (188, 192, 204)  # plain; with a time before it (m2ts); with a checksum after it
_AT_ONCE = 100_000  # packets
# Kinds of sound in a programme's table, ISO/IEC 13818-1 and what ATSC and DVB add; 6 is private
# data, which may be anything.
_SOUND = frozenset((0x03, 0x04, 0x0F, 0x11, 0x80, 0x81, 0x83, 0x84, 0x85, 0x86, 0x87))


def find_programme_changes(data: mmap.mmap) -> Iterator[int]:
    """Yield where the table of the first programme names another track of sound than before."""
    found = _find_size(data)
    if found is None:
        return
    size, first = found
    table_pid, sound = None, None
    for at, pid, payload in _tables(data, size, first):
        if pid == 0:
            table_pid = _first_programme(payload) or table_pid
        elif pid == table_pid:
            now = _sound_of(payload)
            if now is None:
                continue
            if sound is not None and now != sound:
                yield at
            sound = now


def count_bad_packets(data: mmap.mmap | bytes) -> int:
    """Count the places at which no packet begins, although one should."""
    found = _find_size(data)
    if found is None:
        return 1
    size, first = found
    bad, step = int(len(data) % size != 0), size * _AT_ONCE
    for begin in range(0, len(data), step):
        block = np.frombuffer(data[begin : begin + step], np.uint8)
        rows = block[: block.size // size * size].reshape(-1, size)
        bad += int((rows[:, first] != _SYNC).sum())
    return bad


def _find_size(data: mmap.mmap | bytes) -> tuple[int, int] | None:
    """Give the length of a packet, and where the first begins."""
    for size in _SIZES:
        first = 4 if size == 192 else 0
        places = range(first, min(len(data), first + 8 * size), size)
        if places and all(data[at] == _SYNC for at in places):
            return size, first
    return None


def _tables(data: mmap.mmap, size: int, first: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield place, number and content of packets that begin a table."""
    pids = {0}
    step = size * _AT_ONCE
    for begin in range(first, len(data) - _PACKET_BYTES, step):
        block = np.frombuffer(data[begin : begin + step], np.uint8)
        rows = block[: block.size // size * size].reshape(-1, size)
        numbers = (rows[:, 1].astype(np.uint16) & 0x1F) << 8 | rows[:, 2]
        begins = (rows[:, 0] == _SYNC) & (rows[:, 1] & 0x40 != 0)
        for row in np.flatnonzero(begins & (numbers < 0x1FFF) & _may_be_table(rows)):
            pid = int(numbers[row])
            payload = _payload(rows[row].tobytes())
            if pid == 0 and payload:
                pids.add(_first_programme(payload) or 0)
            if pid in pids and payload:
                yield begin + int(row) * size - first, pid, payload


def _may_be_table(rows: "NDArray[np.uint8]") -> "NDArray[np.bool_]":
    """Tables begin with a pointer and their kind; sound and pictures with 0, 0, 1."""
    plain = rows[:, 3] & 0x30 == 0x10
    found: NDArray[np.bool_] = ~plain | (rows[:, 4] != 0) | (rows[:, 5] != 0) | (rows[:, 6] != 1)
    return found


def _payload(packet: bytes) -> bytes:
    """Give the table of a packet, from its kind on; empty when there is none."""
    start = 4
    if packet[3] & 0x20:
        start += 1 + packet[4]
    if not packet[3] & 0x10 or start >= _PACKET_BYTES:
        return b""
    return packet[start + 1 + packet[start] : _PACKET_BYTES]


def _first_programme(table: bytes) -> int | None:
    if len(table) < 12 or table[0] != 0:
        return None
    length = (table[1] & 0x0F) << 8 | table[2]
    for at in range(8, min(len(table), 3 + length - 4) - 3, 4):
        if table[at] or table[at + 1]:  # 0 is the network's own table
            return (table[at + 2] & 0x1F) << 8 | table[at + 3]
    return None


def _sound_of(table: bytes) -> tuple[tuple[int, int], ...] | None:
    """Give kind and number of each track of sound; None when the table is not whole here."""
    if len(table) < 12 or table[0] != 2 or not table[5] & 1:  # not valid yet
        return None
    end = 3 + ((table[1] & 0x0F) << 8 | table[2]) - 4
    if end > len(table):
        return None
    at = 12 + ((table[10] & 0x0F) << 8 | table[11])
    found = []
    while at + 5 <= end:
        kind, pid = table[at], (table[at + 1] & 0x1F) << 8 | table[at + 2]
        if kind in _SOUND or kind == 6:
            found.append((kind, pid))
        at += 5 + ((table[at + 3] & 0x0F) << 8 | table[at + 4])
    return tuple(found) or None
