"""The runs of a search: its row shows its data, and the best trial's model is registered once."""

from pathlib import Path

import mlflow
import pytest
from mlflow.entities import LoggedModelOutput, LoggedModelStatus

from audioset.tracking.client.dataset_input import dataset_input
from audioset.tracking.many_runs.run_table import collect_runs
from audioset.tracking.many_runs.trial_runs import begin_search, registered_best
from audioset.tracking.run.pins import log_pin, pinned_run
from tests.tracking.conftest import Published
from tests.tracking.test_pins import active_run_id


def log_model(client: mlflow.MlflowClient, run_id: str, name: str) -> str:
    """Log a model to a run, as every flavour of MLflow does at its end."""
    experiment_id = client.get_run(run_id).info.experiment_id
    made = client.create_logged_model(experiment_id, name=name, source_run_id=run_id)
    client.log_outputs(run_id, [LoggedModelOutput(made.model_id, step=0)])
    client.finalize_logged_model(made.model_id, LoggedModelStatus.READY)
    return str(made.model_id)


def test_the_model_that_a_run_logged_last_is_registered_once_and_linked(
    published: Published,
) -> None:
    ws = published.ws
    client = mlflow.MlflowClient(ws.settings.tracking)
    with pinned_run(published.record, ws.tracking, ws.store, ws.split_options):
        run_id = active_run_id()
        log_model(client, run_id, "checkpoint")
        last = log_model(client, run_id, "model")
    mlflow.set_tracking_uri("sqlite:///elsewhere.db")  # of the process; it is left as it is
    assert registered_best(ws.tracking, run_id, "accent") == "models:/accent/1"
    assert mlflow.get_tracking_uri() == "sqlite:///elsewhere.db"
    assert registered_best(ws.tracking, run_id, "accent") == "models:/accent/1"
    (model,) = client.search_model_versions("name = 'accent'")
    assert (model.run_id, model.source) == (run_id, f"models:/{last}")
    assert client.get_model_version("accent", 1).tags["audioset.dataset"] == "scots@v1"
    assert [linked.name for linked in published.trace("scots@v1").models] == ["accent"]


def test_a_run_without_a_model_registers_nothing(published: Published) -> None:
    client = mlflow.MlflowClient(published.ws.settings.tracking)
    run_id = client.create_run("0").info.run_id
    assert registered_best(published.ws.tracking, run_id, "accent") is None
    assert client.search_registered_models() == []


def test_the_run_of_a_search_shows_the_data_of_its_trials_and_is_no_run_on_them(
    published: Published, tmp_path: Path
) -> None:
    ws = published.ws
    second = published.publish_more()
    search = begin_search(ws.tracking, study="fit", dataset="scots", params={}, run_id=None)
    client, trials = mlflow.MlflowClient(ws.settings.tracking), []
    for number, record in enumerate((published.record, published.record, second)):
        trial = search.begin_trial(number, {"k": str(number)}, "train.py")
        used = [
            dataset_input(record, ws.store, context="training"),
            dataset_input(second, ws.store, context="test"),
        ]
        client.log_inputs(trial, used)
        client.set_tag(trial, "audioset.dataset", str(record.ref))
        search.end_trial(trial, "FINISHED", tmp_path / "output.txt", {})
        trials.append(trial)
    inputs = client.get_run(search.run_id).inputs.dataset_inputs
    shown = {(one.dataset.name, one.dataset.digest) for one in inputs}
    assert shown == {("scots@v1", published.record.digest[:32]), ("scots@v2", second.digest[:32])}
    assert len(inputs) == 2, "each once, whatever the number of trials"
    assert {t.value for one in inputs for t in one.tags if t.key == "mlflow.data.context"} == {
        "search"
    }
    assert [run.run_id for run in published.trace("scots@v1").runs] == trials[:2]
    compared = collect_runs(["scots"], ws.tracking, ws.store)
    assert {run.run_id for run in compared} == set(trials)


def test_runs_whose_input_an_earlier_release_named_by_the_dataset_are_found_too(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = published.ws
    with monkeypatch.context() as earlier:
        named = "audioset.tracking.client.dataset_input._input_name"
        earlier.setattr(named, lambda view, context: view.record.dataset)
        with pinned_run(published.record, ws.tracking, ws.store, ws.split_options):
            old = active_run_id()
            log_pin(published.record, ws.tracking, ws.store, ws.split_options)
    with pinned_run(published.record, ws.tracking, ws.store, ws.split_options):
        new = active_run_id()
    compared = {run.run_id: run for run in collect_runs(["scots"], ws.tracking, ws.store)}
    assert compared.keys() == {old, new}
    assert [run.run_id for run in published.trace("scots@v1").runs] == [old, new]
    # One that was pinned before and after an update has its data once, under two names.
    renewed = dataset_input(published.record, ws.store, context="training")
    mlflow.MlflowClient(ws.settings.tracking).log_inputs(old, [renewed])
    again = {run.run_id: run for run in collect_runs(["scots"], ws.tracking, ws.store)}
    assert again[old].num_clips == compared[new].num_clips
    assert again[old].hours == compared[new].hours
