"""Where shards end, to the byte, and what a member may be."""

import hashlib
import io
import json
import tarfile
from itertools import count
from pathlib import Path

import pytest

from audioset.errors import InvalidInputError, StorageError
from audioset.storage import shards
from audioset.storage.shards import (
    FORCED_END_FACTOR,
    MAX_KEY_CHARACTERS,
    MAX_MEMBER_BYTES,
    MAX_TARGET_BYTES,
    SHARD_FACTS,
    Member,
    TarWriter,
    encode_facts,
    split_shards,
    write_shard,
)


def drawn(clip_id: str) -> int:
    """The number of a clip between 0 and 2**64 that decides with its size."""
    return int(hashlib.sha256(clip_id.encode()).hexdigest()[:16], 16)


# Their numbers are large: of a small size, none of them ends a shard.
STAYING = [f"x-{n}" for n in range(200) if drawn(f"x-{n}") > 2**63][:20]


def facts(clip_id: str, **values: object) -> dict[str, object]:
    return {**dict.fromkeys(SHARD_FACTS, 1), "clip_id": clip_id, **values}


def test_a_clip_ends_its_shard_with_the_chance_of_its_share() -> None:
    ids, size, target = [f"clip-{number}" for number in range(300)], 300, 1000
    ends = [place for place, name in enumerate(ids) if drawn(name) * target < size << 64]
    assert 60 < len(ends) < 120
    filled, expected, start = 0, [], 0
    for place in range(300):
        filled += size
        if place in ends or filled > 4 * target:
            expected.append(range(start, place + 1))
            start, filled = place + 1, 0
    if start < 300:
        expected.append(range(start, 300))
    assert split_shards(ids, [size] * 300, target_bytes=target) == expected


def test_a_chance_is_exact() -> None:
    name = next(name for name in map(str, count()) if drawn(name) % 2)
    # Sizes on both sides of the one for which `drawn * target == size * 2**64` would hold.
    size = drawn(name) * MAX_TARGET_BYTES >> 64
    assert split_shards([name, "b"], [size, 1], target_bytes=MAX_TARGET_BYTES)[0] == range(2)
    assert split_shards([name, "b"], [size + 1, 1], target_bytes=MAX_TARGET_BYTES)[0] == range(1)


def test_a_run_without_an_end_is_ended_when_it_is_more_than_four_times_the_target() -> None:
    assert FORCED_END_FACTOR == 4
    ids = STAYING[:10]
    # 1 of 1000 bytes: the chance is 1/1000, and their numbers are above one half.
    sizes = [400] * 10
    assert split_shards(ids, sizes, target_bytes=1000) == [range(10)], "4,000 bytes are not more"
    assert split_shards(ids, [400] * 9 + [401], target_bytes=1000) == [range(10)]
    assert split_shards([*ids, STAYING[10]], [400] * 9 + [401, 1], target_bytes=1000) == [
        range(10),
        range(10, 11),
    ]
    assert split_shards([*ids, STAYING[10]], [400] * 10 + [1], target_bytes=1000) == [range(11)]
    twice = split_shards(STAYING, [401] * 20, target_bytes=1000)
    assert twice == [range(10), range(10, 20)]


def test_what_is_left_is_a_shard_and_nothing_is_none() -> None:
    assert split_shards(STAYING[:2], [1, 1], target_bytes=1000) == [range(2)]
    assert split_shards(STAYING[:2], [1, 1000], target_bytes=1000) == [range(2)]
    assert split_shards(STAYING[:1], [1], target_bytes=1) == [range(1)]
    assert split_shards([], [], target_bytes=1000) == []
    assert split_shards(["a"], [1], target_bytes=MAX_TARGET_BYTES) == [range(1)]
    assert MAX_TARGET_BYTES == 16 * 2**30
    with pytest.raises(ValueError, match="shorter"):
        split_shards(["a", "b"], [1], target_bytes=10)
    for wrong, shown in ((0, "0"), (-1, "-1"), (MAX_TARGET_BYTES + 1, "17,179,869,185")):
        with pytest.raises(InvalidInputError) as told:
            split_shards(["a"], [1], target_bytes=wrong)
        assert str(told.value) == f"the size of a shard is 1 byte to 16 GiB, not {shown} bytes"


