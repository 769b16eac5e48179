"""The stock webdataset pipeline over a version."""

import hashlib
import io
import pickle
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from audioset.errors import IntegrityError, InvalidInputError
from audioset.records.manifest import clips_from_table, column_names, table_from_clips
from audioset.storage.store import open_store
from audioset.storage.tables import list_manifests, read_manifest
from audioset.training.order import epoch_order
from audioset.training.reader import Dataset
from audioset.versions.consumed import end_noting, noted
from audioset.versions.going_runs import begin_run, end_run
from audioset.versions.layout import shard_key
from audioset.versions.publish.publish import publish_table
from tests.training.test_reader import publish
from tests.workspaces import add_source, make_workspace


@pytest.fixture(params=["local", "memory"])
def dataset(tmp_path: Path, request: pytest.FixtureRequest) -> Dataset:
    ws = make_workspace(tmp_path / "workspace", sources=3, clips_per_source=10)
    return publish(ws, open_store(ws.settings.store if request.param == "local" else "memory://"))


def test_samples_have_audio_and_the_facts_of_the_manifest(dataset: Dataset) -> None:
    samples = {sample["__key__"]: sample for sample in dataset.webdataset()}
    assert set(samples) == set(dataset.table["clip_id"].to_pylist())
    for clip in clips_from_table(dataset.table):
        sample = samples[clip.clip_id]
        assert (sample["text"], sample["speaker"]) == (clip.text, clip.speaker)
        assert (sample["take"], sample["sampling_rate"]) == (clip.extra["take"], 8000)
        np.testing.assert_array_equal(sample["samples"], dataset[clip.clip_id].samples)


def test_a_split_gives_its_clips_only(dataset: Dataset) -> None:
    samples = list(dataset.webdataset(split="test"))
    assert {sample["split"] for sample in samples} == {"test"}
    assert len({sample["__key__"] for sample in samples}) == len(samples) == 10
    with pytest.raises(InvalidInputError, match="has split 'dev'"):
        dataset.webdataset(split="dev")


def test_seed_and_epoch_choose_the_order(dataset: Dataset) -> None:
    def keys(**arguments: int) -> list[str]:
        return [sample["__key__"] for sample in dataset.webdataset(**arguments)]

    assert keys(seed=1) == keys(seed=1)
    assert keys(seed=1) != keys(seed=2)
    assert keys(seed=1) != keys(seed=1, epoch=1)


def test_stock_stages_can_follow(dataset: Dataset) -> None:
    pipeline = dataset.webdataset(buffer_clips=0).map(lambda sample: sample["samples"].size)
    first, *_ = pipeline.listed(8)
    assert first == [2000] * 8


def test_a_loader_process_can_unpickle_the_pipeline(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "workspace", sources=1, clips_per_source=3)
    dataset = publish(ws, open_store(ws.settings.store))
    copy = pickle.loads(pickle.dumps(dataset.webdataset()))
    assert {sample["__key__"] for sample in copy} == set(dataset.table["clip_id"].to_pylist())


def test_a_flipped_bit_stops_the_pipeline(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "workspace", sources=1, clips_per_source=3)
    dataset = publish(ws, open_store(ws.settings.store))
    row = next(clips_from_table(dataset.table))
    path = Path(dataset.store.url) / shard_key("scots", str(row.shard_sha256))
    data = bytearray(path.read_bytes())
    data[int(row.offset_bytes or 0) + 200] ^= 4
    path.chmod(0o644)
    path.write_bytes(data)
    with pytest.raises(IntegrityError, match=row.clip_id):
        list(dataset.webdataset())


def test_a_shard_that_was_cut_short_stops_the_pipeline(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "workspace", sources=1, clips_per_source=6)
    dataset = publish(ws, open_store(ws.settings.store))
    shard = dataset.record.shards[0]
    path = Path(ws.settings.store) / shard_key("scots", shard.sha256)
    data = path.read_bytes()
    second = data.index(dataset.table["clip_id"][shard.num_clips - 1].as_py().encode())
    path.write_bytes(data[:second])
    with pytest.raises(IntegrityError, match="is damaged"):
        list(dataset.webdataset())


