"""What workers write down and the trainer takes: files of batches, without PyTorch."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from audioset.records.receipt import Receipt
from audioset.training.taken import NOT_TOLD, Taken, Written
from audioset.versions.consumed import ConsumedPass, end_noting, noted
from audioset.versions.going_runs import begin_run, end_run

ME = os.getpid()


def a_pass(**values: object) -> ConsumedPass:
    of_all = {
        "dataset": "scots",
        "version": 3,
        "digest": "d" * 64,
        "filter": None,
        "num_clips": 20,
        "split": "train",
        "seed": 7,
        "epoch": 2,
    }
    return ConsumedPass(**{**of_all, **values})  # type: ignore[arg-type]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "run"
    folder.mkdir()
    begin_run(folder, "run")
    yield folder
    end_run(folder)
    end_noting(folder)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    made = tmp_path / "workers"
    made.mkdir()
    return str(made)


@pytest.fixture
def take_from(folder: str) -> Iterator[Callable[[int], Taken]]:
    """Makes what takes from the workers, so many batches at once, in its first pass."""
    made = []

    def begun(batches_at_once: int) -> Taken:
        made.append(Taken(folder, batches_at_once))
        made[-1].begin_pass()
        return made[-1]

    yield begun
    for taken in made:
        taken.close()


Take = Callable[[int], Taken]


def receipt_of(run: Path) -> Receipt:
    (receipt,) = noted(run, complete=True)
    return receipt


def test_batches_are_noted_one_by_one_when_they_are_taken(
    run: Path, folder: str, take_from: Take
) -> None:
    written, taken = Written(folder, 0, a_pass()), take_from(1)
    for batch in ([3, 1], [4], [7, 19]):
        written.add(batch)
    taken.take(ME)
    assert receipt_of(run).positions() == [1, 3]
    taken.take(ME)
    receipt = receipt_of(run)
    assert (receipt.positions(), receipt.complete) == ([1, 3, 4], True)
    assert (receipt.dataset, receipt.version, receipt.num_clips) == ("scots", 3, 20)
    (reading,) = receipt.readings
    assert (reading.split, reading.seed, reading.epoch, reading.num_clips) == ("train", 7, 2, 3)


def test_several_batches_at_once_are_taken_together(
    run: Path, folder: str, take_from: Take
) -> None:
    written, taken = Written(folder, 0, a_pass()), take_from(2)
    for batch in ([0], [1], [2]):
        written.add(batch)
    taken.take(ME)
    assert receipt_of(run).positions() == [0, 1]
    taken.take(ME)  # the last has fewer
    receipt = receipt_of(run)
    assert (receipt.positions(), receipt.complete) == ([0, 1, 2], True)


def test_what_failed_is_skipped_and_not_noted(run: Path, folder: str, take_from: Take) -> None:
    written, taken = Written(folder, 0, a_pass()), take_from(1)
    written.add([5])
    written.add([6])
    taken.take(ME, given=False)
    assert noted(run, complete=True) == ()
    taken.take(ME, given=True)
    receipt = receipt_of(run)
    assert (receipt.positions(), receipt.complete) == ([6], True)


def test_what_failed_and_was_not_told_leaves_no_gap(
    run: Path, folder: str, take_from: Take
) -> None:
    Written(folder, 0, a_pass()).add([5])
    taken = take_from(1)
    taken.take(ME)
    taken.take(ME, given=False)
    assert receipt_of(run).complete


@pytest.mark.parametrize("damage", ["missing", "no json", "other fields", "no line"])
def test_what_a_worker_did_not_tell_is_a_gap(
    run: Path, folder: str, take_from: Take, damage: str
) -> None:
    Written(folder, 0, a_pass()).add([5])
    taken = take_from(1)
    path = Path(folder) / f"{ME}-0.json"
    if damage == "missing":
        path.unlink()
    elif damage == "no json":
        path.write_text("{\n[1]\n")
    elif damage == "other fields":
        path.write_text('{"dataset": "scots"}\n[1]\n')
    else:
        taken.take(ME)
    taken.take(ME)
    a_pass().add([9])  # else there is nothing to give
    receipt = receipt_of(run)
    assert receipt.positions() == ([5, 9] if damage == "no line" else [9])
    assert (receipt.complete, receipt.unknown) == (False, (NOT_TOLD,))


def test_each_pass_has_files_of_its_own_and_what_was_not_taken_is_forgotten(
    run: Path, folder: str
) -> None:
    taken = Taken(folder, 1)
    for number in range(2):
        written = Written(folder, number, a_pass(epoch=number))
        written.add([number])
        written.add([10 + number])
        taken.begin_pass()
        taken.take(ME)
        assert [path.name for path in Path(folder).iterdir()] == [f"{ME}-{number}.json"]
    receipt = receipt_of(run)
    assert (receipt.positions(), receipt.complete) == ([0, 1], True)
    assert sorted(reading.epoch or 0 for reading in receipt.readings) == [0, 1]
    taken.close()
    assert list(Path(folder).iterdir()) == []


def test_a_worker_writes_its_pass_and_then_a_line_for_each_batch(folder: str) -> None:
    for _ in range(2):  # a pass that is begun again starts its file anew
        written = Written(folder, 4, a_pass(filter="snr_db > 20"))
        written.add((2, 1))
        written.add(range(3))
    first, *lines = (Path(folder) / f"{ME}-4.json").read_text().splitlines()
    assert json.loads(first) == {
        "dataset": "scots",
        "version": 3,
        "digest": "d" * 64,
        "filter": "snr_db > 20",
        "num_clips": 20,
        "split": "train",
        "seed": 7,
        "epoch": 2,
    }
    assert lines == ["[2, 1]", "[0, 1, 2]"]


def test_a_folder_that_is_gone_stops_no_worker(folder: str, take_from: Take) -> None:
    Path(folder).rmdir()
    Written(folder, 0, a_pass()).add([1])
    taken = take_from(1)
    taken.take(ME)
    taken.close()
