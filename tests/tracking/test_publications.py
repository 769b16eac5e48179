"""How published versions get into MLflow, and what happens when it is out of reach."""

import json
import subprocess
import sys
import time
from dataclasses import replace
from typing import Any

import mlflow
import pytest

from audioset.errors import TrackingError
from audioset.tracking.client.client import ensure_experiment, mlflow_call, open_client, shown_uri
from audioset.tracking.client.dataset_input import experiment_name
from audioset.tracking.published import version_run as runs
from audioset.tracking.published.mirror import log_missing, log_publication
from audioset.tracking.published.version_run import log_version
from tests.tracking.conftest import Published
from tests.workspaces import changed


def version_runs(published: Published) -> list[mlflow.entities.Run]:
    client = mlflow.MlflowClient(published.ws.settings.tracking)
    experiment = client.get_experiment_by_name("audioset/scots")
    return list(client.search_runs([experiment.experiment_id])) if experiment else []


def test_a_version_is_logged_with_all_that_mlflow_shows(published: Published) -> None:
    record = published.record
    logged = log_publication(
        published.publication, published.ws.tracking, published.ws.store, published.ws.split_options
    )
    (run,) = version_runs(published)
    assert (logged.run_id, logged.tracking_error) == (run.info.run_id, None)
    assert (run.info.run_name, run.info.status) == ("scots@v1", "FINISHED")
    tags = run.data.tags
    assert tags["audioset.kind"] == "dataset_version"
    assert (tags["audioset.dataset"], tags["audioset.version"]) == ("scots", "1")
    assert tags["audioset.digest"] == record.digest
    assert run.data.params["message"] == "the first | version"
    assert run.data.params["num_shards"] == str(len(record.shards))
    assert run.data.metrics["num_clips"] == 6
    assert run.data.metrics["length_seconds"] == pytest.approx(1.5)
    assert run.data.metrics["clip_seconds_mean"] == pytest.approx(0.25)
    (logged_input,) = run.inputs.dataset_inputs
    logged_dataset = logged_input.dataset
    assert (logged_dataset.name, logged_dataset.digest) == ("scots@v1", record.digest[:32])
    assert json.loads(logged_input.dataset.profile)["clips"] == 6
    assert len(logged_input.dataset.profile) < 2000
    source = json.loads(logged_input.dataset.source)["uri"]
    assert source.startswith(published.ws.settings.store)
    assert source.endswith(".parquet")
    assert {tag.key: tag.value for tag in logged_input.tags}["mlflow.data.context"] == "version"


def test_the_card_and_the_histogram_are_artifacts_beside_the_database(
    published: Published,
) -> None:
    run_id = log_version(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    )
    root = published.ws.folder / "mlartifacts" / "audioset-scots" / run_id / "artifacts"
    assert (root / "length_histogram.png").read_bytes().startswith(b"\x89PNG")
    card = (root / "dataset_card.md").read_text(encoding="utf-8")
    assert card == version_runs(published)[0].data.tags["mlflow.note.content"]
    assert card.startswith("# scots@v1\n")
    assert "| speaker1 | 3 | 0.8 s |" in card
    assert published.record.digest in card


def test_logging_again_changes_nothing(published: Published) -> None:
    first = log_publication(
        published.publication, published.ws.tracking, published.ws.store, published.ws.split_options
    )
    (before,) = version_runs(published)
    assert (
        log_publication(
            published.publication,
            published.ws.tracking,
            published.ws.store,
            published.ws.split_options,
        )
        == first
    )
    (after,) = version_runs(published)
    assert after.to_dictionary() == before.to_dictionary()


def test_a_run_that_was_begun_and_never_finished_is_completed(published: Published) -> None:
    record, ws = published.record, published.ws
    with mlflow_call(ws.tracking):
        client = open_client(ws.tracking)
        experiment = ensure_experiment(client, experiment_name("scots"), ws.tracking)
        tags = {
            "audioset.kind": "dataset_version",
            "audioset.version": "1",
            "audioset.digest": record.digest,
        }
        begun = client.create_run(experiment, tags=tags).info.run_id
        client.log_param(begun, "dataset", "scots")
    assert log_version(record, ws.tracking, ws.store, ws.split_options) == begun
    (run,) = version_runs(published)
    assert run.info.status == "FINISHED"
    assert run.data.metrics["num_clips"] == 6