def test_only_what_the_rows_name_is_read(small: Dataset) -> None:
    """A shard may hold clips of other versions, and older states of clips of this one."""
    record, table = small.record, small.table
    first = record.shards[0]
    clip_id = next(c.clip_id for c in clips_from_table(table) if c.shard_sha256 == first.sha256)
    older = io.BytesIO()
    with tarfile.open(fileobj=older, mode="w") as tar:
        for name in (f"{clip_id}.flac", "nobody-000000000-000000100.flac"):
            member = tarfile.TarInfo(name)
            member.size = 9
            tar.addfile(member, io.BytesIO(b"older one"))
    before = older.getvalue()[: 4 * 512]  # without the end of a tar
    data = before + small.store.get(shard_key("scots", first.sha256))
    sha256 = hashlib.sha256(data).hexdigest()
    small.store.put_content(shard_key("scots", sha256), data)
    rows = [
        replace(c, shard_sha256=sha256, offset_bytes=int(c.offset_bytes or 0) + len(before))
        if c.shard_sha256 == first.sha256
        else c
        for c in clips_from_table(table)
    ]
    longer = replace(first, sha256=sha256, size_bytes=len(data))
    appended = Dataset(small.store, replace(record, shards=(longer, *record.shards[1:])))
    appended.table = table_from_clips(rows)
    given = {sample["__key__"]: sample["samples"] for sample in appended.webdataset()}
    assert sorted(given) == table["clip_id"].to_pylist()
    np.testing.assert_array_equal(given[clip_id], small[clip_id].samples)


def test_no_fact_takes_the_place_of_the_audio(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "workspace", sources=0)
    add_source(ws, "talk.mp4", 2, extra={"samples": "3", "__key__": "k"})
    table = read_manifest(list_manifests(ws.manifests_dir)[0])
    made = publish_table(
        table, clips_dir=ws.clips_dir, store=open_store(ws.settings.store), dataset="scots"
    )
    for sample in Dataset(open_store(ws.settings.store), made.record).webdataset():
        assert sample["samples"].dtype == np.float32
        assert sample["__key__"].startswith("talk-")


@pytest.fixture
def small(tmp_path: Path) -> Dataset:
    return publish(
        make_workspace(tmp_path / "workspace", sources=2, clips_per_source=6),
        open_store("memory://"),
    )


def test_a_sample_has_the_filled_facts_and_nothing_else(small: Dataset) -> None:
    row = next(clips_from_table(small.table))
    sample = next(one for one in small.webdataset() if one["__key__"] == row.clip_id)
    filled = {name for name in column_names() if name != "extra" and getattr(row, name) is not None}
    assert set(sample) == filled | set(row.extra) | {"__key__", "__url__", "samples"}
    assert {name: sample[name] for name in filled} == {name: getattr(row, name) for name in filled}
    assert sample["__url__"] == shard_key("scots", str(row.shard_sha256))


def test_without_a_buffer_shards_come_in_order_of_their_hashes(small: Dataset) -> None:
    rows = list(clips_from_table(small.table))
    expected = [r.clip_id for r in sorted(rows, key=lambda r: (r.shard_sha256, r.offset_bytes))]
    for seed in (0, 1):
        samples = small.webdataset(buffer_clips=0, seed=seed)
        assert [sample["__key__"] for sample in samples] == expected


def test_shards_are_shuffled_by_digest_split_seed_and_epoch(small: Dataset) -> None:
    shards = sorted(shard.sha256 for shard in small.record.shards)
    assert len(shards) > 1
    for split, seed, epoch in ((None, 0, 0), (None, 1, 0), ("train", 0, 3)):
        chosen = small.positions(split)
        held = [s for s in shards if s in {small.table["shard_sha256"][p].as_py() for p in chosen}]
        order = epoch_order(held, digest=small.digest, split=split, seed=seed, epoch=epoch)
        samples = small.webdataset(split=split, seed=seed, epoch=epoch, buffer_clips=1)
        seen = list(dict.fromkeys(sample["__url__"] for sample in samples))
        assert seen == [shard_key("scots", held[place]) for place in order]


@pytest.mark.parametrize(("buffer_clips", "order"), [(1000, (4, 5)), (0, (None, None))])
def test_what_is_given_is_noted_and_nothing_before(
    small: Dataset, tmp_path: Path, buffer_clips: int, order: tuple[int | None, int | None]
) -> None:
    every = small.table["clip_id"].to_pylist()
    folder = tmp_path / "run"
    folder.mkdir()
    begin_run(folder, "run")
    try:
        samples = iter(small.webdataset(split="train", seed=4, epoch=5, buffer_clips=buffer_clips))
        taken = [every.index(next(samples)["__key__"]) for _ in range(3)]
        (receipt,) = noted(folder, complete=True)
    finally:
        end_run(folder)
        end_noting(folder)
    assert receipt.positions() == sorted(taken)
    (reading,) = receipt.readings
    assert (reading.split, reading.seed, reading.epoch) == ("train", *order)


def test_a_shard_that_is_gone_is_named(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "workspace", sources=1, clips_per_source=3)
    dataset = publish(ws, open_store(ws.settings.store))
    key = shard_key("scots", dataset.record.shards[0].sha256)
    path = Path(dataset.store.url) / key
    size_bytes = path.stat().st_size
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"0")
    with pytest.raises(IntegrityError, match=f"has {size_bytes + 1} bytes, not {size_bytes}"):
        list(dataset.webdataset())
    path.unlink()
    with pytest.raises(IntegrityError, match=rf"{key} is missing"):
        list(dataset.webdataset())
