"""Shards: the same bytes everywhere, read by everybody, and borders that stay where they are."""

import hashlib
import json
import subprocess
import tarfile
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audioset.errors import InvalidInputError, StorageError
from audioset.records.version import DEFAULT_SHARD_BYTES
from audioset.storage.shards import (
    FORCED_END_FACTOR,
    MAX_TARGET_BYTES,
    SHARD_FACTS,
    split_shards,
    write_shard,
)
from tests.workspaces import make_clip

CLIPS = [
    (asdict(clip), flac)
    for clip, flac in (make_clip("talk ä.mp4", number, speaker="m") for number in range(12))
]
FLACS = {facts["clip_id"]: flac for facts, flac in CLIPS}


def test_the_same_clips_give_the_same_bytes(tmp_path: Path) -> None:
    first, _ = write_shard(tmp_path / "a.tar", CLIPS)
    second, _ = write_shard(tmp_path / "b.tar", iter(CLIPS))
    data = (tmp_path / "a.tar").read_bytes()
    assert first == second
    assert (tmp_path / "b.tar").read_bytes() == data
    assert (first.sha256, first.size_bytes) == (hashlib.sha256(data).hexdigest(), len(data))
    assert first.num_clips == len(CLIPS)


def test_the_bytes_of_a_shard_are_part_of_the_format(tmp_path: Path) -> None:
    """When this fails, published shards would no longer be found by their hash: do not adapt it."""
    facts = dict.fromkeys(SHARD_FACTS, 1) | {"clip_id": "a-1", "source_name": "ä"}
    made, _ = write_shard(tmp_path / "a.tar", [(facts, b"not really flac")])
    assert made.size_bytes == 3072
    assert made.sha256 == "c578b8cfc60240f4659e818acdde1caf20ff7cac6605a7d753e7da943722ed04"


def test_members_are_where_they_are_said_to_be(tmp_path: Path) -> None:
    _, members = write_shard(tmp_path / "a.tar", CLIPS)
    data = (tmp_path / "a.tar").read_bytes()
    assert [member.clip_id for member in members] == list(FLACS)
    for member in members:
        found = data[member.offset_bytes : member.offset_bytes + member.size_bytes]
        assert found == FLACS[member.clip_id]
        assert member.audio_sha256 == hashlib.sha256(found).hexdigest()


# webdataset leaves its file to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_stock_webdataset_reads_a_shard(tmp_path: Path) -> None:
    import webdataset

    write_shard(tmp_path / "a.tar", CLIPS)
    read = list(webdataset.WebDataset(str(tmp_path / "a.tar"), shardshuffle=False))
    assert {sample["__key__"]: sample["flac"] for sample in read} == FLACS
    assert [sample["__key__"] for sample in read] == list(FLACS)
    facts = json.loads(read[0]["json"])
    assert facts == {name: CLIPS[0][0][name] for name in SHARD_FACTS}


