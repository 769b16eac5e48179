"""The loader: exactly once per epoch, whoever reads, however often it is killed and resumed."""

import json
import pickle
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audioset.errors import InvalidInputError
from audioset.storage.store import open_store
from audioset.training.loader import Batch, Loader, split_further
from audioset.training.reader import Dataset
from audioset.versions.consumed import ConsumedPass
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


def test_each_rank_has_its_batches_of_the_plan_and_the_state_after_them(dataset: Dataset) -> None:
    arguments = {"clips": 10, "seed": 3, "shuffle": "full"}
    whole = [[clip.row.clip_id for clip in b] for b in dataset.batches(**arguments, epoch=2)]  # type: ignore[arg-type]
    assert list(map(len, whole)) == [10, 10, 10, 10, 10, 7]
    given = []
    for rank in range(4):
        loader = dataset.loader(**arguments, rank=rank, world_size=4)  # type: ignore[arg-type]
        loader.load_state_dict({"epoch": 2, "consumed": 0})
        given.append(list(loader))
    assert [b.state for b in given[1]] == [
        {"epoch": 2, "consumed": 4},
        {"epoch": 3, "consumed": 0},
    ]
    ids_of = [[[clip.row.clip_id for clip in batch] for batch in rank] for rank in given]
    assert [rank[0] for rank in ids_of] == whole[:4]
    halves = [whole[4][:5], whole[4][5:], whole[5][:3], whole[5][3:]]
    assert [rank[1] for rank in ids_of] == halves
    assert not any(batch.repeated for rank in given for batch in rank)


def test_a_worker_can_skip_what_it_gave(dataset: Dataset) -> None:
    loader = dataset.loader(clips=5, worker=1, num_workers=2)
    every = [list(ids([batch])) for batch in loader]
    assert len(every) == 6
    again = dataset.loader(clips=5, worker=1, num_workers=2)
    assert [list(ids([batch])) for batch in again.read(skip=4)] == every[4:]
    assert again.state_dict() == {"epoch": 1, "consumed": 0}
    assert [
        list(ids([b])) for b in dataset.loader(clips=5, worker=1, num_workers=2).read()
    ] == every


@pytest.mark.parametrize(("shuffle", "order"), [("block", (9, 4)), (None, (None, None))])
def test_a_pass_of_a_loader_says_which_it_is(
    dataset: Dataset, shuffle: str | None, order: tuple[int | None, int | None]
) -> None:
    loader = dataset.loader(split="test", clips=10, seed=9, shuffle=shuffle)  # type: ignore[arg-type]
    loader.load_state_dict({"epoch": 4, "consumed": 0})
    passes: list[ConsumedPass] = []
    added: list[list[int]] = []

    class Noted:
        def add(self, positions: Sequence[int]) -> None:
            added.append(list(positions))

    def noting(consumed: ConsumedPass) -> Noted:
        passes.append(consumed)
        return Noted()

    given = [[clip.row.clip_id for clip in batch] for batch in loader.read(noting=noting)]
    (one,) = passes
    assert (one.split, one.seed, one.epoch) == ("test", *order)
    assert (one.dataset, one.version, one.digest) == ("scots", 1, dataset.digest)
    assert (one.filter, one.num_clips) == (None, 57)
    every = dataset.table["clip_id"].to_pylist()
    assert [[every[place] for place in batch] for batch in added] == given


def test_the_next_epoch_is_planned_anew_and_the_same_one_is_not(dataset: Dataset) -> None:
    loader = dataset.loader(clips=10, shuffle="full")
    assert (loader.epoch, loader.consumed, len(loader)) == (0, 0, 6)
    loader.load_state_dict({"epoch": 0, "consumed": 5})
    assert len(loader) == 1
    (last,) = loader
    assert (len(last), last.state) == (7, {"epoch": 1, "consumed": 0})
    assert (loader.epoch, loader.consumed, len(loader)) == (1, 0, 6)
    fresh = dataset.loader(clips=10, shuffle="full")
    fresh.load_state_dict({"epoch": 1, "consumed": 0})
    assert [list(ids([b])) for b in loader] == [list(ids([b])) for b in fresh]


def test_a_state_after_the_end_gives_nothing_more_of_its_epoch(dataset: Dataset) -> None:
    loader = dataset.loader(clips=10)
    loader.load_state_dict({"epoch": 0, "consumed": 6})
    assert (len(loader), list(loader), loader.state_dict()) == (0, [], {"epoch": 1, "consumed": 0})


def test_clips_that_others_have_too_are_marked(dataset: Dataset) -> None:
    view = dataset.where(f"clip_id in {tuple(dataset.table['clip_id'].to_pylist()[:3])}")
    batches = [next(iter(view.loader(clips=1, rank=rank, world_size=5))) for rank in range(5)]
    assert [batch.repeated for batch in batches] == [False, False, False, True, True]
    names = [batch[0].row.clip_id for batch in batches]
    assert names[3:] == names[:2]
    assert len(set(names)) == 3
    copy = pickle.loads(pickle.dumps(batches[4]))
    assert (copy.repeated, copy.state) == (True, {"epoch": 1, "consumed": 0})


def test_the_largest_batch_is_divided_first() -> None:
    assert split_further([[1, 2, 3, 4, 5], [6]], 3) == [[1, 2], [3, 4, 5], [6]]
    assert split_further([[1, 2], [3, 4, 5, 6]], 4) == [[1], [2], [3, 4], [5, 6]]
    assert split_further([list(range(7))], 3) == [[0, 1], [2, 3], [4, 5, 6]]
    assert split_further([[1], [2]], 9) == [[1], [2]]
    assert split_further([], 4) == []


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({"rank": 2, "world_size": 2}, "rank is 0 to world_size - 1.*rank=2, world_size=2"),
        ({"worker": -1}, "worker is 0 to num_workers - 1.*worker=-1, num_workers=1"),
        ({"num_workers": 0}, "worker is 0 to num_workers - 1.*worker=0, num_workers=0"),
    ],
)
def test_a_wrong_place_is_named(dataset: Dataset, place: dict[str, int], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        dataset.loader(clips=4, **place)  # type: ignore[arg-type]
