"""Training runs of every kind on real versions, made once and copied."""

from collections.abc import Callable

import mlflow
import pytest

from tests.tracking.conftest import Make, Published
from tests.tracking.test_clip_lineage import register
from tests.tracking.test_lineage import client_of

VIEW = "scots@v1?start_seconds < 0.4"


@pytest.fixture
def trained(made_once: Callable[[Make], Published]) -> Published:
    """A copy of the runs, to do with it what a test likes."""
    return made_once(train)


def train(published: Published) -> None:
    """Make runs: `one` and `two` on v1 and v2, with models; `view` on a view of v1; in an
    experiment of its own `plain`, that pins by itself, with `trial` in it, and `other`, that is
    trained on nothing we know; and one that was deleted.
    """
    ws = published.ws
    published.publish_more()
    for name, reference, value in (
        ("one", "scots@v1", 0.7),
        ("two", "scots@v2", 0.8),
        ("view", VIEW, float("nan")),
    ):
        with ws.training_run(reference, run_name=name, frozen_test="scots@v1", frozen_by=("clip",)):
            mlflow.log_params({"depth": "3", "num_test": "7"} if name == "two" else {"depth": "2"})
            mlflow.log_metric("test_accuracy", value)
            if name != "view":
                register(published)
    client = client_of(published)
    client.set_registered_model_alias("speakers", "champion", "1")
    ws.alias("prod", "scots@v2")
    mlflow.set_tracking_uri(ws.settings.tracking)
    experiment = mlflow.MlflowClient().create_experiment(
        "of mine", artifact_location=(ws.folder / "of mine").as_uri()
    )
    with mlflow.start_run(experiment_id=experiment, run_name="plain"):
        ws.pin("scots@v1")
        with mlflow.start_run(experiment_id=experiment, run_name="trial", nested=True):
            mlflow.log_metric("cv_accuracy", 0.6)
            mlflow.set_tag("audioset.kind", "trial")  # as a search says it
    with mlflow.start_run(experiment_id=experiment, run_name="other"):
        ws.pin("scots@v1", context="test")
    for kind in ("search", "dataset_version", "comparison"):
        with mlflow.start_run(experiment_id=experiment, run_name=kind):
            mlflow.set_tag("audioset.kind", kind)
    with mlflow.start_run(experiment_id=experiment, run_name="gone") as gone:
        ws.pin("scots@v1")
    client.delete_run(gone.info.run_id)