def test_members_follow_each_other_in_blocks(tmp_path: Path) -> None:
    clips = [(facts("a"), b""), (facts("b"), bytes(512)), (facts("c"), b"x" * 513)]
    made, members = write_shard(tmp_path / "s.tar", clips)
    about = 1024  # header and facts, which take a block each
    assert [(one.offset_bytes, one.size_bytes) for one in members] == [
        (512, 0),
        (512 + about + 512, 512),
        (512 + about + 512 + 512 + about + 512, 513),
    ]
    data = (tmp_path / "s.tar").read_bytes()
    assert made.size_bytes == len(data) == 3 * (512 + about) + 512 + 1024 + 1024
    assert data[-1024:] == bytes(1024)
    assert made.sha256 == hashlib.sha256(data).hexdigest()
    assert made.num_clips == 3
    assert members[2] == Member("c", 512 * 8, 513, hashlib.sha256(b"x" * 513).hexdigest())
    with tarfile.open(tmp_path / "s.tar") as tar:
        assert [member.size for member in tar.getmembers()][::2] == [0, 512, 513]
        last = tar.extractfile("c.flac")
        assert last is not None
        assert last.read() == b"x" * 513
    empty, none = write_shard(tmp_path / "none.tar", [])
    assert (empty.size_bytes, empty.num_clips, none) == (1024, 0, [])


def test_a_hash_that_is_known_is_not_made_again(tmp_path: Path) -> None:
    clips = [(facts("a", audio_sha256="known"), b"1"), (facts("b", audio_sha256=None), b"2")]
    _, members = write_shard(tmp_path / "s.tar", clips)
    assert [one.audio_sha256 for one in members] == ["known", hashlib.sha256(b"2").hexdigest()]


def test_the_facts_of_a_clip_are_compact_sorted_and_no_others() -> None:
    made = encode_facts(facts("a", source_name="ä", text="said", start_seconds=0.5))
    assert made.decode() == json.dumps(
        facts("a", source_name="ä", start_seconds=0.5),
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=True,
    )


def test_a_header_is_that_of_a_plain_file_of_nobody() -> None:
    file = io.BytesIO()
    writer = TarWriter(file)
    assert writer.add(("a.flac", b"12345"), ("b" * 100, b"")) == 512
    assert writer.add(("c", b"6")) == 512 * 4
    assert (writer.size_bytes, len(file.getvalue())) == (512 * 5, 512 * 5)
    writer.finish()
    assert writer.sha256.hexdigest() == hashlib.sha256(file.getvalue()).hexdigest()
    file.seek(0)
    with tarfile.open(fileobj=file) as tar:
        first, second, third = tar.getmembers()
    assert (first.name, second.name, third.name) == ("a.flac", "b" * 100, "c")
    zero, sums = b"0000000\0", (first.chksum, tarfile.calc_chksums(file.getvalue()[:512])[0])
    parts = (
        *(
            b"a.flac".ljust(100, b"\0"),
            b"0000644\0",
            zero,
            zero,
            b"00000000005\0",
            b"0" * 11 + b"\0",
        ),
        *(
            b"%06o\0 " % sums[1],
            b"0",
            bytes(100),
            b"ustar\x0000",
            bytes(64),
            zero,
            zero,
            bytes(167),
        ),
    )
    assert sums[0] == sums[1]
    assert file.getvalue()[:512] == b"".join(parts)


def test_a_member_is_as_large_as_its_header_can_say(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_MEMBER_BYTES == 8 * 2**30 - 1
    monkeypatch.setattr(shards, "MAX_MEMBER_BYTES", 4)
    writer = TarWriter(io.BytesIO())
    writer.add(("a", b"1234"))
    with pytest.raises(
        InvalidInputError, match=r"^a has 5 bytes; a shard holds files up to 8 GiB$"
    ):
        writer.add(("a", b"12345"))


def test_ids_ascend_and_can_be_keys(tmp_path: Path) -> None:
    path = tmp_path / "s.tar"
    for wrong in ("a_b", "a/b", "", "A", "ä", "x" * (MAX_KEY_CHARACTERS + 1)):
        told = rf"^clip id '{wrong}' cannot be stored: use a-z, 0-9 and -, at most 95 characters$"
        with pytest.raises(InvalidInputError, match=told):
            write_shard(path, [(facts(wrong), b"1")])
    for first, second in (("b", "a"), ("b", "b")):
        told = f"^clip {second} follows {first}: clips are stored in order, once$"
        with pytest.raises(InvalidInputError, match=told):
            write_shard(path, [(facts(first), b"1"), (facts(second), b"1")])
    longest = "x" * MAX_KEY_CHARACTERS
    _, members = write_shard(path, [(facts("a"), b"1"), (facts(longest), b"1")])
    assert [one.clip_id for one in members] == ["a", longest]
    with pytest.raises(StorageError, match=f"^cannot write {tmp_path}/no/s.tar: No such file"):
        write_shard(tmp_path / "no" / "s.tar", [])
