"""What MLflow is told of splits: the certificate of a version, and what a run is tested on."""

import json
from pathlib import Path

import mlflow
import pytest

from audioset.errors import InvalidInputError
from audioset.tracking.published.version_run import log_version
from audioset.workspace import Workspace
from tests.tracking.conftest import Published
from tests.workspaces import add_source, changed


def read_run(ws: Workspace, run_id: str) -> mlflow.entities.Run:
    return mlflow.MlflowClient(ws.settings.tracking).get_run(run_id)


@pytest.fixture
def leaking(published: Published) -> Workspace:
    """scots@v2 trains on speaker0, whose other clips are the test split of scots@v1."""
    add_source(published.ws, "more.mp4", 2, speaker="speaker0", split="train")
    published.ws.publish(track=False)
    return published.ws


def test_a_version_with_splits_is_logged_with_its_certificate(published: Published) -> None:
    ws = published.ws
    run_id = log_version(published.record, ws.tracking, ws.store, ws.split_options)
    tags = read_run(ws, run_id).data.tags
    assert tags["audioset.split.leaks"] == "none"
    assert tags["audioset.split.kinds"] == "speaker, source, sentence, takes, duplicates"
    path = mlflow.MlflowClient(ws.settings.tracking).download_artifacts(
        run_id, "split_certificate.json"
    )
    logged = json.loads(Path(path).read_text(encoding="utf-8"))
    certificate = ws.certify_splits("scots@v1", listen=False)
    assert logged == json.loads(certificate.to_json())
    assert tags["audioset.split.digest"] == certificate.digest
    assert (logged["edges"]["speaker"], logged["near_compared"]) == (6, False)


def test_leaks_of_a_version_stand_in_its_tags(leaking: Workspace) -> None:
    record = leaking.versions()[1]
    tags = read_run(
        leaking, log_version(record, leaking.tracking, leaking.store, leaking.split_options)
    ).data.tags
    assert tags["audioset.split.leaks"] == "speaker 6"
    by_hand = changed(leaking, split_defaults={"by": "sentence"})
    certificate = by_hand.certify_splits("scots@v2", listen=False)
    assert certificate.verdict == "none"


def test_a_version_without_splits_has_no_certificate(published: Published) -> None:
    ws = published.ws
    for path in ws.manifests_dir.iterdir():
        path.unlink()
    add_source(ws, "more.mp4", 2)
    ws.publish(track=False, replace=True)
    record = ws.versions()[1]
    tags = read_run(ws, log_version(record, ws.tracking, ws.store, ws.split_options)).data.tags
    assert not [name for name in tags if name.startswith("audioset.split")]


def test_a_training_run_on_what_a_frozen_test_split_holds_is_refused(leaking: Workspace) -> None:
    with pytest.raises(InvalidInputError, match=r"would leak 2 of its 5 training clips"):
        leaking.training_run("scots@v2", frozen_test="scots@v1")
    assert mlflow.active_run() is None
    mlflow.set_tracking_uri(leaking.settings.tracking)
    with mlflow.start_run() as run, pytest.raises(InvalidInputError, match="allow_leak=True"):
        leaking.pin("scots@v2", frozen_test="scots@v1")
    assert not read_run(leaking, run.info.run_id).inputs.dataset_inputs


def test_a_leak_that_is_accepted_stands_in_the_run(leaking: Workspace) -> None:
    with (
        pytest.warns(UserWarning, match="scots@v2 leaks to the test split of scots@v1: 2 of 5"),
        leaking.training_run("scots@v2", frozen_test="scots@v1", allow_leak=True),
    ):
        run_id = mlflow.active_run().info.run_id
    tags = read_run(leaking, run_id).data.tags
    assert tags["audioset.frozen_test"] == "scots@v1"
    assert tags["audioset.frozen_test.leak"] == "2 of 5 clips: speaker 2"


def test_what_is_not_compared_is_no_leak_and_the_run_tells_its_test(leaking: Workspace) -> None:
    with leaking.training_run("scots@v2", frozen_test="scots@v1", frozen_by=("clip", "samples")):
        run_id = mlflow.active_run().info.run_id
        changed(leaking, split_defaults={"by": ["sentence", "source"]}).pin(
            "scots@v2", frozen_test="scots@v1"
        )
    assert read_run(leaking, run_id).data.tags["audioset.frozen_test.leak"] == "none"
