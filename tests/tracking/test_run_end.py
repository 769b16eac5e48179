"""A plain run with `audioset.pin`: whoever ends it, its receipt and its links are there."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import mlflow
import pytest

from audioset.tracking.client.queries import pinned_inputs
from audioset.tracking.run.pins import log_pin
from audioset.tracking.run.run_end import FollowedRun
from audioset.training.reader import Dataset
from audioset.versions import going_runs
from audioset.versions.going_runs import BOARDS_VARIABLE
from tests.tracking.conftest import Published
from tests.tracking.test_pins import active_run_id, read_run
from tests.tracking.test_receipts import ids_of, receipts_of

# A training without any `with`; its run is ended by nobody but MLflow, when the process ends.
TRAINING = """
import sys, time
import mlflow
import audioset
ws = audioset.open_workspace(sys.argv[1])
ws.pin("scots@v1")
print(mlflow.active_run().info.run_id, flush=True)
next(iter(ws.open("scots@v1")))
client = mlflow.MlflowClient()
client.create_registered_model("plain")
run_id = mlflow.active_run().info.run_id
client.create_model_version("plain", f"runs:/{run_id}/weights", run_id)
print("trained", flush=True)
if sys.argv[2] == "error":
    raise ValueError("broken")
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def _on_the_workspace(published: Published) -> Iterator[None]:
    """Runs of MLflow's own functions go to the workspace's database."""
    mlflow.set_tracking_uri(published.ws.settings.tracking)
    yield
    assert not going_runs._runs, "the end of the run was noticed"
    assert not mlflow.tracking.fluent.run_id_to_system_metrics_monitor


@pytest.fixture
def dataset(published: Published) -> Dataset:
    return published.ws.open("scots@v1")


def register(published: Published, name: str = "plain") -> str:
    """Register a model of the active run; gives the run's id."""
    client = mlflow.MlflowClient(published.ws.settings.tracking)
    run_id = active_run_id()
    client.create_registered_model(name)
    client.create_model_version(name, f"runs:/{run_id}/weights", run_id)
    return run_id


def require_everything(published: Published, dataset: Dataset, run_id: str) -> None:
    """Hold that a run that consumed one clip and registered one model has all of its links."""
    run = read_run(published, run_id)
    (pinned,) = pinned_inputs(run)
    assert (pinned.version, pinned.digest) == (1, published.record.digest)
    assert run.data.params["data_digest"] == published.record.digest[:32]
    assert run.data.params["data_clips.train"] == "3"
    assert "env_audioset" in run.data.params
    (receipt,) = receipts_of(published, run_id)
    assert (receipt.num_consumed, receipt.complete) == (1, True)
    assert run.data.tags["audioset.receipt"] == "scots@v1: 1 of 6 clips"
    client = mlflow.MlflowClient(published.ws.settings.tracking)
    assert client.get_model_version("plain", "1").tags["audioset.dataset"] == "scots@v1"
    assert [model.name for model in published.trace("scots@v1").models] == ["plain"]
    (version,) = published.trace("models:/plain/1").versions
    assert str(version.pin.ref) == "scots@v1"
    assert version.run_id is not None, "the version has a page in MLflow, for the link"
    assert len(ids_of(dataset, receipt)) == 1


def test_a_plain_run_that_fails_gets_all_that_a_training_run_gets(
    published: Published, dataset: Dataset
) -> None:
    with pytest.raises(ValueError, match="broken"), mlflow.start_run():  # noqa: PT012
        published.ws.pin("scots@v1")
        next(iter(dataset))
        run_id = register(published)
        raise ValueError("broken")
    assert read_run(published, run_id).info.status == "FAILED"
    require_everything(published, dataset, run_id)


def test_a_pin_outside_of_a_run_starts_one(published: Published, dataset: Dataset) -> None:
    mlflow.set_tracking_uri(None)
    before = dict(os.environ)
    published.ws.pin("scots@v1")
    assert mlflow.get_tracking_uri() == published.ws.settings.tracking
    assert os.environ["AUDIOSET_RECEIPTS"]
    assert {**os.environ, BOARDS_VARIABLE: ""} == {**before, BOARDS_VARIABLE: ""}
    next(iter(dataset))
    run_id = register(published)
    mlflow.end_run()
    require_everything(published, dataset, run_id)


