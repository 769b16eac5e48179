"""The best trial's model: registered once, and linked with the data that made it."""

import mlflow
from mlflow.entities import LoggedModelOutput, LoggedModelStatus

from audioset.tracking.many_runs.trial_runs import registered_best
from audioset.tracking.run.pins import pinned_run
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
