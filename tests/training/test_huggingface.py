"""Hugging Face: a version as an IterableDataset of single clips."""

from pathlib import Path

import numpy as np
import pytest

from audioset.errors import InvalidInputError
from audioset.records.manifest import column_names
from audioset.storage.store import open_store
from audioset.training.plan import Batching
from audioset.training.reader import Dataset
from audioset.versions.consumed import end_noting, noted
from audioset.versions.going_runs import begin_run, end_run
from tests.training.optional import require
from tests.training.test_reader import publish
from tests.workspaces import make_workspace

datasets = require("datasets", "REQUIRE_DATASETS")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    made = make_workspace(tmp_path_factory.mktemp("hf") / "w", sources=3, clips_per_source=200)
    return publish(made, open_store(made.settings.store))


def test_examples_have_samples_and_the_columns_of_the_manifest(dataset: Dataset) -> None:
    stream = dataset.huggingface(split="test").with_format("numpy")
    examples = list(stream.take(20))
    for example in examples:
        clip = dataset[str(example["clip_id"])]
        assert example["samples"].dtype == np.float32
        np.testing.assert_array_equal(example["samples"], clip.samples)
        assert (example["text"], example["speaker"]) == (clip.row.text, clip.row.speaker)
        assert (example["split"], example["sampling_rate"]) == ("test", 8000)
    assert len({str(example["clip_id"]) for example in examples}) == 20


def test_every_clip_comes_once_and_nodes_share_them(dataset: Dataset) -> None:
    from datasets.distributed import split_dataset_by_node

    stream = dataset.huggingface(seed=2)
    assert stream.num_shards == 2
    parts = [
        [example["clip_id"] for example in split_dataset_by_node(stream, rank=r, world_size=2)]
        for r in range(2)
    ]
    assert all(parts)
    assert sorted(parts[0] + parts[1]) == dataset.table["clip_id"].to_pylist()


def test_it_resumes_where_it_was(dataset: Dataset) -> None:
    stream = dataset.huggingface(split="test")
    whole = [example["clip_id"] for example in stream]
    seen = []
    for example in stream:
        seen.append(example["clip_id"])
        if len(seen) == 70:
            state = stream.state_dict()
            break
    again = dataset.huggingface(split="test")
    again.load_state_dict(state)
    assert seen + [example["clip_id"] for example in again] == whole


def test_an_unknown_split_is_refused(dataset: Dataset) -> None:
    with pytest.raises(InvalidInputError, match="has split 'dev'"):
        dataset.huggingface(split="dev")


def test_an_example_has_the_filled_columns_and_no_places_of_storage(dataset: Dataset) -> None:
    stream = dataset.huggingface(shuffle=None)
    filled = [
        name
        for name in column_names()
        if dataset.table.column(name).null_count < 600
        and name not in ("extra", "sampling_rate", *column_names(group="storage"))
    ]
    assert stream.column_names == [*filled, "sampling_rate", "samples"]
    assert {"clip_id", "text", "num_samples"} < set(filled)
    assert "gender" not in filled
    kinds = stream.features
    assert kinds is not None
    assert (kinds["sampling_rate"].dtype, kinds["samples"].feature.dtype) == ("int32", "float32")
    assert (kinds["length_seconds"].dtype, kinds["text"].dtype) == ("float64", "string")
    first = next(iter(stream))
    clip = dataset[dataset.table["clip_id"][0].as_py()]
    assert {name: first[name] for name in filled} == {n: getattr(clip.row, n) for n in filled}
    np.testing.assert_array_equal(np.array(first["samples"], np.float32), clip.samples)


@pytest.mark.parametrize(
    ("shuffle", "seed", "epoch"), [("block", 0, 0), ("full", 3, 2), (None, 0, 0)]
)
def test_clips_come_in_the_order_of_the_plan_and_are_noted(
    dataset: Dataset, tmp_path: Path, shuffle: str | None, seed: int, epoch: int
) -> None:
    batching = Batching(split="train", clips=64, seed=seed, shuffle=shuffle, lanes=1)  # type: ignore[arg-type]
    batches = dataset.plan(batching, epoch=epoch).batches
    every = dataset.table["clip_id"].to_pylist()
    begin_run(tmp_path, "run")
    try:
        stream = dataset.huggingface(split="train", seed=seed, epoch=epoch, shuffle=shuffle)  # type: ignore[arg-type]
        assert [e["clip_id"] for e in stream] == [every[place] for b in batches for place in b]
        (receipt,) = noted(tmp_path, complete=True)
    finally:
        end_run(tmp_path)
        end_noting(tmp_path)
    assert receipt.positions() == dataset.positions("train")
    (reading,) = receipt.readings
    order = (seed, epoch) if shuffle else (None, None)
    assert (reading.split, reading.seed, reading.epoch) == ("train", *order)


def test_a_worker_reads_eight_batches_at_a_time(dataset: Dataset) -> None:
    assert dataset.huggingface().num_shards == 2, "600 clips are ten batches of 64"
    assert dataset.huggingface(split="test").num_shards == 1