@pytest.mark.parametrize("ending", ["error", pytest.param("interrupt", marks=pytest.mark.slow)])
def test_a_run_that_nobody_ends_is_finished_with_its_process(
    published: Published, dataset: Dataset, ending: str
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", TRAINING, str(published.ws.folder), ending],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    run_id = process.stdout.readline().strip()
    assert process.stdout.readline() == "trained\n"
    if ending == "interrupt":
        process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert ("ValueError: broken" if ending == "error" else "KeyboardInterrupt") in said
    assert "not yet linked" not in said
    assert process.returncode != 0
    status = "FAILED" if ending == "error" else "KILLED"
    assert read_run(published, run_id).info.status == status
    require_everything(published, dataset, run_id)


def test_the_run_of_a_thread_is_finished_by_it(published: Published, dataset: Dataset) -> None:
    found = []

    def train() -> None:
        with mlflow.start_run():
            published.ws.pin("scots@v1")
            next(iter(dataset))
            found.append(register(published))

    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    require_everything(published, dataset, found[0])


def test_what_a_nested_run_consumes_is_in_its_receipt_and_in_that_of_the_run_around(
    published: Published, dataset: Dataset
) -> None:
    view = dataset.where("speaker = 'speaker1'")
    with published.ws.training_run("scots@v1"):
        outer = active_run_id()
        with mlflow.start_run(nested=True) as inner:
            published.ws.pin(view)
            list(view)
        next(iter(dataset))
    (receipt,) = receipts_of(published, inner.info.run_id)
    assert (receipt.filter, receipt.num_consumed) == (view.filter, 3)
    heard = {one.filter: one.num_consumed for one in receipts_of(published, outer)}
    assert heard == {None: 1, view.filter: 3}


def test_a_run_that_is_taken_up_again_adds_to_its_receipt(
    published: Published, dataset: Dataset
) -> None:
    first, second, *_ = dataset.table.column("clip_id").to_pylist()
    with mlflow.start_run() as run:
        log_pin(
            published.record, published.ws.tracking, published.ws.store, published.ws.split_options
        )
        _ = dataset[first]
    with mlflow.start_run(run_id=run.info.run_id):
        log_pin(
            published.record, published.ws.tracking, published.ws.store, published.ws.split_options
        )
        (receipt,) = receipts_of(published, run.info.run_id)
        assert not receipt.complete, "more may come"
        _ = dataset[second]
    (receipt,) = receipts_of(published, run.info.run_id)
    assert (ids_of(dataset, receipt), receipt.complete) == ([first, second], True)
    with mlflow.start_run(run_id=run.info.run_id):
        log_pin(
            published.record, published.ws.tracking, published.ws.store, published.ws.split_options
        )
    assert receipts_of(published, run.info.run_id) == (receipt,)


def test_the_receipt_of_a_run_that_was_broken_off_unlogged_is_not_complete(
    published: Published, dataset: Dataset
) -> None:
    # What a process leaves that is killed before it logs for the first time.
    client = mlflow.MlflowClient(published.ws.settings.tracking)
    with mlflow.start_run() as run:
        client.set_tag(run.info.run_id, "audioset.digest", published.record.digest)
        log_pin(
            published.record, published.ws.tracking, published.ws.store, published.ws.split_options
        )
        next(iter(dataset))
    (receipt,) = receipts_of(published, run.info.run_id)
    assert (receipt.num_consumed, receipt.complete) == (1, False)


def test_pinning_again_begins_nothing_anew(published: Published, dataset: Dataset) -> None:
    with published.ws.training_run("scots@v1"):
        run_id = active_run_id()
        _ = dataset[dataset.table.column("clip_id")[0].as_py()]
        published.ws.pin("scots@v1", context="validation")
        _ = dataset[dataset.table.column("clip_id")[1].as_py()]
        assert (
            threading.active_count()
            == sum(
                not thread.name.startswith("audioset-receipt") for thread in threading.enumerate()
            )
            + 1
        )
    (receipt,) = receipts_of(published, run_id)
    assert receipt.num_consumed == 2


def test_the_data_for_training_explain_the_run_before_others_do(published: Published) -> None:
    with mlflow.start_run() as run:
        run_id = run.info.run_id
        log_pin(
            published.record,
            published.ws.tracking,
            published.ws.store,
            published.ws.split_options,
            context="test",
        )
        assert "data_clips" not in read_run(published, run_id).data.params
    assert read_run(published, run_id).data.params["data_clips"] == "6", "there was none"
    with mlflow.start_run() as run:
        log_pin(
            published.record, published.ws.tracking, published.ws.store, published.ws.split_options
        )
        assert read_run(published, run.info.run_id).data.params["data_clips"] == "6"


def test_a_training_run_that_is_ended_inside_ends_no_other(published: Published) -> None:
    with published.ws.training_run("scots@v1"):
        mlflow.end_run()
        other = mlflow.start_run()
    assert active_run_id() == other.info.run_id
    mlflow.end_run()


class Monitor:
    """Stands where MLflow's own monitor of system metrics does, which needs psutil."""

    finished = 0

    def finish(self) -> None:
        self.finished += 1


@pytest.mark.parametrize("way", ["training_run", "pin"])
def test_the_monitor_of_system_metrics_is_finished_too(published: Published, way: str) -> None:
    monitors = mlflow.tracking.fluent.run_id_to_system_metrics_monitor
    own = Monitor()
    with mlflow.start_run() as run:
        monitors[run.info.run_id] = own
        log_pin(
            published.record, published.ws.tracking, published.ws.store, published.ws.split_options
        )
        assert isinstance(monitors[run.info.run_id], FollowedRun)
        if way == "training_run":
            from audioset.tracking.run.run_end import end_followed_run

            end_followed_run(run.info.run_id, published.ws.tracking, "FINISHED")
    assert own.finished == 1
