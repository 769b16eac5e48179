"""Hugging Face: a version as an IterableDataset of single clips."""

import numpy as np
import pytest

from audioset.errors import InvalidInputError
from audioset.storage.store import open_store
from audioset.training.reader import Dataset
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
