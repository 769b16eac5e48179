"""Shards: tars of clips whose bytes depend on the clips alone.

Plain ustar, written by ourselves: half the CPU of Python's tarfile, and nothing of the machine or
the moment in the headers. Why shards end where they do: `docs/decisions/027-parent-plus-change.md`.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from audioset.errors import InvalidInputError
from audioset.records.identity import CLIP_ID_PATTERN
from audioset.records.version import ContentObject
from audioset.storage.files import cannot_write

# Four of these are 64 GiB, which a store takes as one object in parts of 8 MiB.
MAX_TARGET_BYTES = 2**34
# A shard this many times over its target ends anyway, so that it fits memory and temporary disk.
# A run of clips without a boundary grows that long once in e**4 = 55 shards.
FORCED_END_FACTOR = 4

# What a shard says of a clip: who it is and which samples, nothing that people may change.
SHARD_FACTS = (
    "clip_id",
    "source_id",
    "source_name",
    "source_sha256",
    "pcm_sha256",
    "start_sample",
    "end_sample",
    "start_seconds",
    "end_seconds",
    "length_seconds",
    "num_samples",
    "sampling_rate",
    "channels",
    "bit_depth",
)

BLOCK_BYTES = 512
# ustar names hold 100 characters; the longest ending is ".flac".
MAX_KEY_CHARACTERS = 95
# ustar sizes hold 11 octal digits.
MAX_MEMBER_BYTES = 8**11 - 1
END = bytes(2 * BLOCK_BYTES)


@dataclass(frozen=True, slots=True)
class Member:
    """Where the FLAC bytes of one clip lie in its shard.

    Attributes:
        clip_id: its key in the shard.
        offset_bytes: where the bytes start in the shard.
        size_bytes: how many they are.
        audio_sha256: hash of the bytes, hex.
    """

    clip_id: str
    offset_bytes: int
    size_bytes: int
    audio_sha256: str


def split_shards(
    clip_ids: Sequence[str],
    sizes_bytes: Sequence[int],
    *,
    target_bytes: int,
    least_bytes: int = 0,
) -> list[range]:
    """Divide clips into shards: ranges of their positions, in order, each at least one clip.

    Args:
        clip_ids: in order.
        sizes_bytes: length of the FLAC bytes of each clip.
        target_bytes: mean length of a shard's FLAC bytes.
        least_bytes: of them in a shard, unless all clips together have fewer.

    Raises:
        InvalidInputError: `target_bytes` is out of range.
    """
    if not 1 <= target_bytes <= MAX_TARGET_BYTES:
        raise InvalidInputError(
            f"the size of a shard is 1 byte to 16 GiB, not {target_bytes:,} bytes"
        )
    shards, start, filled = [], 0, 0
    for position, (clip_id, size) in enumerate(zip(clip_ids, sizes_bytes, strict=True)):
        filled += size
        if filled < least_bytes:
            continue
        if _ends_shard(clip_id, size, target_bytes) or filled > FORCED_END_FACTOR * target_bytes:
            shards.append(range(start, position + 1))
            start, filled = position + 1, 0
    if start < len(clip_ids):
        if shards and filled < least_bytes:
            start = shards.pop().start
        shards.append(range(start, len(clip_ids)))
    return shards


def write_shard(
    path: Path, clips: Iterable[tuple[Mapping[str, Any], bytes]]
) -> tuple[ContentObject, list[Member]]:
    """Write one shard; holds one clip in memory at a time.

    Args:
        path: of the new file, which is not yet named by its hash.
        clips: `SHARD_FACTS` and FLAC bytes of each clip, in the order of their ids. An
            `audio_sha256` beside the facts is that of the bytes, and is not computed again.

    Returns:
        The hash and size of the shard, and where each clip lies, in order.

    Raises:
        InvalidInputError: a clip id cannot be a key, or the ids do not ascend.
        StorageError: the disk is full, or the folder cannot be written.
    """
    members: list[Member] = []
    last = ""
    try:
        with path.open("wb") as file:
            writer = TarWriter(file)
            for facts, flac in clips:
                clip_id = _require_key(facts["clip_id"], after=last)
                offset = writer.add(
                    (f"{clip_id}.flac", flac), (f"{clip_id}.json", encode_facts(facts))
                )
                sha256 = facts.get("audio_sha256") or hashlib.sha256(flac).hexdigest()
                members.append(Member(clip_id, offset, len(flac), sha256))
                last = clip_id
            writer.finish()
    except OSError as error:
        raise cannot_write(path, error) from error
    made = ContentObject(
        sha256=writer.sha256.hexdigest(), size_bytes=writer.size_bytes, num_clips=len(members)
    )
    return made, members


def encode_facts(facts: Mapping[str, Any]) -> bytes:
    """Encode the JSON member of a clip: `SHARD_FACTS` only, compact, keys sorted."""
    return _FACTS_JSON.encode({name: facts[name] for name in _SORTED_FACTS}).encode()


_SORTED_FACTS = sorted(SHARD_FACTS)
_FACTS_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class TarWriter:
    """Appends members to a tar, counting and hashing what it writes.

    The bytes depend on the members alone, not on the machine or the moment.

    Attributes:
        sha256: running hash of all bytes so far.
        size_bytes: how many they are.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.sha256 = hashlib.sha256()
        self.size_bytes = 0
        self._file = file

    def add(self, *members: tuple[str, bytes]) -> int:
        """Append members; returns where the data of the first starts, in bytes.

        In one piece: many small writes and hashes cost a twelfth more.

        Args:
            members: name (ASCII, at most 100 characters) and bytes (at most 8 GiB) of each.

        Raises:
            InvalidInputError: one is larger.
        """
        offset = self.size_bytes + BLOCK_BYTES
        self._write(b"".join(part for name, data in members for part in _member(name, data)))
        return offset

    def finish(self) -> None:
        """Write the end of the tar."""
        self._write(END)

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self.sha256.update(data)
        self.size_bytes += len(data)


