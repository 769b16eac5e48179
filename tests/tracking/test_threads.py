"""Runs in several threads, tasks and processes: each has its own pin and its own receipt."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mlflow
import pytest

import audioset
from audioset.errors import TrackingError
from audioset.tracking.client.queries import pinned_inputs
from audioset.training.reader import Dataset
from tests.tracking.conftest import Published
from tests.tracking.test_pins import active_run_id, read_run
from tests.tracking.test_receipts import ids_of, receipts_of
from tests.workspaces import changed

# One of several processes of one run: it reads one clip, and ends or is killed.
RANK = """
import os, signal, sys
import mlflow
import audioset
ws = audioset.open_workspace(sys.argv[1])
mlflow.set_tracking_uri(ws.settings.tracking)
with mlflow.start_run(run_id=sys.argv[2]):
    ws.pin("scots@v1")
    dataset = ws.open("scots@v1")
    print(dataset[dataset.table.column("clip_id")[int(sys.argv[3])].as_py()].row.clip_id)
    sys.stdout.flush()
    sys.stdin.readline()
    if sys.argv[4] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def dataset(published: Published) -> Dataset:
    mlflow.set_tracking_uri(published.ws.settings.tracking)
    return published.ws.open("scots@v1")


def ids(dataset: Dataset) -> list[str]:
    return [str(value) for value in dataset.table.column("clip_id").to_pylist()]


def at_once(*functions: Callable[[], None]) -> None:
    with ThreadPoolExecutor(len(functions)) as pool:
        for future in [pool.submit(function) for function in functions]:
            future.result()


def test_two_training_runs_at_once(published: Published, dataset: Dataset) -> None:
    both = threading.Barrier(2)
    heard: dict[str, str] = {}
    before = dict(os.environ)

    def train(clip_id: str) -> None:
        with published.ws.training_run("scots@v1"):
            both.wait()
            heard[active_run_id()] = dataset[clip_id].row.clip_id
            both.wait()

    at_once(*(lambda clip_id=clip_id: train(clip_id) for clip_id in ids(dataset)[:2]))  # type: ignore[misc]
    assert len(heard) == 2
    for run_id, clip_id in heard.items():
        (receipt,) = receipts_of(published, run_id)
        assert (ids_of(dataset, receipt), receipt.complete) == ([clip_id], True)
        assert len(pinned_inputs(read_run(published, run_id))) == 1
    mine = {"AUDIOSET_RECEIPTS": ""}
    assert {**os.environ, **mine} == {**before, **mine}, "whichever run ends last"


def test_a_pin_in_another_thread_than_the_run(published: Published, dataset: Dataset) -> None:
    with mlflow.start_run() as run:
        run_id = run.info.run_id
        at_once(lambda: published.ws.pin("scots@v1", run_id=run_id) and None)
        _ = dataset[ids(dataset)[0]]
        at_once(lambda: dataset[ids(dataset)[1]] and None)
    (receipt,) = receipts_of(published, run_id)
    assert (ids_of(dataset, receipt), receipt.complete) == (ids(dataset)[:2], True)
    assert len(pinned_inputs(read_run(published, run_id))) == 1
    with pytest.raises(TrackingError, match=rf"{run_id} has ended \(FINISHED\).*start_run\(run_id"):
        published.ws.pin("scots@v1", run_id=run_id)
    with pytest.raises(TrackingError, match="nonsense"):
        published.ws.pin("scots@v1", run_id="nonsense")


def test_a_pin_in_a_thread_without_a_run_begins_one_and_tells(
    published: Published, dataset: Dataset
) -> None:
    found: list[str] = []

    def pin() -> None:
        published.ws.pin("scots@v1")
        _ = dataset[ids(dataset)[0]]
        found.append(active_run_id())
        mlflow.end_run()

    with mlflow.start_run() as run:
        with pytest.warns(UserWarning, match=f"and not in {run.info.run_id}, active in another"):
            at_once(pin)
        _ = dataset[ids(dataset)[1]]
    (receipt,) = receipts_of(published, found[0])
    assert ids_of(dataset, receipt) == ids(dataset)[:1]
    assert receipts_of(published, run.info.run_id) == ()


def test_two_places_of_mlflow_at_once_are_refused(
    published: Published, dataset: Dataset, tmp_path: Path
) -> None:
    other = changed(published.ws, tracking=f"sqlite:///{tmp_path}/other.db")
    with published.ws.training_run("scots@v1"):

        def train() -> None:
            with other.training_run("scots@v1"):
                pass

        with pytest.raises(TrackingError, match=r"goes on in another thread.*process of its own"):
            at_once(train)
        _ = dataset[ids(dataset)[0]]
        run_id = active_run_id()
    assert receipts_of(published, run_id)[0].complete


def test_tasks_have_their_own_receipts(published: Published, dataset: Dataset) -> None:
    async def train(number: int, both: asyncio.Barrier) -> tuple[str, str]:
        client = mlflow.MlflowClient()
        run_id = client.create_run("0").info.run_id
        published.ws.pin("scots@v1", run_id=run_id)
        await both.wait()
        clip = await asyncio.to_thread(dataset.__getitem__, ids(dataset)[number])
        from audioset.tracking.run.run_end import settle_run

        settle_run(run_id)
        return run_id, clip.row.clip_id

    async def main() -> list[tuple[str, str]]:
        both = asyncio.Barrier(2)
        return await asyncio.gather(train(0, both), train(1, both))

    for run_id, clip_id in asyncio.run(main()):
        (receipt,) = receipts_of(published, run_id)
        assert (ids_of(dataset, receipt), receipt.complete) == ([clip_id], True)


@pytest.mark.parametrize("end", [pytest.param("ended", marks=pytest.mark.slow), "killed"])
def test_several_processes_with_one_run_do_not_write_over_each_other(
    published: Published, dataset: Dataset, end: str
) -> None:
    with mlflow.start_run() as run:
        run_id = run.info.run_id
        published.ws.pin("scots@v1")
        _ = dataset[ids(dataset)[0]]
        command = [sys.executable, "-c", RANK, str(published.ws.folder), run_id, "3", end]
        rank = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert rank.stdout is not None
        assert rank.stdout.readline().strip() == ids(dataset)[3]
    (receipt,) = receipts_of(published, run_id)
    assert not receipt.complete, "the other process may take more"
    rank.communicate("go on\n")
    (receipt,) = receipts_of(published, run_id)
    if end == "ended":
        assert (ids_of(dataset, receipt), receipt.complete) == (
            [ids(dataset)[n] for n in (0, 3)],
            True,
        )
        return
    assert ids(dataset)[0] in ids_of(dataset, receipt)
    assert not receipt.complete
    assert "was killed" in " ".join(receipt.unknown)
    (version,) = audioset.open_workspace(published.ws.folder).clips_behind(run_id).versions
    assert "its receipt is not complete: a process of the run was killed" in version.why
