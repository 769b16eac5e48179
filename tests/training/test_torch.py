"""PyTorch: a stream in a DataLoader, resumed from its batches or by torchdata."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from audioset.errors import InvalidInputError
from audioset.storage.store import open_store
from audioset.training.loader import Batch
from audioset.training.reader import Dataset
from tests.training.optional import require
from tests.training.test_reader import publish
from tests.workspaces import add_source, make_workspace

torch = require("torch", "REQUIRE_TORCH")

# Forking is how most people start workers; Python warns that threads were running.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),  # more workers than cores
    pytest.mark.filterwarnings("ignore:'set_vital' is deprecated"),  # torchdata calls it
]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    made = make_workspace(tmp_path_factory.mktemp("torch") / "w", sources=3, clips_per_source=19)
    return publish(made, open_store(made.settings.store))


def ids(batches: list[dict[str, Any]]) -> list[list[str]]:
    return [[row.clip_id for row in batch["rows"]] for batch in batches]


def load(stream: Any, workers: int = 0, **arguments: Any) -> list[dict[str, Any]]:
    return list(
        torch.utils.data.DataLoader(stream, batch_size=None, num_workers=workers, **arguments)
    )


def test_a_batch_is_padded_tensors_with_the_rows(dataset: Dataset) -> None:
    (batch, *_) = load(dataset.torch(clips=5))
    assert batch["samples"].dtype == torch.float32
    assert batch["samples"].shape == (5, 2000)
    assert batch["num_samples"].tolist() == [2000] * 5
    assert batch["sampling_rate"].tolist() == [8000] * 5
    for row, samples in zip(batch["rows"], batch["samples"], strict=True):
        assert (samples.numpy() == dataset[row.clip_id].samples).all()


def test_short_clips_are_padded_with_zeros(tmp_path: Path) -> None:
    made = make_workspace(tmp_path / "w", sources=1, clips_per_source=2)
    add_source(made, "long.mp4", 2, seconds=0.5)
    (batch,) = load(publish(made, open_store(made.settings.store)).torch(clips=4, shuffle=None))
    assert batch["num_samples"].tolist() == [4000, 4000, 2000, 2000]
    assert (batch["samples"][2:, 2000:] == 0).all()
    assert (batch["samples"][:2, 2000:] != 0).any()


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_give_the_batches_of_one_process_in_its_order(
    dataset: Dataset, workers: int
) -> None:
    stream = dataset.torch(seconds=1.1, seed=4)
    alone = load(stream)
    stream.set_epoch(0)
    assert ids(load(stream, workers)) == ids(alone)
    assert len(stream) == len(alone)


def test_spawned_workers_open_the_store_themselves(dataset: Dataset) -> None:
    stream = dataset.torch(clips=8)
    spawned = load(stream, 1, multiprocessing_context="spawn")
    assert ids(spawned) == ids(load(stream))


def test_ranks_have_every_clip_once(dataset: Dataset) -> None:
    seen: Counter[str] = Counter()
    for rank in range(3):
        batches = load(dataset.torch(clips=4, rank=rank, world_size=3), 2)
        assert len(batches) == 5
        seen.update(clip for batch in ids(batches) for clip in batch)
    assert seen == Counter(dataset.table["clip_id"].to_pylist())


@pytest.mark.parametrize(("before", "after"), [(0, 2), (2, 0), (3, 2)])
def test_the_state_of_a_batch_resumes_with_other_workers(
    dataset: Dataset, before: int, after: int
) -> None:
    whole = ids(load(dataset.torch(clips=4, seed=1)))
    stream = dataset.torch(clips=4, seed=1)
    seen = []
    for batch in torch.utils.data.DataLoader(stream, batch_size=None, num_workers=before):
        seen.append(batch)
        if len(seen) == 6:
            break
    again = dataset.torch(clips=4, seed=1)
    again.load_state_dict(seen[-1]["state"])
    assert ids(seen) + ids(load(again, after)) == whole


def test_without_workers_passes_are_epochs_and_with_them_the_epoch_is_set(dataset: Dataset) -> None:
    stream = dataset.torch(clips=4)
    first, second = ids(load(stream)), ids(load(stream))
    assert first != second
    stream.set_epoch(0)
    assert ids(load(stream, 2)) == ids(load(stream, 2)) == first
    stream.set_epoch(1)
    assert ids(load(stream, 2)) == second


def test_workers_that_stay_take_up_the_epoch_that_is_set(dataset: Dataset) -> None:
    stream = dataset.torch(clips=4)
    loader = torch.utils.data.DataLoader(
        stream, batch_size=None, num_workers=2, persistent_workers=True
    )
    first = ids(list(loader))
    stream.set_epoch(1)
    second = ids(list(loader))
    assert first != second
    stream.set_epoch(1)
    assert ids(load(stream)) == second


@pytest.mark.parametrize("workers", [0, 2])
def test_torchdata_resumes_with_as_many_workers(dataset: Dataset, workers: int) -> None:
    require("torchdata", "REQUIRE_TORCH")
    from torchdata.stateful_dataloader import StatefulDataLoader

    def loader() -> Any:
        stream = dataset.torch(clips=4, seed=3)
        return StatefulDataLoader(stream, batch_size=None, num_workers=workers)

    whole = ids(list(loader()))
    for killed in (1, 4, 9):
        first = loader()
        seen = [batch for _, batch in zip(range(killed), first, strict=False)]
        again = loader()
        again.load_state_dict(first.state_dict())
        assert ids(seen) + ids(list(again)) == whole


def test_collate_says_what_becomes_of_a_batch(dataset: Dataset) -> None:
    def count(batch: Batch) -> dict[str, Any]:
        return {"clips": len(batch), "state": batch.state}

    assert load(dataset.torch(clips=30, collate=count)) == [
        {"clips": 30, "state": {"epoch": 0, "consumed": 1}},
        {"clips": 27, "state": {"epoch": 1, "consumed": 0}},
    ]


def test_rank_and_world_size_go_together(dataset: Dataset) -> None:
    with pytest.raises(InvalidInputError, match="together"):
        dataset.torch(clips=4, rank=1)


def test_ranks_are_those_of_torch_distributed(dataset: Dataset, tmp_path: Path) -> None:
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{tmp_path}/meet", rank=0, world_size=1
    )
    try:
        assert len(dataset.torch(clips=4)) == 15
    finally:
        torch.distributed.destroy_process_group()