def _ends_shard(clip_id: str, size_bytes: int, target_bytes: int) -> bool:
    """Tell whether a shard ends after this clip: the clip alone decides.

    The chance is the clip's share of the target, so shards have the target's length in the mean.
    In whole numbers, so that every machine agrees.
    """
    draw = int.from_bytes(hashlib.sha256(clip_id.encode()).digest()[:8], "big")
    return draw * target_bytes < size_bytes << 64


def _require_key(clip_id: str, *, after: str) -> str:
    if not CLIP_ID_PATTERN.fullmatch(clip_id) or len(clip_id) > MAX_KEY_CHARACTERS:
        raise InvalidInputError(
            f"clip id {clip_id!r} cannot be stored: use a-z, 0-9 and -, at most "
            f"{MAX_KEY_CHARACTERS} characters"
        )
    if clip_id <= after:
        raise InvalidInputError(f"clip {clip_id} follows {after}: clips are stored in order, once")
    return clip_id


def _member(name: str, data: bytes) -> tuple[bytes, bytes, bytes]:
    return _header(name, len(data)), data, bytes(-len(data) % BLOCK_BYTES)


def _header(name: str, size: int) -> bytes:
    """Make the ustar header of a plain file: mode 0644, owner 0, time 0."""
    if size > MAX_MEMBER_BYTES:
        raise InvalidInputError(f"{name} has {size} bytes; a shard holds files up to 8 GiB")
    field = b"%s%011o\0" % (name.encode().ljust(100, b"\0") + _MODE_AND_OWNER, size)
    # The checksum counts its own field as eight spaces.
    checksum = sum(field) + _REST_SUM
    return field + _MTIME + b"%06o\0 " % checksum + _AFTER_CHECKSUM


_MODE_AND_OWNER = b"0000644\0" + b"0000000\0" * 2
_MTIME = b"00000000000\0"
_NO_DEVICE = b"0000000\0" * 2
# File type "0", no link name, magic and version, no owner names, no device, no prefix.
_AFTER_CHECKSUM = (b"0" + bytes(100) + b"ustar\x0000" + bytes(64) + _NO_DEVICE).ljust(356, b"\0")
_REST_SUM = sum(_MTIME) + 8 * ord(" ") + sum(_AFTER_CHECKSUM)
