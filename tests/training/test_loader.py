"""The loader: exactly once per epoch, whoever reads, however often it is killed and resumed."""

import json
import pickle
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audioset.errors import InvalidInputError
from audioset.storage.store import open_store
from audioset.training.loader import Batch, Loader, split_further
from audioset.training.reader import Dataset
from tests.servers import s3_url
from tests.training.test_reader import publish
from tests.workspaces import make_workspace

__all__ = ["s3_url"]
NUM_CLIPS = 57  # divides by nothing below


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    made = make_workspace(tmp_path_factory.mktemp("loader") / "w", sources=3, clips_per_source=19)
    return publish(made, open_store(made.settings.store))


class Node:
    """One rank with its workers, asked in turn, as a DataLoader asks them."""

    def __init__(self, dataset: Dataset, state: dict[str, int], **place: object) -> None:
        workers = place.pop("num_workers")
        assert isinstance(workers, int)
        self.readers: list[Iterator[Batch]] = []
        for worker in range(workers):
            loader = dataset.loader(**place, worker=worker, num_workers=workers)  # type: ignore[arg-type]
            loader.load_state_dict(state)
            self.readers.append(iter(loader))
        self.turn = 0

    def step(self) -> Batch | None:
        batch = next(self.readers[self.turn % len(self.readers)], None)
        self.turn += 1
        return batch


def train(
    dataset: Dataset,
    state: dict[str, int],
    *,
    nodes: int,
    workers: int,
    steps: int | None = None,
    **batching: object,
) -> tuple[list[Batch], dict[str, int], int]:
    """Train until the end of the epoch, or be killed after some steps."""
    all_nodes = [
        Node(dataset, state, rank=rank, world_size=nodes, num_workers=workers, **batching)
        for rank in range(nodes)
    ]
    seen: list[Batch] = []
    epoch, done = state["epoch"], 0
    while steps is None or done < steps:
        batches = [node.step() for node in all_nodes]
        if None in batches:
            assert batches == [None] * nodes, "all ranks take equally many steps"
            return seen, {"epoch": epoch + 1, "consumed": 0}, done
        step = [batch for batch in batches if batch is not None]
        assert len({json.dumps(batch.state) for batch in step}) == 1, "all ranks have one state"
        seen += step
        state = step[0].state
        done += 1
    return seen, state, done


def ids(batches: list[Batch]) -> Counter[str]:
    """Count clips, those that are marked as repeated left out."""
    return Counter(clip.row.clip_id for b in batches if not b.repeated for clip in b)


SIZES = [{"clips": 1}, {"clips": 4}, {"seconds": 1.1}, {"clips": 4, "bucket": True}]
GRID = [(1, 1), (2, 1), (3, 2), (5, 1), (4, 3), (1, 3), (8, 2)]


@pytest.mark.parametrize("batching", SIZES, ids=str)
@pytest.mark.parametrize("grid", GRID, ids=str)
def test_an_epoch_has_every_clip_once_on_any_grid(
    dataset: Dataset, grid: tuple[int, int], batching: dict[str, object]
) -> None:
    state = {"epoch": 0, "consumed": 0}
    seen, after, _ = train(dataset, state, nodes=grid[0], workers=grid[1], **batching)
    assert ids(seen) == Counter(dataset.table["clip_id"].to_pylist())
    assert after == {"epoch": 1, "consumed": 0}


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from(SIZES), st.sampled_from(["block", "full", None]))
def test_killed_at_any_step_and_resumed_on_any_grid_it_has_every_clip_once(
    dataset: Dataset, number: int, batching: dict[str, object], shuffle: str
) -> None:
    chance = random.Random(number)
    state, seen = {"epoch": chance.randrange(3), "consumed": 0}, []
    epoch = state["epoch"]
    while state["epoch"] == epoch:
        nodes, workers = chance.choice(GRID)
        steps = chance.choice([0, 1, 2, 3, 5, None])
        state = json.loads(json.dumps(state))  # it survives in any checkpoint
        some, state, _ = train(
            dataset,
            state,
            nodes=nodes,
            workers=workers,
            steps=steps,
            shuffle=shuffle,
            seed=number,
            **batching,
        )
        seen += some
    assert ids(seen) == Counter(dataset.table["clip_id"].to_pylist())
    assert state == {"epoch": epoch + 1, "consumed": 0}


def test_a_resumed_reader_goes_on_with_the_very_next_batch(dataset: Dataset) -> None:
    whole = [batch for batch in dataset.loader(clips=4, seed=2)]
    for killed in (0, 1, 7, len(whole) - 1):
        loader = dataset.loader(clips=4, seed=2)
        for _, batch in zip(range(killed), loader, strict=False):
            loader.load_state_dict(batch.state)
        again = dataset.loader(clips=4, seed=2)
        again.load_state_dict(loader.state_dict())
        assert [list(ids([b])) for b in again] == [list(ids([b])) for b in whole[killed:]]