def test_the_tar_program_and_python_unpack_a_shard(tmp_path: Path) -> None:
    write_shard(tmp_path / "a.tar", CLIPS)
    (tmp_path / "out").mkdir()
    unpacked = subprocess.run(
        ["tar", "-xf", tmp_path / "a.tar", "-C", tmp_path / "out"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert unpacked.stderr == ""
    assert {p.stem: p.read_bytes() for p in (tmp_path / "out").glob("*.flac")} == FLACS
    with tarfile.open(tmp_path / "a.tar") as tar:
        members = tar.getmembers()
    assert [m.name for m in members] == [f"{c}.{e}" for c in FLACS for e in ("flac", "json")]
    assert {(m.mode, m.uid, m.gid, m.mtime, m.uname) for m in members} == {(0o644, 0, 0, 0, "")}


def test_what_people_may_change_is_not_in_a_shard(tmp_path: Path) -> None:
    changed = [({**facts, "text": "new", "speaker": "f", "split": "test"}, f) for facts, f in CLIPS]
    assert write_shard(tmp_path / "a.tar", CLIPS) == write_shard(tmp_path / "b.tar", changed)


@pytest.mark.parametrize("clip_id", ["", "a.b", "a/b", "A", "ä", "x" * 96])
def test_an_id_that_cannot_be_a_key_is_refused(tmp_path: Path, clip_id: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot be stored"):
        write_shard(tmp_path / "a.tar", [({**CLIPS[0][0], "clip_id": clip_id}, b"1")])


def test_the_longest_id_fits(tmp_path: Path) -> None:
    write_shard(tmp_path / "a.tar", [({**CLIPS[0][0], "clip_id": "x" * 95}, b"1")])
    with tarfile.open(tmp_path / "a.tar") as tar:
        assert tar.getnames() == ["x" * 95 + ".flac", "x" * 95 + ".json"]


def test_clips_out_of_order_are_refused(tmp_path: Path) -> None:
    for wrong in ([CLIPS[1], CLIPS[0]], [CLIPS[0], CLIPS[0]]):
        with pytest.raises(InvalidInputError, match="in order, once"):
            write_shard(tmp_path / "a.tar", wrong)


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"cannot write \S+: No such file"):
        write_shard(tmp_path / "none" / "a.tar", CLIPS)


def test_every_clip_is_in_one_shard_in_order() -> None:
    ids = [f"x-{number:05d}" for number in range(5000)]
    shards = split_shards(ids, [1000] * 5000, target_bytes=20_000)
    assert [position for shard in shards for position in shard] == list(range(5000))
    assert all(len(shard) for shard in shards)
    assert split_shards([], [], target_bytes=1) == []


def test_a_target_that_is_no_size_is_refused() -> None:
    for wrong in (0, MAX_TARGET_BYTES + 1):
        with pytest.raises(InvalidInputError, match=f"1 byte to 16 GiB, not {wrong:,} bytes"):
            split_shards(["a"], [1], target_bytes=wrong)


def test_shards_have_the_target_size_in_the_mean_and_a_limit() -> None:
    sizes = [20_000 + 7919 * number % 100_000 for number in range(40_000)]
    ids = [f"x-{number:05d}" for number in range(40_000)]
    shards = split_shards(ids, sizes, target_bytes=1_000_000)
    lengths = [sum(sizes[shard.start : shard.stop]) for shard in shards]
    assert sum(lengths) / len(lengths) == pytest.approx(1_000_000, rel=0.05)
    assert max(lengths) <= FORCED_END_FACTOR * 1_000_000 + max(sizes)
    assert DEFAULT_SHARD_BYTES == 64 * 2**20


def test_a_clip_larger_than_the_target_ends_its_shard() -> None:
    assert split_shards(["a", "b", "c"], [5, 500, 5], target_bytes=100) == [range(2), range(2, 3)]


@settings(max_examples=60)
@given(st.data())
def test_changing_k_clips_changes_about_2k_shards_at_most(data: st.DataObject) -> None:
    target, count = 10_000, 3000
    clips = {f"x-{number:06d}": 500 + number * 37 % 1000 for number in range(0, 2 * count, 2)}
    spots = st.integers(0, 2 * count - 1)
    changes = data.draw(st.dictionaries(spots, st.sampled_from(["cut", "drop"]), max_size=20))
    changed = dict(clips)
    for number, change in changes.items():
        changed.pop(f"x-{number:06d}", None)
        if change == "cut" or number % 2:  # cut anew with another length, or a new clip
            changed[f"x-{number:06d}"] = 600 + number % 700
    before, after = shard_contents(clips, target), shard_contents(changed, target)
    new = [shard for shard in after if shard not in set(before)]
    # A run that was ended by force may be divided anew up to the next border of its own.
    forced = [s for s in new if sum(size for _, size in s) > FORCED_END_FACTOR * target]
    assert len(new) <= 2 * len(changes) + 2 * len(forced)


def shard_contents(clips: dict[str, int], target: int) -> list[tuple[tuple[str, int], ...]]:
    rows = sorted(clips.items())
    shards = split_shards([r[0] for r in rows], [r[1] for r in rows], target_bytes=target)
    return [tuple(rows[shard.start : shard.stop]) for shard in shards]
