"""Verify one shard: its bytes, and in the same pass those of every clip in it."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from audioset.errors import AudiosetError, MediaError, NotFoundError
from audioset.media.flac import decode_flac_pcm, pcm_sha256
from audioset.records.version import ContentObject
from audioset.storage.store import Store

MISSING = "is missing"
WRONG_HASH = "does not match its hash"
_BEHIND = "lies behind the end"


class ClaimedClip(NamedTuple):
    """Where a row of a manifest says that a clip lies, and what it says of it."""

    clip_id: str
    shard_sha256: str
    offset_bytes: int
    size_bytes: int
    audio_sha256: str
    pcm_sha256: str
    bit_depth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardFinding:
    """What is wrong with a shard and its clips.

    Attributes:
        what: is wrong with the shard itself; None when its bytes are those of its name.
        clips: what is wrong with clips, by id.
        size_bytes: how much was read.
    """

    what: str | None
    clips: dict[str, str]
    size_bytes: int


def verify_shard(
    store: Store,
    key: str,
    shard: ContentObject,
    places: Sequence[ClaimedClip],
    *,
    decode: bool,
    told: Callable[[int], None],
) -> ShardFinding:
    """Read a shard once and hold it, and the clips in it, against their hashes.

    Args:
        key: of the shard.
        shard: its hash and size.
        places: where its clips lie.
        decode: also hold the decoded samples against `pcm_sha256`.
        told: called with the bytes of each block that was read.

    Raises:
        StorageError: the store did not answer, or refused.
    """
    running, size = hashlib.sha256(), 0
    members = _Members(places, shard.size_bytes, decode=decode)
    try:
        for block in store.get_blocks(key):
            running.update(block)
            members.add(block)
            size += len(block)
            told(len(block))
    except NotFoundError:
        clips = {place.clip_id: "its shard is missing" for place in places}
        return ShardFinding(what=MISSING, clips=clips, size_bytes=0)
    what = what_is_wrong(shard, size, running.hexdigest())
    return ShardFinding(what=what, clips=members.finish(), size_bytes=size)


def what_is_wrong(stored: ContentObject, size_bytes: int, sha256: str) -> str | None:
    """Say what is wrong with an object that is named by its hash; None when it is whole."""
    if size_bytes != stored.size_bytes:
        return f"has {size_bytes} bytes, not {stored.size_bytes}"
    return WRONG_HASH if sha256 != stored.sha256 else None


class _Members:
    """Cuts clips out of a shard that arrives in blocks; holds no more than one clip and a block."""

    def __init__(self, places: Sequence[ClaimedClip], shard_bytes: int, *, decode: bool) -> None:
        # Waiting for bytes that never come would keep the clips behind them from being looked at.
        inside = [p for p in places if p.offset_bytes + p.size_bytes <= shard_bytes]
        self._left = sorted(inside, key=lambda place: place.offset_bytes, reverse=True)
        self._decode = decode
        self._held = bytearray()
        self._start = 0  # where in the shard the held bytes begin
        self._wrong = {
            place.clip_id: _BEHIND
            for place in places
            if place.offset_bytes + place.size_bytes > shard_bytes
        }

    def add(self, block: bytes) -> None:
        """Go on with the next bytes of the shard."""
        if not self._left:
            return
        self._held += block
        while self._left and self._has(self._left[-1]):
            place = self._left.pop()
            begin = place.offset_bytes - self._start
            self._check(place, bytes(self._held[begin : begin + place.size_bytes]))
        # Places are in order, so nothing before the next one is needed any more.
        wanted = self._left[-1].offset_bytes if self._left else self._start + len(self._held)
        spare = min(max(wanted - self._start, 0), len(self._held))
        del self._held[:spare]
        self._start += spare

    def finish(self) -> dict[str, str]:
        """Give what is wrong, by clip id."""
        self._wrong.update((place.clip_id, _BEHIND) for place in self._left)
        return self._wrong

    def _has(self, place: ClaimedClip) -> bool:
        return place.offset_bytes + place.size_bytes <= self._start + len(self._held)

    def _check(self, place: ClaimedClip, flac: bytes) -> None:
        if hashlib.sha256(flac).hexdigest() != place.audio_sha256:
            self._wrong[place.clip_id] = "its bytes do not match audio_sha256"
        elif self._decode and (what := _decoding_fails(place, flac)):
            self._wrong[place.clip_id] = what


def _decoding_fails(place: ClaimedClip, flac: bytes) -> str | None:
    try:
        pcm = decode_flac_pcm(flac, bit_depth=place.bit_depth, name=place.clip_id)
    except MediaError as error:
        return str(error)
    except (AudiosetError, ValueError) as error:  # a bit depth that no FLAC has
        return f"cannot be decoded: {error}"
    if pcm_sha256(pcm) != place.pcm_sha256:
        return "its samples do not match pcm_sha256"
    return None
