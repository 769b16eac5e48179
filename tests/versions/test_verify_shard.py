"""One shard, verified in blocks of any size: its bytes, its clips, and what is said of each."""

import hashlib
from collections.abc import Iterator

import numpy as np
import pytest

from audioset.errors import NotFoundError
from audioset.media.flac import encode_flac, pcm_sha256
from audioset.records.version import ContentObject
from audioset.versions.verify.shard import ClaimedClip, verify_shard, what_is_wrong

PCM = [np.full(500 + number, number * 100, np.int16) for number in range(3)]
FLACS = [encode_flac(pcm, 8000) for pcm in PCM]
GAP = b"\0" * 100
BYTES = GAP + GAP.join(FLACS) + GAP
SHARD = ContentObject(sha256=hashlib.sha256(BYTES).hexdigest(), size_bytes=len(BYTES), num_clips=3)


def claim(number: int, **values: object) -> ClaimedClip:
    place = ClaimedClip(
        clip_id=f"clip-{number}",
        shard_sha256=SHARD.sha256,
        offset_bytes=BYTES.index(FLACS[number]),
        size_bytes=len(FLACS[number]),
        audio_sha256=hashlib.sha256(FLACS[number]).hexdigest(),
        pcm_sha256=pcm_sha256(PCM[number]),
        bit_depth=16,
    )
    return place._replace(**values)  # type: ignore[arg-type]


class InBlocks:
    """A store of one object, which comes in blocks of a size."""

    def __init__(self, data: bytes | None, size_bytes: int) -> None:
        self._data = data
        self._size = size_bytes

    def get_blocks(self, key: str) -> Iterator[bytes]:
        assert key == "the key"
        if self._data is None:
            raise NotFoundError("no such object")
        for start in range(0, len(self._data), self._size):
            yield self._data[start : start + self._size]


def found(
    places: list[ClaimedClip],
    *,
    data: bytes | None = BYTES,
    block_bytes: int = 64,
    decode: bool = True,
) -> tuple[str | None, dict[str, str], int]:
    told: list[int] = []
    finding = verify_shard(
        InBlocks(data, block_bytes),  # type: ignore[arg-type]
        "the key",
        SHARD,
        places,
        decode=decode,
        told=told.append,
    )
    assert sum(told) == finding.size_bytes
    return finding.what, finding.clips, finding.size_bytes


@pytest.mark.parametrize("block_bytes", [1, 7, 100, 10_000])
def test_whole_clips_are_found_in_any_blocks_and_any_order(block_bytes: int) -> None:
    for order in ([0, 1, 2], [2, 0, 1], [1], []):
        places = [claim(number) for number in order]
        assert found(places, block_bytes=block_bytes) == (None, {}, len(BYTES))


@pytest.mark.parametrize("block_bytes", [1, 10_000])
def test_places_may_overlap_and_repeat(block_bytes: int) -> None:
    twice = claim(1, clip_id="again")
    assert found([claim(1), twice, claim(0)], block_bytes=block_bytes) == (None, {}, len(BYTES))
    around = claim(0, clip_id="around", size_bytes=claim(1).offset_bytes + 10)
    assert found([around, claim(1)], block_bytes=block_bytes)[1] == {
        "around": "its bytes do not match audio_sha256"
    }


def test_what_is_wrong_with_a_clip_is_said_of_it_alone() -> None:
    no_match = "its bytes do not match audio_sha256"
    cases: list[tuple[dict[str, object], str]] = [
        ({"audio_sha256": "0" * 64}, no_match),
        ({"offset_bytes": claim(1).offset_bytes + 1}, no_match),
        ({"size_bytes": claim(1).size_bytes - 1}, no_match),
        ({"offset_bytes": len(BYTES)}, "lies behind the end"),
        ({"size_bytes": len(BYTES) - claim(1).offset_bytes + 1}, "lies behind the end"),
        ({"size_bytes": len(BYTES) - claim(1).offset_bytes}, no_match),
        ({"pcm_sha256": "0" * 64}, "its samples do not match pcm_sha256"),
    ]
    for values, what in cases:
        assert found([claim(0), claim(1, **values), claim(2)]) == (
            None,
            {"clip-1": what},
            len(BYTES),
        )
    assert found([claim(1, pcm_sha256="0" * 64)], decode=False)[1] == {}
    assert "clip-1" in found([claim(1, bit_depth=99)])[1]


def test_a_shard_that_is_not_what_it_was_says_so_itself() -> None:
    flipped = BYTES[:-1] + b"\1"
    assert found([claim(0)], data=flipped) == ("does not match its hash", {}, len(BYTES))
    short = BYTES[:-1]
    assert found([claim(0)], data=short)[::2] == (
        f"has {len(BYTES) - 1} bytes, not {len(BYTES)}",
        len(BYTES) - 1,
    )
    assert found([claim(0), claim(2)], data=None) == (
        "is missing",
        {"clip-0": "its shard is missing", "clip-2": "its shard is missing"},
        0,
    )


def test_bytes_that_are_no_flac_cannot_be_decoded() -> None:
    junk = hashlib.sha256(BYTES[:100]).hexdigest()
    (what,) = found([claim(0, offset_bytes=0, size_bytes=100, audio_sha256=junk)])[1].values()
    assert "clip-0" in what or "cannot be decoded" in what


def test_size_comes_before_hash() -> None:
    assert what_is_wrong(SHARD, SHARD.size_bytes, SHARD.sha256) is None
    assert what_is_wrong(SHARD, SHARD.size_bytes, "0") == "does not match its hash"
    assert what_is_wrong(SHARD, 3, "0") == f"has 3 bytes, not {SHARD.size_bytes}"