def test_each_pass_is_the_next_epoch_in_another_order(dataset: Dataset) -> None:
    loader = dataset.loader(clips=4)
    first, second = list(loader), list(loader)
    assert loader.state_dict() == {"epoch": 2, "consumed": 0}
    assert ids(first) == ids(second)
    assert [list(ids([b])) for b in first] != [list(ids([b])) for b in second]


def test_a_pass_that_is_broken_off_is_taken_up_where_it_was_left(dataset: Dataset) -> None:
    loader = dataset.loader(clips=4)
    seen = []
    for batch in loader:
        seen.append(batch)
        if len(seen) == 5:
            break
    assert loader.state_dict() == {"epoch": 0, "consumed": 5}
    assert ids([*seen, *loader]) == Counter(dataset.table["clip_id"].to_pylist())


@pytest.mark.parametrize("grid", [(2, 1), (4, 2)], ids=str)
def test_drop_last_leaves_out_what_fills_no_step(dataset: Dataset, grid: tuple[int, int]) -> None:
    seen, _, steps = train(
        dataset,
        {"epoch": 0, "consumed": 0},
        nodes=grid[0],
        workers=grid[1],
        clips=4,
        drop_last=True,
    )
    assert steps == 15 // grid[0], "15 batches of 57 clips"
    assert max(ids(seen).values()) == 1
    assert len(dataset.loader(clips=4, rank=1, world_size=2, drop_last=True)) == 7
    assert len(dataset.loader(clips=4, rank=1, world_size=2)) == 8


def test_more_ranks_than_clips_left_repeat_clips_and_say_so(dataset: Dataset) -> None:
    seen, _, steps = train(dataset, {"epoch": 0, "consumed": 0}, nodes=8, workers=1, clips=1)
    assert steps == 8
    assert sum(batch.repeated for batch in seen) == 64 - NUM_CLIPS
    assert ids(seen) == Counter(dataset.table["clip_id"].to_pylist())


@given(st.lists(st.integers(1, 20), min_size=1, max_size=6), st.integers(0, 20))
def test_what_is_left_is_divided_so_that_no_part_outgrows_its_batch(
    sizes: list[int], more: int
) -> None:
    batches = [[number] * size for number, size in enumerate(sizes)]
    number = len(sizes) + more
    parts = split_further(batches, number)
    assert len(parts) == min(number, sum(sizes))
    assert all(part and len(set(part)) == 1 for part in parts)
    assert Counter(x for part in parts for x in part) == Counter(x for b in batches for x in b)
    assert max(map(len, parts)) <= max(1, -(-sum(sizes) // number), *[len(b) for b in batches])


def test_samples_are_those_of_the_rows(dataset: Dataset) -> None:
    for batch in dataset.loader(clips=8, rank=1, world_size=2):
        for clip in batch:
            assert (clip.samples == dataset[clip.row.clip_id].samples).all()


@pytest.mark.parametrize("shuffle", ["block", "full"])
def test_a_remote_version_is_read_in_the_same_order(
    s3_url: str, tmp_path: Path, shuffle: str
) -> None:
    made = make_workspace(tmp_path / "w", sources=3, clips_per_source=19)
    remote, local = (
        publish(made, open_store(s3_url)),
        publish(made, open_store(made.settings.store)),
    )
    arguments = {"clips": 5, "shuffle": shuffle, "rank": 1, "world_size": 2}
    one = list(remote.loader(**arguments))  # type: ignore[arg-type]
    other = list(local.loader(**arguments))  # type: ignore[arg-type]
    assert [list(ids([b])) for b in one] == [list(ids([b])) for b in other]
    for clip, same in zip(one[0], other[0], strict=True):
        assert (clip.samples == same.samples).all()


def test_a_dataset_and_a_batch_can_be_sent_to_another_process(dataset: Dataset) -> None:
    copy = pickle.loads(pickle.dumps(dataset.where("split = 'train'")))
    assert copy.digest == dataset.where("split = 'train'").digest
    (batch, *_) = copy.loader(clips=4)
    again = pickle.loads(pickle.dumps(batch))
    assert (again.state, again.repeated, ids([again])) == (batch.state, False, ids([batch]))


@pytest.mark.parametrize("state", [{}, {"epoch": 1}, {"epoch": -1, "consumed": 0}, {"epoch": "x"}])
def test_what_is_no_state_is_refused(dataset: Dataset, state: dict[str, int]) -> None:
    with pytest.raises(InvalidInputError, match="is not the state of a loader"):
        dataset.loader(clips=4).load_state_dict(state)


@pytest.mark.parametrize(
    "place", [{"rank": 2, "world_size": 2}, {"rank": -1}, {"worker": 1}, {"world_size": 0}]
)
def test_a_place_that_does_not_exist_is_refused(dataset: Dataset, place: dict[str, int]) -> None:
    with pytest.raises(InvalidInputError, match="at least 1; got"):
        dataset.loader(clips=4, **place)  # type: ignore[arg-type]


def test_an_unknown_split_is_refused_when_it_is_read(dataset: Dataset) -> None:
    loader: Loader = dataset.loader(clips=4, split="dev")
    with pytest.raises(InvalidInputError, match="has split 'dev'; splits are: test, train"):
        next(iter(loader))
