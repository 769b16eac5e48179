"""Four trainings that begin on a new version at the same moment: all run, and all are linked."""

import multiprocessing
import traceback
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import mlflow
import pytest

import audioset
from audioset.tracking.client.queries import pinned_inputs
from tests.tracking.conftest import Published
from tests.tracking.test_lineage import client_of, note_of

NUM_RUNS = 4


def train(workspace: Path, number: int, barrier: Barrier, results: Any) -> None:
    """Train in a process of its own: one clip, one registered model."""
    try:
        ws = audioset.open_workspace(workspace=workspace)
        dataset = ws.open("scots@v1")
        barrier.wait()
        with ws.training_run("scots@v1", run_name=f"run {number}"):
            next(iter(dataset))
            active = mlflow.active_run()
            assert active is not None
            run_id = active.info.run_id
            client = mlflow.MlflowClient()
            client.create_registered_model(f"model-{number}")
            client.create_model_version(f"model-{number}", f"runs:/{run_id}/weights", run_id)
        results.put((number, run_id, ""))
    except BaseException:  # noqa: BLE001  the test must hear of it
        results.put((number, "", traceback.format_exc()))


def test_trainings_that_begin_at_once_are_all_linked(
    published: Published, recwarn: pytest.WarningsRecorder
) -> None:
    # The server of forks imports MLflow once, and not each of the trainings.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["mlflow", __name__])
    barrier, results = context.Barrier(NUM_RUNS), context.Queue()
    workspace = published.ws.folder
    processes = [
        context.Process(target=train, args=(workspace, number, barrier, results))
        for number in range(NUM_RUNS)
    ]
    for process in processes:
        process.start()
    answers = sorted(results.get() for _ in processes)
    for process in processes:
        process.join()
    assert [error for _, _, error in answers if error] == []

    client = client_of(published)
    for number, run_id, _ in answers:
        run = client.get_run(run_id)
        assert run.info.status == "FINISHED"
        assert [item.digest for item in pinned_inputs(run)] == [published.record.digest]
        assert run.data.tags["audioset.receipt"] == "scots@v1: 1 of 6 clips"
        model = client.get_model_version(f"model-{number}", "1")
        assert model.tags["audioset.dataset"] == "scots@v1"
    lineage = published.trace("scots@v1")
    assert {run.run_id for run in lineage.runs} == {run_id for _, run_id, _ in answers}
    assert {model.name for model in lineage.models} == {f"model-{n}" for n in range(NUM_RUNS)}
    assert note_of(published).count("](#/models/model-") == NUM_RUNS
    (experiment,) = client.search_experiments(filter_string="name = 'audioset/scots'")
    assert len(client.search_runs([experiment.experiment_id])) == 1, "the version is logged once"
