"""What a trainer takes from the workers of a DataLoader is what is noted for its run."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from audioset.records.receipt import Receipt
from audioset.storage.store import open_store
from audioset.training.reader import Dataset
from audioset.versions.consumed import READ_AHEAD, end_noting, noted
from audioset.versions.going_runs import begin_run, end_run
from tests.training.optional import require
from tests.training.test_reader import publish
from tests.workspaces import make_workspace

torch = require("torch", "REQUIRE_TORCH")

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),
    pytest.mark.filterwarnings("ignore:'set_vital' is deprecated"),
]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    made = make_workspace(tmp_path_factory.mktemp("taken") / "w", sources=3, clips_per_source=10)
    return publish(made, open_store(made.settings.store))


class Run:
    """A run that goes on, without MLflow."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        begin_run(folder, folder.name)

    def end(self) -> Receipt | None:
        end_run(self._folder)
        end_noting(self._folder)
        return next(iter(noted(self._folder, complete=True)), None)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    made = Run(tmp_path / "run")
    yield made
    made.end()


def positions(dataset: Dataset, clip_ids: list[str]) -> list[int]:
    every = dataset.table["clip_id"].to_pylist()
    return sorted(every.index(clip_id) for clip_id in set(clip_ids))


def heard(dataset: Dataset, batches: list[dict[str, Any]]) -> list[int]:
    return positions(dataset, [row.clip_id for batch in batches for row in batch["rows"]])


def load(stream: Any, workers: int = 2, **arguments: Any) -> Any:
    return torch.utils.data.DataLoader(stream, batch_size=None, num_workers=workers, **arguments)


def require_exact(receipt: Receipt | None, expected: list[int]) -> None:
    assert receipt is not None
    assert (receipt.positions(), receipt.perhaps_positions()) == (expected, [])
    assert receipt.complete


def test_batches_that_were_fetched_and_not_taken_are_not_noted(dataset: Dataset, run: Run) -> None:
    taken = list(islice(load(dataset.torch(clips=2, seed=1), prefetch_factor=4), 3))
    receipt = run.end()
    require_exact(receipt, heard(dataset, taken))
    assert receipt is not None
    assert [(one.seed, one.epoch, one.num_clips) for one in receipt.readings] == [(1, 0, 6)]


def test_an_iteration_that_goes_on_in_the_next_run_is_divided(
    dataset: Dataset, tmp_path: Path
) -> None:
    iterator = iter(load(dataset.torch(clips=2)))
    parts = []
    for number, size in enumerate((2, 4, None)):
        run = Run(tmp_path / str(number))
        taken = list(islice(iterator, size))
        parts.append(heard(dataset, taken))
        require_exact(run.end(), parts[-1])
    assert sorted(sum(parts, [])) == list(range(len(dataset)))  # noqa: RUF017  three


def test_a_collate_of_ones_own_hides_nothing(dataset: Dataset, run: Run) -> None:
    stream = dataset.torch(clips=3, collate=lambda batch: [clip.row.clip_id for clip in batch])
    taken = [clip_id for batch in islice(load(stream), 4) for clip_id in batch]
    require_exact(run.end(), positions(dataset, taken))


def test_a_batch_that_failed_is_not_noted_for_another(dataset: Dataset, run: Run) -> None:
    first = next(iter(load(dataset.torch(clips=2), 0)))["rows"][0].clip_id
    run.end()

    def fail(batch: dict[str, Any]) -> dict[str, Any]:
        if batch["rows"][0].clip_id == first:
            raise ValueError("of this one")
        return batch

    again = Run(Path(f"{run._folder}-again"))
    iterator = iter(load(dataset.torch(clips=2), 1, collate_fn=fail))
    with pytest.raises(ValueError, match="of this one"):
        next(iterator)
    taken = list(islice(iterator, 3))
    require_exact(again.end(), heard(dataset, taken))


def test_several_batches_at_once_are_all_noted(dataset: Dataset, run: Run) -> None:
    loader = torch.utils.data.DataLoader(
        dataset.torch(clips=2), batch_size=2, num_workers=2, collate_fn=lambda several: several
    )
    taken = [batch for several in islice(loader, 3) for batch in several]
    require_exact(run.end(), heard(dataset, taken))


