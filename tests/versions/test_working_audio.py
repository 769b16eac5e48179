"""Audio of working clips as publish meets it, and which stored shards a new version keeps."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from audioset.errors import MediaError, StorageError
from audioset.media.flac import encode_flac, pcm_sha256
from audioset.records.version import VersionRecord
from audioset.storage.store import open_store
from audioset.versions.publish.reuse import KnownClips, find_known_clips
from audioset.versions.publish.working_audio import clip_sizes, read_clip
from audioset.versions.read.resolve import read_version
from tests.versions.publishing import publish, with_value
from tests.workspaces import make_workspace

PCM = np.arange(6000, dtype=np.int16).reshape(-1, 2)
FLAC = encode_flac(PCM, 16000)
ROW: dict[str, Any] = {
    "clip_id": "talk-1",
    "num_samples": 3000,
    "sampling_rate": 16000,
    "channels": 2,
    "bit_depth": 16,
    "pcm_sha256": pcm_sha256(PCM),
    "audio_sha256": None,
}
HASHED = {**ROW, "audio_sha256": hashlib.sha256(FLAC).hexdigest()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "talk-1.flac").write_bytes(FLAC)
    return tmp_path


def test_sizes_are_those_of_the_files_and_missing_ones_are_counted(folder: Path) -> None:
    (folder / "talk-2.flac").write_bytes(b"1234")
    (folder / "talk-3.flac").write_bytes(b"")
    assert clip_sizes(folder, ["talk-2", "talk-1"]) == [4, len(FLAC)]
    assert clip_sizes(folder, []) == []
    with pytest.raises(
        MediaError, match=r"2 of 4 clips have no audio, the first is .*talk-3\.flac; cut"
    ):
        clip_sizes(folder, ["talk-1", "talk-3", "talk-2", "talk-4"])


def test_what_cannot_be_read_is_no_missing_clip(folder: Path) -> None:
    with pytest.raises(StorageError, match=r"cannot read .*talk-1\.flac/talk-1\.flac"):
        clip_sizes(folder / "talk-1.flac", ["talk-1"])
    (folder / "talk-9.flac").mkdir()
    with pytest.raises(StorageError, match=r"cannot read .*talk-9\.flac"):
        read_clip(folder, {**ROW, "clip_id": "talk-9"}, 1)


def test_a_clip_that_is_what_its_row_says_is_given(folder: Path) -> None:
    assert read_clip(folder, ROW, len(FLAC)) == FLAC
    assert read_clip(folder, HASHED, len(FLAC)) == FLAC
    assert read_clip(folder, {**HASHED, "pcm_sha256": "0" * 64}, len(FLAC)) == FLAC


@pytest.mark.parametrize(
    ("name", "value"),
    [("num_samples", 2999), ("sampling_rate", 16001), ("channels", 1), ("bit_depth", 24)],
)
def test_a_header_that_says_something_else_is_named(folder: Path, name: str, value: int) -> None:
    with pytest.raises(MediaError, match=f"its manifest row: {name} is {ROW[name]}, not {value};"):
        read_clip(folder, {**ROW, name: value}, len(FLAC))


@pytest.mark.parametrize("row", [ROW, HASHED], ids=["samples", "bytes"])
def test_a_damaged_clip_is_refused(folder: Path, row: dict[str, Any]) -> None:
    flipped = bytearray(FLAC)
    flipped[-20] ^= 1
    (folder / "talk-1.flac").write_bytes(bytes(flipped))
    with pytest.raises(MediaError, match=r"talk-1\.flac is damaged or was changed"):
        read_clip(folder, row, len(FLAC))
    name = "pcm_sha256" if row is ROW else "audio_sha256"
    (folder / "talk-1.flac").write_bytes(FLAC)
    with pytest.raises(MediaError, match="its hash differs from its manifest row"):
        read_clip(folder, {**row, name: "0" * 64}, len(FLAC))


def test_a_file_that_changed_or_is_no_flac_is_refused(folder: Path) -> None:
    for size in (len(FLAC) - 1, len(FLAC) + 1):
        with pytest.raises(MediaError, match=r"talk-1\.flac changed while it was published"):
            read_clip(folder, ROW, size)
    with pytest.raises(MediaError, match=r"talk-2\.flac changed while"):
        read_clip(folder, {**ROW, "clip_id": "talk-2"}, 1)
    for data in (b"RIFF" + FLAC[4:], FLAC[:4] + b"\1" + FLAC[5:], FLAC[:41], FLAC[:7]):
        (folder / "talk-1.flac").write_bytes(data)
        with pytest.raises(MediaError, match=r"talk-1\.flac is not a FLAC file"):
            read_clip(folder, ROW, len(data))
    (folder / "talk-1.flac").write_bytes(FLAC[:42])
    with pytest.raises(MediaError, match="damaged or was changed"):
        read_clip(folder, ROW, 42)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[VersionRecord, pa.Table]:
    ws = make_workspace(tmp_path_factory.mktemp("reuse") / "w", sources=2, clips_per_source=8)
    store = open_store("memory://")
    record = publish(ws, store=store).record
    return record, read_version(store, record)


def known(
    published: tuple[VersionRecord, pa.Table], rows: pa.Table, sizes: list[int] | None = None
) -> KnownClips:
    record, before = published
    return find_known_clips(rows, sizes or rows["size_bytes"].to_pylist(), record, before)


def shard_range(published: tuple[VersionRecord, pa.Table], number: int) -> range:
    start = sum(shard.num_clips for shard in published[0].shards[:number])
    return range(start, start + published[0].shards[number].num_clips)


def test_shards_of_which_nothing_changed_are_found_with_their_clips(
    published: tuple[VersionRecord, pa.Table],
) -> None:
    record, rows = published
    found = known(published, rows)
    assert found.shards == {shard.sha256: shard for shard in record.shards}
    assert len(record.shards) > 1
    for number, shard in enumerate(record.shards):
        positions = shard_range(published, number)
        same = found.find_shard(positions)
        assert same is not None
        assert same[0] == shard
        wanted = rows.slice(positions.start, len(positions)).to_pylist()
        assert [(m.clip_id, m.offset_bytes, m.size_bytes, m.audio_sha256) for m in same[1]] == [
            (r["clip_id"], r["offset_bytes"], r["size_bytes"], r["audio_sha256"]) for r in wanted
        ]
    first = shard_range(published, 0)
    assert found.find_shard(range(first.stop - 1)) is None, "a part of a shard"
    assert found.find_shard(range(first.stop + 1)) is None, "more than a shard"


@pytest.mark.parametrize("name", ["pcm_sha256", "num_samples", "clip_id", "size"])
def test_a_clip_that_is_not_the_same_leaves_its_shard_to_be_made_anew(
    published: tuple[VersionRecord, pa.Table], name: str
) -> None:
    rows = published[1]
    sizes = rows["size_bytes"].to_pylist()
    if name == "size":
        sizes[0] += 1
    else:
        value: dict[str, object] = {"num_samples": 1, "clip_id": "a-1", "pcm_sha256": "0" * 64}
        rows = with_value(rows, 0, name, value[name])
    found = known(published, rows, sizes)
    assert found.find_shard(shard_range(published, 0)) is None
    assert found.find_shard(shard_range(published, 1)) is not None
    assert found.rows["shard_sha256"].null_count == 1


def test_other_facts_of_a_clip_keep_its_shard(published: tuple[VersionRecord, pa.Table]) -> None:
    rows = with_value(published[1], 0, "text", "other words")
    assert known(published, rows).find_shard(shard_range(published, 0)) is not None


def test_a_shard_that_the_record_does_not_name_is_not_kept(
    published: tuple[VersionRecord, pa.Table],
) -> None:
    record, rows = published
    without = (replace(record, shards=record.shards[1:]), rows)
    assert known(without, rows).find_shard(shard_range(published, 0)) is None
