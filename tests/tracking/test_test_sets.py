"""What a run is tested on is known by the digest of those very rows, however the run says it."""

import mlflow
import pytest

from audioset.storage.store import open_store
from audioset.tracking.run.held_out import describe_test_split, logged_test_set
from tests.tracking.conftest import Published
from tests.workspaces import add_source

TEST = "split = 'test'"


def read_run(published: Published, run_id: str) -> mlflow.entities.Run:
    return mlflow.MlflowClient(published.ws.settings.tracking).get_run(run_id)


def pinned_with(published: Published, *references: str) -> mlflow.entities.Run:
    mlflow.set_tracking_uri(published.ws.settings.tracking)
    with mlflow.start_run() as run:
        for reference in references:
            published.ws.pin(reference, context="test")
    return read_run(published, run.info.run_id)


def test_a_frozen_test_split_is_logged_by_the_digest_of_its_rows(published: Published) -> None:
    ws = published.ws
    view = ws.open(f"scots@v1?{TEST}").view
    with ws.training_run("scots@v1", frozen_test="scots@v1"):
        run_id = mlflow.active_run().info.run_id
    held_out = logged_test_set(read_run(published, run_id))
    assert (held_out.name, held_out.digest, held_out.num_clips) == ("scots@v1", view.digest, 3)


@pytest.mark.parametrize("reference", ["scots@v1", f"scots@v1?{TEST}"])
def test_a_pinned_test_set_has_the_same_identity(published: Published, reference: str) -> None:
    held_out = logged_test_set(pinned_with(published, reference))
    split = describe_test_split(open_store(published.ws.settings.store), published.record)
    assert (held_out.digest, held_out.num_clips) == (split.digest, 3)


def test_more_clips_elsewhere_leave_the_test_split_what_it_is(published: Published) -> None:
    store = open_store(published.ws.settings.store)
    before = describe_test_split(store, published.record)
    grown = describe_test_split(store, published.publish_more())
    assert (grown.name, grown.digest) == ("scots@v2", before.digest)
    add_source(published.ws, "late.mp4", 1, split="test")
    published.ws.publish(track=False)
    record = published.ws.versions()[-1]
    assert describe_test_split(store, record).digest != before.digest


def test_several_test_sets_are_told_apart_and_each_once(published: Published) -> None:
    half = f"scots@v1?{TEST} and start_seconds < 0.4"
    run = pinned_with(published, f"scots@v1?{TEST}", half, "scots@v1")
    held_out = logged_test_set(run)
    assert held_out.num_clips == 3 + 1
    assert len(held_out.digest.split(", ")) == 2


def test_without_a_test_split_a_pinned_version_is_the_test_set(published: Published) -> None:
    for path in published.ws.manifests_dir.iterdir():
        path.unlink()
    add_source(published.ws, "plain.mp4", 2)
    published.ws.publish(track=False, replace=True)
    record = published.ws.versions()[-1]
    held_out = logged_test_set(pinned_with(published, "scots@v2"))
    assert (held_out.digest, held_out.num_clips) == (record.digest, 2)


def test_a_run_on_a_view_tells_the_sizes_of_the_view(published: Published) -> None:
    with published.ws.training_run("scots@v1?start_seconds < 0.4"):
        run_id = mlflow.active_run().info.run_id
    params = read_run(published, run_id).data.params
    assert {key: params[key] for key in ("data_clips", "data_clips.train")} == {
        "data_clips": "2",
        "data_clips.train": "1",
    }
