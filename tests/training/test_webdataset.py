"""The stock webdataset pipeline over a version."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from audioset.errors import IntegrityError, InvalidInputError
from audioset.records.manifest import clips_from_table
from audioset.storage.store import open_store
from audioset.storage.tables import list_manifests, read_manifest
from audioset.training.reader import Dataset
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