def test_out_of_order_is_noted_as_it_comes(dataset: Dataset, run: Run) -> None:
    taken = list(islice(load(dataset.torch(clips=2), in_order=False), 5))
    require_exact(run.end(), heard(dataset, taken))


def test_two_iterators_over_one_stream_do_not_mix(dataset: Dataset, run: Run) -> None:
    stream = dataset.torch(clips=2)
    one, other = iter(load(stream)), iter(load(stream))
    taken = [next(one), next(other), next(one)]
    require_exact(run.end(), heard(dataset, taken))


def test_workers_that_stay_begin_anew_after_a_pass_that_was_broken_off(
    dataset: Dataset, run: Run
) -> None:
    stream = dataset.torch(clips=2)
    loader = load(stream, persistent_workers=True)
    taken = list(islice(loader, 2))
    stream.set_epoch(3)
    taken += list(islice(loader, 2))
    require_exact(run.end(), heard(dataset, taken))


def test_torchdata_is_noted_too(dataset: Dataset, run: Run) -> None:
    require("torchdata", "REQUIRE_TORCH")
    from torchdata.stateful_dataloader import StatefulDataLoader

    def loader() -> Any:
        return StatefulDataLoader(dataset.torch(clips=2), batch_size=None, num_workers=2)

    first = loader()
    taken = list(islice(first, 3))
    again = loader()
    again.load_state_dict(first.state_dict())
    taken += list(islice(again, 2))
    assert len(heard(dataset, taken)) == 10
    require_exact(run.end(), heard(dataset, taken))


def test_what_a_worker_did_not_tell_is_a_gap(dataset: Dataset, run: Run) -> None:
    iterator = iter(load(dataset.torch(clips=2), 1))
    taken = [next(iterator)]
    iterator.audioset_taken.close()  # and removes what the worker wrote
    next(iterator)
    receipt = run.end()
    assert receipt is not None
    assert (receipt.positions(), receipt.complete) == (heard(dataset, taken), False)
    assert "not which clips it holds" in " ".join(receipt.unknown)


def test_where_pytorch_has_other_inner_parts_it_is_not_known_what_was_given(
    dataset: Dataset, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audioset.training.torch_workers._HOOKS", ("of another release",))
    taken = list(islice(load(dataset.torch(clips=2)), 3))
    require_perhaps(run.end(), heard(dataset, taken))


def of_the_user(dataset: Dataset) -> Any:
    """Give a dataset by position, as people write it."""

    class OfTheUser(torch.utils.data.Dataset[str]):
        def __init__(self) -> None:
            self._dataset = dataset
            self._ids = dataset.table["clip_id"].to_pylist()

        def __len__(self) -> int:
            return len(self._ids)

        def __getitem__(self, position: int) -> str:
            return self._dataset[self._ids[position]].row.clip_id

    return OfTheUser()


@pytest.mark.parametrize(
    "way", ["of the user", "webdataset", pytest.param("huggingface", marks=pytest.mark.slow)]
)
def test_what_others_read_in_workers_is_perhaps_consumed(
    dataset: Dataset, run: Run, way: str
) -> None:
    if way == "of the user":
        loader = torch.utils.data.DataLoader(
            of_the_user(dataset), batch_size=1, num_workers=1, collate_fn=first_of
        )
    elif way == "webdataset":
        loader = load(dataset.webdataset(), 1, collate_fn=lambda one: one["__key__"])
    else:
        require("datasets", "REQUIRE_DATASETS")
        loader = load(dataset.huggingface(), 1, collate_fn=lambda one: one["clip_id"])
    taken = list(islice(loader, 3))
    require_perhaps(run.end(), positions(dataset, taken))


def first_of(batch: list[str]) -> str:
    return batch[0]


def require_perhaps(receipt: Receipt | None, expected: list[int]) -> None:
    assert receipt is not None
    assert receipt.positions() == []
    assert set(expected) <= set(receipt.perhaps_positions())
    assert (receipt.complete, receipt.unknown) == (True, (READ_AHEAD,))
