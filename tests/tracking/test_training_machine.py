"""A machine that trains has two addresses, store and tracking: no workspace, and no catalog."""

import mlflow
import pytest

import audioset
from audioset.tracking.run.receipts import RECEIPT_TAG
from tests.tracking.conftest import Published


@pytest.fixture
def machine(published: Published, monkeypatch: pytest.MonkeyPatch) -> Published:
    """Only the environment tells where things are; the current folder must stay empty."""
    monkeypatch.setenv("AUDIOSET_STORE", published.ws.settings.store)
    monkeypatch.setenv("AUDIOSET_TRACKING", published.ws.settings.tracking)
    return published


def test_it_trains_with_receipt_and_linked_model_and_leaves_no_file(machine: Published) -> None:
    with audioset.training_run("scots@v1") as pin:
        for batch in audioset.open("scots@v1").batches(clips=2, seed=1):
            assert all(clip.samples.any() for clip in batch)
        mlflow.log_text("weights", "weights/weights.txt")
        active = mlflow.active_run()
        assert active is not None
        run_id = active.info.run_id
        client = mlflow.MlflowClient()
        client.create_registered_model("oddities")
        client.create_model_version("oddities", f"runs:/{run_id}/weights", run_id)
    assert pin.digest == machine.record.digest
    run = client.get_run(run_id)
    assert run.data.tags[RECEIPT_TAG] == "scots@v1: 6 of 6 clips"
    linked = client.get_model_version("oddities", "1")
    assert linked.tags["audioset.dataset"] == "scots@v1"
    found = audioset.open_workspace().lineage("models:/oddities/1")
    assert [str(version.pin.ref) for version in found.versions] == ["scots@v1"]
    assert mlflow.artifacts.load_text(f"runs:/{run_id}/weights/weights.txt") == "weights"


def test_it_can_pin_in_a_run_of_its_own(machine: Published) -> None:
    mlflow.set_tracking_uri(machine.ws.settings.tracking)
    with mlflow.start_run() as run:
        assert audioset.pin("scots@v1").digest == machine.record.digest
    assert [r.run_id for r in audioset.open_workspace().lineage("scots@v1").runs] == [
        run.info.run_id
    ]


def test_no_catalog_is_made_by_what_a_training_machine_asks(machine: Published) -> None:
    assert [record.version for record in audioset.open_workspace().versions("scots")] == [1]
    assert audioset.open_workspace().describe("scots@v1").num_clips == 6
    audioset.open_workspace().check("scots@v1")
    audioset.open_workspace().diff("scots@v1", "scots@v1")