@pytest.mark.parametrize(
    "tracking",
    [
        "http://127.0.0.1:9",
        "http://somebody:secret@127.0.0.1:9",
        "sqlite:////proc/nowhere/mlflow.db",
        "nonsense://x",
    ],
)
def test_a_publication_stands_when_mlflow_is_out_of_reach(
    published: Published,
    tracking: str,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ws = changed(published.ws, tracking=tracking)
    waits, sleep = list[float](), time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: (waits.append(seconds), sleep(seconds)))
    logged = log_publication(published.publication, ws.tracking, ws.store, ws.split_options)
    assert sum(waits) < 30, "it gave up soon, not after minutes of tries"
    assert logged == replace(published.publication, tracking_error=logged.tracking_error)
    assert logged.tracking_error is not None
    assert logged.tracking_error.startswith(f"MLflow at {shown_uri(tracking)}: ")
    assert "\n" not in logged.tracking_error
    assert "secret" not in logged.tracking_error
    assert capfd.readouterr() == ("", "")
    with pytest.raises(TrackingError, match="MLflow at"):
        log_missing(ws.tracking, ws.store, ws.name, ws.split_options)


def test_what_mlflow_lacks_is_logged_later(published: Published) -> None:
    log_version(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    )
    second, third = published.publish_more(), published.publish_more()
    report = log_missing(
        published.ws.tracking, published.ws.store, published.ws.name, published.ws.split_options
    )
    assert report.logged == (second.ref, third.ref)
    assert (report.num_known, report.num_models) == (1, 0)
    assert {run.info.run_name for run in version_runs(published)} == {
        "scots@v1",
        "scots@v2",
        "scots@v3",
    }
    assert (
        log_missing(
            published.ws.tracking, published.ws.store, published.ws.name, published.ws.split_options
        ).logged
        == ()
    )


def test_status_knows_what_is_logged_and_loads_no_mlflow_for_it(published: Published) -> None:
    ws = published.ws
    assert [str(ref) for ref in ws.status().unlogged or ()] == ["scots@v1"]
    ws.log()
    code = (
        "import sys, audioset; s = audioset.open_workspace(sys.argv[1]).status();"
        "print(s.unlogged, s.problems, s.place('tracking').holds);"
        "print(sorted({'mlflow', 'av', 'torch', 'librosa', 'matplotlib'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, str(ws.folder)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == ["() () knows every version", "[]"]


def test_a_deleted_experiment_is_named_with_the_way_back(published: Published) -> None:
    log_version(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    )
    client = mlflow.MlflowClient(published.ws.settings.tracking)
    client.delete_experiment(client.get_experiment_by_name("audioset/scots").experiment_id)
    with pytest.raises(TrackingError, match=r"'audioset/scots' was deleted; restore it with"):
        log_version(
            published.publish_more(),
            published.ws.tracking,
            published.ws.store,
            published.ws.split_options,
        )


def test_talking_to_mlflow_is_quiet_and_leaves_no_trace(
    published: Published, capfd: pytest.CaptureFixture[str]
) -> None:
    import logging
    import os
    import warnings

    def state() -> tuple[object, ...]:
        levels = [logging.getLogger(name).level for name in ("mlflow", "alembic")]
        return levels, list(warnings.filters), {k: v for k, v in os.environ.items() if "HTTP" in k}

    before = state()
    log_publication(
        published.publication, published.ws.tracking, published.ws.store, published.ws.split_options
    )
    log_missing(
        published.ws.tracking, published.ws.store, published.ws.name, published.ws.split_options
    )
    assert state() == before
    assert capfd.readouterr() == ("", "")


def test_a_twin_that_began_earlier_and_was_seen_later_is_kept_alone(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two log one version at once; neither sees the other's run before it fills its own."""
    made: list[str] = []
    fill = runs._fill

    def fill_with_a_twin(client: Any, run_id: str, *rest: Any) -> None:
        fill(client, run_id, *rest)
        mine = client.get_run(run_id)
        started_ms = mine.info.start_time - 5
        twin = client.create_run(mine.info.experiment_id, started_ms, mine.data.tags)
        client.set_terminated(twin.info.run_id, "FINISHED")
        made.extend([run_id, twin.info.run_id])

    monkeypatch.setattr(runs, "_fill", fill_with_a_twin)
    kept = log_version(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    )
    assert kept == made[1]
    client = mlflow.MlflowClient(published.ws.settings.tracking)
    assert client.get_run(made[0]).info.lifecycle_stage == "deleted"
    assert (
        log_version(
            published.record, published.ws.tracking, published.ws.store, published.ws.split_options
        )
        == kept
    )


def test_a_run_deleted_while_it_is_filled_gives_way_to_its_twin(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    twins: list[str] = []
    fill = runs._fill

    def delete_then_fill(client: Any, run_id: str, *rest: Any) -> None:
        if not twins:
            run = client.get_run(run_id)
            twin = client.create_run(run.info.experiment_id, tags=run.data.tags)
            twins.append(twin.info.run_id)
            fill(client, twin.info.run_id, *rest)
            client.delete_run(run_id)
        fill(client, run_id, *rest)

    monkeypatch.setattr(runs, "_fill", delete_then_fill)
    assert [
        log_version(
            published.record, published.ws.tracking, published.ws.store, published.ws.split_options
        )
    ] == twins
