"""Views in MLflow: logged with their own digest, and found by the lineage of their version."""

import json

import mlflow
import pytest

from audioset.tracking.client.queries import PinnedInput, pinned_inputs
from tests.tracking.conftest import Published

CONDITION = "speaker in ('speaker0', 'nobody, at all')"
OTHER = "num_samples > 0 and speaker <> 'speaker1'"


def read_run(published: Published, run_id: str) -> mlflow.entities.Run:
    return mlflow.MlflowClient(published.ws.settings.tracking).get_run(run_id)


def train(published: Published, *references: object, context: str = "training") -> str:
    """Pin in a run of one's own, and give its id."""
    mlflow.set_tracking_uri(published.ws.settings.tracking)
    with mlflow.start_run() as run:
        for reference in references:
            published.ws.pin(reference, context=context)  # type: ignore[arg-type]
    return str(run.info.run_id)


def test_a_run_on_a_view_has_its_digest_condition_and_version(published: Published) -> None:
    view = published.ws.open(f"scots@v1?{CONDITION}")
    with published.ws.training_run(view) as pin:
        active = mlflow.active_run()
        assert active is not None
        run_id = active.info.run_id
    assert (pin.filter, pin.digest) == (CONDITION, view.digest)
    run = read_run(published, run_id)
    (logged,) = run.inputs.dataset_inputs
    tags = {tag.key: tag.value for tag in logged.tags}
    assert (logged.dataset.name, logged.dataset.digest) == ("scots@v1 (view)", view.digest[:32])
    assert json.loads(logged.dataset.profile)["clips"] == len(view) == 3
    assert tags["audioset.digest"] == view.digest
    assert tags["audioset.filter"] == CONDITION
    assert tags["audioset.version_digest"] == published.record.digest
    assert run.data.tags["audioset.filter"] == CONDITION
    assert run.data.params["data_version"] == "scots@v1"
    assert run.data.params["data_digest"] == view.digest[:32]
    assert run.data.params["data_filter"] == CONDITION


@pytest.mark.parametrize("context", ["training", "validation"])
def test_the_lineage_of_a_version_finds_runs_on_its_views(
    published: Published, context: str
) -> None:
    on_view = train(published, f"scots@v1?{CONDITION}", context=context)
    on_whole = train(published, "scots@v1")
    train_elsewhere = train(published, str(published.publish_more().ref))
    found = published.trace("scots@v1")
    assert [run.run_id for run in found.runs] == [on_view, on_whole]
    assert train_elsewhere not in {run.run_id for run in found.runs}
    back = published.trace(on_view)
    assert [str(version.pin.ref) for version in back.versions] == ["scots@v1"]
    assert pinned_inputs(read_run(published, on_view)) == [
        PinnedInput("scots", 1, published.record.digest, context, CONDITION)
    ]


def test_several_views_in_one_run_are_all_pinned_and_once(published: Published) -> None:
    references = [f"scots@v1?{CONDITION}", "scots@v1?start_seconds < 0.4", "scots@v1"]
    run = read_run(published, train(published, *references, *references))
    assert len(run.inputs.dataset_inputs) == 3
    assert run.data.tags["audioset.filter"].split("\n") == [CONDITION, "start_seconds < 0.4"]
    assert run.data.params["data_version"] == "scots@v1"
    assert len([name for name in run.data.params if name.startswith("data_filter")]) == 2


def test_conditions_with_the_same_clips_are_one_dataset(published: Published) -> None:
    ids = [train(published, f"scots@v1?{condition}") for condition in (CONDITION, OTHER)]
    digests = {read_run(published, i).inputs.dataset_inputs[0].dataset.digest for i in ids}
    assert len(digests) == 1
    assert [run.run_id for run in published.trace("scots@v1").runs] == ids


def test_a_nested_run_inherits_the_view(published: Published) -> None:
    from sklearn.dummy import DummyClassifier

    view = f"scots@v1?{CONDITION}"
    with (
        published.ws.training_run(view),
        mlflow.start_run(nested=True) as inner,
    ):
        model = DummyClassifier().fit([[0], [1]], [0, 1])
        mlflow.sklearn.log_model(
            model, name="m", registered_model_name="greeter", pip_requirements=["scikit-learn"]
        )
    found = published.trace("scots@v1")
    assert [model.name for model in found.models] == ["greeter"]
    assert inner.info.run_id in {run.run_id for run in found.runs}


def test_a_long_condition_is_cut_where_mlflow_has_no_room(published: Published) -> None:
    condition = "speaker in (" + ", ".join(f"'speaker{n}'" for n in range(100)) + ")"
    run = read_run(published, train(published, f"scots@v1?{condition}"))
    assert run.data.params["data_filter"] == condition
    assert run.data.tags["audioset.filter"] == condition[:500]
