"""What lies before and between the packets of streams of nothing but packets (mp3, aac, ac3).

Their decoders look for the next packet that they understand, and say nothing of what they skipped.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from av.packet import Packet

_PACKETS_ONLY = frozenset(("aac", "ac3", "mp3"))
# What players show and nobody hears: at the beginnings and ends of joined files.
_TAGS = (b"ID3", b"TAG", b"APETAGEX", b"LYRICSBEGIN")
_INFO_FRAMES = (b"Xing", b"Info", b"VBRI")
_INFO_BYTES = 200  # of a frame; these words stand in its beginning
_HEAD_BYTES = 8  # of a packet
_TAIL_BYTES = 128  # of an ID3v1 tag, the last of the tags

# kbit/s and Hz by the numbers of a frame's header, layers II and III.
# Source: ISO/IEC 11172-3, 2.4.2.3, and 13818-3 for the lower rates.
_KBITS = {
    "1 II": (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    "1 III": (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    "2": (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_AC3_KBITS = (
    32,
    40,
    48,
    56,
    64,
    80,
    96,
    112,
    128,
    160,
    192,
    224,
    256,
    320,
    384,
    448,
    512,
    576,
    640,
)
_RATES = (44_100, 48_000, 32_000)


def frame_bytes(head: bytes) -> int:
    """Give the length of the MPEG audio frame that begins with these four bytes; 0 if none does."""
    if len(head) < 4 or head[0] != 0xFF or head[1] < 0xE0:
        return 0
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3  # 3 is MPEG-1, 2 is MPEG-2, 0 is 2.5
    number, rate = head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or layer not in (1, 2) or not 0 < number < 15 or rate == 3:
        return 0
    kbits = _KBITS[("1 III" if layer == 1 else "1 II") if version == 3 else "2"][number - 1]
    hz = _RATES[rate] // {3: 1, 2: 2, 0: 4}[version]
    samples_in_bytes = 72 if layer == 1 and version != 3 else 144
    return samples_in_bytes * kbits * 1000 // hz + (head[2] >> 1 & 1)


def _ac3_bytes(head: bytes) -> int:
    """Give the length of the AC-3 or E-AC-3 frame that begins so; 0 if none does.

    Source: ATSC A/52, 5.3.1 and table 5.18, E.2.2.
    """
    if len(head) < 6 or head[:2] != b"\x0b\x77":
        return 0
    if head[5] >> 3 > 10:
        return 2 * (((head[2] & 7) << 8 | head[3]) + 1)
    rate, number = head[4] >> 6, head[4] & 63
    if rate == 3 or number >= 2 * len(_AC3_KBITS):
        return 0
    kbits = _AC3_KBITS[number // 2]
    # Only at 44.1 kHz do frames of two lengths take turns.
    odd = number % 2 if rate == 1 else 0
    return 2 * (kbits * 96_000 // (48_000, 44_100, 32_000)[rate] + odd)


def _frame_bytes(head: bytes, container: str) -> int:
    """Give how long a packet that begins so should be; 0 where it does not say."""
    if container == "ac3":
        return _ac3_bytes(head)
    if container == "mp3":
        return frame_bytes(head)
    if len(head) >= 6 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:  # ADTS, ISO/IEC 13818-7
        return (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return 0


def without_tags(data: bytes) -> bytes:
    """Leave out what stands before the sound of a packet."""
    while data.startswith(_TAGS):
        if data.startswith(b"ID3") and len(data) >= 10:
            data = data[_id3_bytes(data) :]
        elif data.startswith(b"TAG"):
            data = data[128:]
        else:
            return b""
    return data


def is_info_frame(data: bytes) -> bool:
    """Tell whether a frame says how long a file is, in the place of sound."""
    return any(word in data[:_INFO_BYTES] for word in _INFO_FRAMES)


def _id3_bytes(head: bytes) -> int:
    """Give the length of an ID3v2 tag: four times seven bits (ID3v2.4 structure, 3.1)."""
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


class SkippedBytes:
    """Counts what belongs to no packet, in one part of a file."""

    def __init__(self, path: Path, container: str, start: int, end: int) -> None:
        self._path, self._start, self._end = path, start, end
        self._container = container
        self._counts = container in _PACKETS_ONLY
        self._first: int | None = None
        self._num_bytes = 0
        self._last: Packet[Any] | None = None

    def see(self, packet: "Packet[Any]") -> None:
        """Count a packet."""
        if not self._counts or not packet.size:
            return
        if self._first is None:
            self._first = packet.pos
        self._num_bytes += packet.size
        self._last = packet

    def total(self) -> int:
        """Give how many bytes that should be sound belong to no packet, or to half a one."""
        if self._first is None or self._last is None:
            return 0
        with self._path.open("rb") as file:
            before = self._first - self._sound_begins(file)
            file.seek(max(self._start, self._end - _TAIL_BYTES))
            tail = file.read(_TAIL_BYTES)
        skipped = max(0, before)
        if not any(tag in tail for tag in _TAGS):
            skipped += max(0, self._end - self._start - self._first - self._num_bytes)
            should_be = _frame_bytes(bytes(self._last)[:_HEAD_BYTES], self._container)
            if should_be:
                skipped += abs(self._last.size - should_be)
        return skipped

    def _sound_begins(self, file: Any) -> int:
        """Give where the first packet should begin: after a tag, and the frame that says all."""
        file.seek(self._start)
        head = file.read(_INFO_BYTES)
        at = 0
        while head.startswith(b"ID3") and len(head) >= 10:
            at += _id3_bytes(head)
            file.seek(self._start + at)
            head = file.read(_INFO_BYTES)
        if self._container == "mp3" and is_info_frame(head):
            at += frame_bytes(head[:4])
        return at
