"""Pinning: by training_run, by pin in anybody's run, several versions, many runs at once."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mlflow
import pytest
from mlflow.entities import LoggedModelOutput

from audioset.errors import TrackingError
from audioset.records.pin import Pin
from audioset.storage.store import open_store
from audioset.tracking.client.client import patient_client, prepare_backend
from audioset.tracking.client.dataset_input import dataset_input
from audioset.tracking.client.queries import PinnedInput, pinned_inputs
from audioset.tracking.client.spare_registry import spare_registry
from audioset.tracking.run.pins import log_pin, pinned_run
from audioset.workspace import Workspace
from tests.tracking.conftest import Published
from tests.workspaces import changed

NAMES = ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME")


def read_run(published: Published, run_id: str) -> mlflow.entities.Run:
    return mlflow.MlflowClient(published.ws.settings.tracking).get_run(run_id)


def active_run_id() -> str:
    run = mlflow.active_run()
    assert run is not None
    return str(run.info.run_id)


def test_a_training_run_pins_its_version_and_is_finished(published: Published) -> None:
    record = published.record
    with pinned_run(
        record,
        published.ws.tracking,
        published.ws.store,
        published.ws.split_options,
        run_name="first",
    ) as pin:
        run_id = active_run_id()
        mlflow.log_metric("loss", 0.5)
    assert pin == Pin(
        dataset="scots", version=1, digest=record.digest, store=published.ws.settings.store
    )
    run = read_run(published, run_id)
    assert (run.info.run_name, run.info.status) == ("first", "FINISHED")
    assert run.data.tags["audioset.dataset"] == "scots@v1"
    assert run.data.tags["audioset.digest"] == record.digest
    assert run.data.params["data_version"] == "scots@v1"
    assert pinned_inputs(run) == [PinnedInput("scots", 1, record.digest, "training")]
    assert [i.dataset.name for i in run.inputs.dataset_inputs] == ["scots@v1"]
    client = mlflow.MlflowClient(published.ws.settings.tracking)
    assert client.get_experiment(run.info.experiment_id).name == "scots-training"


def test_the_experiment_can_be_chosen(published: Published) -> None:
    with pinned_run(
        published.record,
        published.ws.tracking,
        published.ws.store,
        published.ws.split_options,
        experiment="dialects/2",
    ):
        run_id = active_run_id()
    run = read_run(published, run_id)
    client = mlflow.MlflowClient(published.ws.settings.tracking)
    assert client.get_experiment(run.info.experiment_id).name == "dialects/2"
    assert run.info.artifact_uri.startswith(
        (published.ws.folder / "mlartifacts" / "dialects-2").as_uri()
    )


def test_a_nested_run_goes_to_the_same_experiment_and_later_runs_do_not(
    published: Published,
) -> None:
    with pinned_run(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    ):
        outer = mlflow.active_run()
        with mlflow.start_run(nested=True) as inner:
            assert inner.info.experiment_id == outer.info.experiment_id
    with mlflow.start_run() as later:
        assert later.info.experiment_id == "0"


def test_a_training_run_leaves_the_environment_as_it_was(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mlflow_variables() -> dict[str, str]:
        return {name: os.environ[name] for name in os.environ if name in NAMES}

    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "of the user")
    before = mlflow_variables()
    with pinned_run(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    ):
        assert os.environ["MLFLOW_TRACKING_URI"] == published.ws.settings.tracking, "for children"
    assert mlflow_variables() == before
    assert mlflow.get_tracking_uri() == published.ws.settings.tracking, (
        "to load what was registered"
    )


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError("the user's own"), "FAILED"), (KeyboardInterrupt(), "KILLED")]
)
def test_an_error_in_training_passes_and_is_noted(
    published: Published, error: BaseException, status: str
) -> None:
    ws = published.ws
    run = pinned_run(published.record, ws.tracking, ws.store, ws.split_options)
    with pytest.raises(type(error)) as raised, run:  # noqa: PT012
        run_id = active_run_id()
        raise error
    assert raised.value is error
    assert read_run(published, run_id).info.status == status
    assert mlflow.active_run() is None


def test_mlflow_that_dies_at_the_end_of_training_is_a_warning(published: Published) -> None:
    database = Path(published.ws.settings.tracking.removeprefix("sqlite:///"))

    def train() -> None:
        with pinned_run(
            published.record, published.ws.tracking, published.ws.store, published.ws.split_options
        ):
            mlflow.MlflowClient()._tracking_client.store.engine.dispose()
            database.write_bytes(b"not a database any more, whatever it was before " * 20)

    with pytest.warns(UserWarning, match=r"not yet linked with scots@v1.*audioset log"):
        train()


def test_a_training_goes_on_in_a_run_that_was_made_for_it(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a trial of a search, whose run is nested in that of the search."""
    client = mlflow.MlflowClient(published.ws.settings.tracking)
    place = (published.ws.folder / "mlartifacts").as_uri()
    experiment_id = client.create_experiment("of the search", artifact_location=place)
    made = client.create_run(experiment_id, tags={"mlflow.parentRunId": "f" * 32}, run_name="7")
    monkeypatch.setenv("MLFLOW_RUN_ID", made.info.run_id)
    with pinned_run(
        published.record,
        published.ws.tracking,
        published.ws.store,
        published.ws.split_options,
        experiment="mine",
        run_name="mine",
    ):
        assert active_run_id() == made.info.run_id
        with mlflow.start_run(nested=True) as inner:
            assert inner.info.experiment_id == experiment_id
        client.create_registered_model("accent")
        client.create_model_version("accent", made.info.artifact_uri, made.info.run_id)
    run = read_run(published, made.info.run_id)
    assert (run.info.run_name, run.info.status) == ("7", "FINISHED")
    assert run.data.tags["mlflow.parentRunId"] == "f" * 32
    assert [item.version for item in pinned_inputs(run)] == [1]
    assert client.get_experiment_by_name("mine") is None
    tags = client.get_model_version("accent", 1).tags
    assert tags["audioset.dataset"] == "scots@v1", "its models are linked"
    with pinned_run(
        published.record,
        published.ws.tracking,
        published.ws.store,
        published.ws.split_options,
        experiment="mine",
    ):
        assert active_run_id() != made.info.run_id, "the next one is its own"


