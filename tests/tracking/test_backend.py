"""The SQLite database of MLflow: made whole or not at all, and not by a question."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

import audioset
from audioset.errors import NotFoundError
from tests.workspaces import make_workspace


def test_a_question_makes_no_database(tmp_path: Path) -> None:
    settings = make_workspace(tmp_path / "work", sources=1, clips_per_source=2)
    made = audioset.publish(track=False, settings=settings)
    lineage = audioset.lineage("scots@v1", settings=settings)
    assert [version.pin.digest for version in lineage.versions] == [made.record.digest]
    assert (lineage.runs, lineage.models) == ((), ())
    with pytest.raises(NotFoundError, match="nothing is logged yet"):
        audioset.lineage("models:/x@champion", settings=settings)
    assert not (settings.workspace / "mlflow.db").exists()


def test_a_publish_that_is_killed_in_its_first_mlflow_access_is_logged_by_the_next(
    tmp_path: Path,
) -> None:
    settings = make_workspace(tmp_path / "work", sources=1, clips_per_source=2)
    process = subprocess.Popen(
        [sys.executable, "-m", "audioset", "publish"],
        cwd=settings.workspace,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 240
    while not list(settings.workspace.glob(".mlflow.db.*")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.5)  # in the middle of MLflow's migrations
    process.kill()
    process.wait()
    again = audioset.publish(settings=settings)
    assert again.unchanged
    assert again.tracking_error is None
    assert again.run_id
