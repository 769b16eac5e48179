"""Fingerprints of any number of clips, in a file: a million of three seconds are 3 GB."""

import struct
from array import array
from collections.abc import Sequence
from functools import lru_cache
from typing import overload

import numpy as np

from audioset.hearing.fingerprint import WEAK_BITS, Fingerprint
from audioset.storage.scratch import ScratchFile

_HEAD = struct.Struct("<IIH")  # bytes that follow, number of frames, and of key frames
_LAST_READ = 4096  # that stay in memory, some 20 MB
_ABSENT = -1


class KeptPrints(Sequence[Fingerprint]):
    """Fingerprints by number, of which memory holds 8 bytes each.

    First all are added, then they are read. One that was left out pairs with nothing. Every method
    raises StorageError where the disk of temporary files is full.
    """

    def __init__(self) -> None:
        self._file = ScratchFile()
        self._starts = array("q")
        self._recent = lru_cache(_LAST_READ)(self._read)

    def __len__(self) -> int:
        """One more than the greatest number that was added."""
        return len(self._starts)

    @overload
    def __getitem__(self, number: int) -> Fingerprint: ...

    @overload
    def __getitem__(self, number: slice) -> list[Fingerprint]: ...

    def __getitem__(self, number: int | slice) -> Fingerprint | list[Fingerprint]:
        """Give a fingerprint by its number."""
        if isinstance(number, slice):
            return [self._recent(each) for each in range(*number.indices(len(self)))]
        return self._recent(range(len(self))[number])

    def add(self, number: int, added: Fingerprint) -> None:
        """Keep the fingerprint of a clip, whichever number comes first."""
        parts = (
            added.words,
            added.strong,
            added.key_frames,
            added.key_weak,
            np.packbits(added.active),
        )
        body = b"".join(part.tobytes() for part in parts)
        head = _HEAD.pack(len(body), len(added.words), len(added.key_frames))
        self._starts.extend([_ABSENT] * (number + 1 - len(self._starts)))
        self._starts[number] = self._file.append(head + body)

    def close(self) -> None:
        """Remove the file."""
        self._recent.cache_clear()
        self._file.close()

    def _read(self, number: int) -> Fingerprint:
        start = self._starts[number]
        head = bytes(_HEAD.size) if start == _ABSENT else self._file.read(start, _HEAD.size)
        size_bytes, num_frames, num_keys = _HEAD.unpack(head)
        body = self._file.read(start + _HEAD.size, size_bytes) if size_bytes else b""
        ends = np.cumsum([4 * num_frames, 4 * num_frames, 2 * num_keys, WEAK_BITS * num_keys])
        words, strong, frames, weak, active = np.split(np.frombuffer(body, np.uint8), ends)
        return Fingerprint(
            words=words.view(np.uint32),
            active=np.unpackbits(active, count=num_frames).astype(bool),
            strong=strong.view(np.uint32),
            key_frames=frames.view(np.uint16),
            key_weak=weak.reshape(num_keys, WEAK_BITS),
        )
