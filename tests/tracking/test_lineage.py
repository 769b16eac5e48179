"""From data to models and back, and what MLflow's own pages show of it."""

from typing import Any

import mlflow
import pytest

from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.lineage import LinkedModel
from audioset.storage.store import open_store
from audioset.tracking.lineage.trace import trace
from audioset.tracking.published.mirror import log_missing
from audioset.tracking.published.version_run import log_version
from audioset.tracking.run.pins import log_pin, pinned_run
from tests.tracking.conftest import Published
from tests.tracking.test_pins import active_run_id

pytestmark = [
    # MLflow says this of its own functions when its pyfunc module is imported.
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),
]


def register_model(name: str = "speakers", **arguments: Any) -> str:
    """Fit and register a real model in the active run; gives the run's id."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit(np.eye(4), [0, 1, 0, 1])
    mlflow.sklearn.log_model(
        model,
        name="model",
        registered_model_name=name,
        pip_requirements=["scikit-learn"],
        **arguments,
    )
    run = mlflow.active_run()
    assert run is not None
    return str(run.info.run_id)


def client_of(published: Published) -> mlflow.MlflowClient:
    return mlflow.MlflowClient(published.ws.settings.tracking)


def note_of(published: Published, version: int = 1) -> str:
    run_id = published.trace(f"scots@v{version}").versions[0].run_id
    return str(client_of(published).get_run(run_id).data.tags["mlflow.note.content"])


def test_lineage_goes_both_ways(published: Published) -> None:
    record = published.record
    logged = log_version(
        record, published.ws.tracking, published.ws.store, published.ws.split_options
    )
    with pinned_run(
        record,
        published.ws.tracking,
        published.ws.store,
        published.ws.split_options,
        run_name="fit",
    ) as pin:
        run_id = register_model()
    client_of(published).set_registered_model_alias("speakers", "champion", "1")

    from_data = published.trace("scots@v1")
    (version,) = from_data.versions
    assert (version.pin, version.run_id) == (pin, logged)
    assert (version.num_clips, version.length_seconds) == (6, 1.5)
    (run,) = from_data.runs
    assert (run.run_id, run.name, run.experiment, run.status) == (
        run_id,
        "fit",
        "scots-training",
        "FINISHED",
    )
    assert run.digests == (record.digest[:32],)
    assert from_data.models == (
        LinkedModel(name="speakers", version=1, run_id=run_id, aliases=("champion",)),
    )
    for subject in ("models:/speakers@champion", "models:/speakers/1", run_id):
        found = published.trace(subject)
        assert (found.versions, found.runs, found.models) == (
            from_data.versions,
            from_data.runs,
            from_data.models,
        )
        assert found.subject == subject
    assert published.trace(logged).models == from_data.models


def test_each_version_has_its_own_models(published: Published) -> None:
    second = published.publish_more()
    with pinned_run(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    ):
        register_model()
    with pinned_run(second, published.ws.tracking, published.ws.store, published.ws.split_options):
        register_model()
    with pinned_run(second, published.ws.tracking, published.ws.store, published.ws.split_options):
        log_pin(
            published.record, published.ws.tracking, published.ws.store, published.ws.split_options
        )
        register_model("both")

    def models(subject: str) -> list[str]:
        return [f"{model.name}/{model.version}" for model in published.trace(subject).models]

    assert models("scots@v1") == ["both/1", "speakers/1"]
    assert models("scots@v2") == ["both/1", "speakers/2"]
    assert [v.pin.version for v in published.trace("models:/both/1").versions] == [1, 2]
    assert [v.pin.version for v in published.trace("models:/speakers/2").versions] == [2]


def test_the_pages_of_mlflow_link_model_and_version(published: Published) -> None:
    with pinned_run(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    ):
        run_id = register_model()
    client = client_of(published)
    model = client.get_model_version("speakers", "1")
    assert model.tags["audioset.dataset"] == "scots@v1"
    assert model.tags["audioset.digest"] == published.record.digest
    version_run = client.get_run(published.trace("scots@v1").versions[0].run_id)
    address = f"#/experiments/{version_run.info.experiment_id}/runs/{version_run.info.run_id}"
    assert model.description == f"Trained on [scots@v1]({address})"
    assert version_run.data.tags["audioset.models"] == "speakers/1"
    training_experiment = client.get_run(run_id).info.experiment_id
    assert version_run.data.tags["mlflow.note.content"].startswith(
        "# scots@v1\n\n## Models trained on this version\n\n"
        "| model | aliases | run |\n| --- | --- | --- |\n"
        "| [speakers v1](#/models/speakers/versions/1) |  | "
        f"[{run_id[:8]}](#/experiments/{training_experiment}/runs/{run_id}) |\n\n"
        "## About this version\n\n"
    )


def test_linking_again_changes_nothing_but_what_changed(published: Published) -> None:
    with pinned_run(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    ):
        register_model()
    client = client_of(published)
    described = f"Mine.\n\n{client.get_model_version('speakers', '1').description}"
    client.update_model_version("speakers", "1", f"{described}\n\nStill mine.")
    client.set_registered_model_alias("speakers", "champion", "1")
    note = note_of(published)
    for _ in range(2):
        report = log_missing(
            published.ws.tracking, published.ws.store, published.ws.name, published.ws.split_options
        )
        assert (report.logged, report.num_models) == ((), 1)
        text = client.get_model_version("speakers", "1").description
        assert text.count("Trained on") == text.count("Mine.") == text.count("Still mine.") == 1
        assert note_of(published) == note.replace("|  | [", "| @champion | [")


def test_a_model_that_is_registered_after_its_run_is_linked_by_log(published: Published) -> None:
    client = client_of(published)
    with pinned_run(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    ):
        run_id = active_run_id()
    client.create_registered_model("late")
    client.create_model_version("late", f"runs:/{run_id}/weights", run_id)
    assert [model.name for model in published.trace("scots@v1").models] == ["late"]
    assert "audioset.dataset" not in client.get_model_version("late", "1").tags
    report = log_missing(
        published.ws.tracking, published.ws.store, published.ws.name, published.ws.split_options
    )
    assert (report.logged, report.num_models) == ((), 1)
    assert client.get_model_version("late", "1").tags["audioset.dataset"] == "scots@v1"
    assert "[late v1]" in note_of(published)


def test_models_of_nested_runs_belong_to_the_version(published: Published) -> None:
    with pinned_run(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    ):
        with mlflow.start_run(nested=True), mlflow.start_run(nested=True):
            inner = register_model()
        before = published.trace(inner)
        assert [v.pin.version for v in before.versions] == [1], "found by the run around it"
    after = published.trace("scots@v1")
    assert [model.run_id for model in after.models] == [inner]
    assert len(after.runs) == 3
    assert client_of(published).get_model_version("speakers", "1").tags["audioset.dataset"] == (
        "scots@v1"
    )


def test_what_was_only_validated_is_not_called_trained(published: Published) -> None:
    second = published.publish_more()
    with pinned_run(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    ):
        log_pin(
            second,
            published.ws.tracking,
            published.ws.store,
            published.ws.split_options,
            context="validation",
        )
        register_model()
    log_missing(
        published.ws.tracking, published.ws.store, published.ws.name, published.ws.split_options
    )
    assert "[speakers v1]" in note_of(published, 1)
    assert "Models trained" not in note_of(published, 2)
    model = client_of(published).get_model_version("speakers", "1")
    assert model.tags["audioset.dataset"] == "scots@v1"
    assert [v.pin.version for v in published.trace("models:/speakers/1").versions] == [1, 2]


def test_deleted_runs_keep_their_lineage(published: Published) -> None:
    with pinned_run(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    ):
        run_id = register_model()
    client_of(published).delete_run(run_id)
    assert [run.run_id for run in published.trace("scots@v1").runs] == [run_id]
    assert [v.pin.version for v in published.trace("models:/speakers/1").versions] == [1]


def test_a_promoted_model_keeps_its_lineage(published: Published) -> None:
    with pinned_run(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    ):
        register_model()
    client_of(published).copy_model_version("models:/speakers/1", "speakers-prod")
    assert [v.pin.version for v in published.trace("models:/speakers-prod/1").versions] == [1]
    assert [model.name for model in published.trace("scots@v1").models] == [
        "speakers",
        "speakers-prod",
    ]


def test_lineage_does_without_the_store(published: Published) -> None:
    log_version(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    )
    with pinned_run(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    ):
        register_model()
    away = open_store(f"{published.ws.settings.store}-elsewhere")
    for subject in ("scots@v1", "models:/speakers/1"):
        (version,) = trace(subject, published.ws.tracking, away).versions
        assert (version.pin.digest, version.num_clips) == (published.record.digest, None)
        assert version.run_id is not None


@pytest.mark.parametrize(
    ("subject", "error", "message"),
    [
        ("scots@v7", NotFoundError, "scots@v7 does not exist; scots has v1"),
        ("models:/nobody/1", NotFoundError, "no model is registered there"),
        ("models:/nobody@champion", NotFoundError, "has no models:/nobody@champion"),
        ("0" * 32, NotFoundError, f"has no run {'0' * 32}"),
        ("models:/nobody", InvalidInputError, "'models:/nobody' has no lineage; give name@v3"),
        ("anything", InvalidInputError, "'anything' has no lineage; give name@v3"),
    ],
)
def test_what_does_not_exist_is_said_so(
    published: Published, subject: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        published.trace(subject)


def test_a_missing_alias_names_the_models_that_exist(published: Published) -> None:
    with pinned_run(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    ):
        register_model()
    with pytest.raises(NotFoundError, match="models are: speakers"):
        published.trace("models:/speakers@champion")