def test_models_in_a_spare_registry_are_linked_with_nothing(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, ws = published.record, published.ws
    client = mlflow.MlflowClient(ws.settings.tracking)
    with pinned_run(record, ws.tracking, ws.store, ws.split_options):
        real = active_run_id()
        client.create_registered_model("accent")
        client.create_model_version("accent", "file:///model", real)
    version_run = published.trace("scots@v1").versions[0].run_id
    with spare_registry() as variables:
        for name, text in variables.items():
            monkeypatch.setenv(name, text)
        with pinned_run(record, ws.tracking, ws.store, ws.split_options):
            spare = mlflow.MlflowClient(ws.settings.tracking)
            assert spare.search_registered_models() == [], "it begins empty"
            spare.create_registered_model("accent")
            spare.create_model_version("accent", "file:///model", active_run_id())
            spare.set_registered_model_alias("accent", "champion", "1")
            made = client.create_logged_model("0", name="model", source_run_id=active_run_id())
            client.log_outputs(active_run_id(), [LoggedModelOutput(made.model_id, step=0)])
            told = '[{"name": "accent", "version": "1"}]'  # as registering does
            client.set_logged_model_tags(made.model_id, {"mlflow.modelVersions": told})
        assert "mlflow.modelVersions" not in client.get_logged_model(made.model_id).tags
        for name in variables:
            monkeypatch.delenv(name)
    (model,) = client.search_model_versions("name = 'accent'")
    assert (model.run_id, model.aliases) == (real, [])
    assert client.get_registered_model("accent").aliases == {}
    assert read_run(published, version_run).data.tags["audioset.models"] == "accent/1"


def test_only_one_training_run_is_active(published: Published) -> None:
    with pinned_run(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    ):
        run_id = active_run_id()
        with (
            pytest.raises(TrackingError, match=f"{run_id} is active already"),
            pinned_run(
                published.record,
                published.ws.tracking,
                published.ws.store,
                published.ws.split_options,
            ),
        ):
            pass
        assert active_run_id() == run_id
    assert read_run(published, run_id).info.status == "FINISHED"


def test_training_and_validation_on_one_version_are_two_inputs(published: Published) -> None:
    record, ws = published.record, published.ws
    with pinned_run(record, ws.tracking, ws.store, ws.split_options):
        run_id = active_run_id()
        log_pin(record, ws.tracking, ws.store, ws.split_options, context="validation")
        log_pin(record, ws.tracking, ws.store, ws.split_options, context="validation")
        log_pin(record, ws.tracking, ws.store, ws.split_options)
    run = read_run(published, run_id)
    assert sorted(i.dataset.name for i in run.inputs.dataset_inputs) == [
        "scots@v1",
        "scots@v1#validation",
    ]
    assert {item.context for item in pinned_inputs(run)} == {"training", "validation"}
    assert run.data.tags["audioset.dataset"] == "scots@v1"
    assert run.data.tags["audioset.dataset.validation"] == "scots@v1"
    assert run.data.params["data_version.validation"] == "scots@v1"


def test_two_versions_in_one_run_are_both_pinned(published: Published) -> None:
    second = published.publish_more()
    with pinned_run(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    ):
        run_id = active_run_id()
        log_pin(second, published.ws.tracking, published.ws.store, published.ws.split_options)
        log_pin(second, published.ws.tracking, published.ws.store, published.ws.split_options)
    run = read_run(published, run_id)
    assert [item.version for item in sorted(pinned_inputs(run))] == [1, 2]
    assert run.data.tags["audioset.dataset"] == "scots@v1, scots@v2"
    assert run.data.tags["audioset.digest"] == f"{published.record.digest}, {second.digest}"
    assert run.data.params["data_version"] == "scots@v1"
    assert run.data.params["data_version.scots.v2"] == "scots@v2"


def other_backend(published: Published, folder: Path) -> Workspace:
    ws = changed(published.ws, tracking=f"sqlite:///{folder}/own.db")
    prepare_backend(ws.tracking)
    return ws


@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy")
def test_a_pin_goes_to_the_run_of_the_users_own_script(
    published: Published, tmp_path: Path
) -> None:
    own = other_backend(published, tmp_path / "own")
    mlflow.set_tracking_uri(own.settings.tracking)
    with mlflow.start_run() as run:
        log_pin(
            published.record, published.ws.tracking, published.ws.store, published.ws.split_options
        )
    assert mlflow.get_tracking_uri() == own.settings.tracking
    found = mlflow.MlflowClient(own.settings.tracking).get_run(run.info.run_id)
    assert [item.version for item in pinned_inputs(found)] == [1]


def test_a_pin_works_with_autolog(published: Published) -> None:
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    mlflow.set_tracking_uri(published.ws.settings.tracking)
    mlflow.sklearn.autolog(log_models=False, silent=True)
    try:
        with mlflow.start_run() as run:
            log_pin(
                published.record,
                published.ws.tracking,
                published.ws.store,
                published.ws.split_options,
            )
            LogisticRegression().fit(np.eye(4), np.array([0, 1, 0, 1]))
    finally:
        mlflow.sklearn.autolog(disable=True)
    found = read_run(published, run.info.run_id)
    assert found.data.params["solver"] == "lbfgs", "autolog did its part"
    assert len(found.inputs.dataset_inputs) == 2, "autolog's own input stays"
    assert pinned_inputs(found) == [PinnedInput("scots", 1, published.record.digest, "training")]


@pytest.mark.parametrize("write", ["input", "tag"])
def test_many_may_log_the_same_new_thing_at_the_same_moment(
    published: Published, write: str
) -> None:
    client = patient_client(published.ws.settings.tracking)
    store = open_store(published.ws.settings.store)
    runs = [client.create_run("0").info.run_id for _ in range(8)]
    wanted = [dataset_input(published.record, store, context="training")]
    barrier = threading.Barrier(len(runs))

    def log(run_id: str) -> None:
        barrier.wait()
        if write == "input":
            client.log_inputs(run_id, wanted)
        else:
            client.set_tag(runs[0], "scots", "v1")

    with ThreadPoolExecutor(len(runs)) as threads:
        list(threads.map(log, runs))
    if write == "input":
        assert all(len(pinned_inputs(client.get_run(run_id))) == 1 for run_id in runs)
    else:
        assert client.get_run(runs[0]).data.tags["scots"] == "v1"
