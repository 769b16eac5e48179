"""The SQLite database of MLflow: made whole or not at all, and not by a question."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import audioset
from audioset.cli.app import run
from audioset.errors import NotCopiedWarning, NotFoundError
from audioset.tracking.models.aligners import fetch_aligner
from tests.tracking.conftest import Published
from tests.workspaces import changed, make_workspace


def test_a_question_makes_no_database(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "work", sources=1, clips_per_source=2)
    made = ws.publish(track=False)
    lineage = ws.lineage("scots@v1")
    assert [version.pin.digest for version in lineage.versions] == [made.record.digest]
    assert (lineage.runs, lineage.models) == ((), ())
    with pytest.raises(NotFoundError, match="nothing is logged yet"):
        ws.lineage("models:/x@champion")
    with pytest.raises(NotFoundError, match="nothing is logged yet"):
        ws.guard_test_set("scots@v1", "models:/x/1")
    assert not (ws.folder / "mlflow.db").exists()


_CLIP = "talk-1a2b3c4d-000001200-000003400"
_READING = (
    "promote nobody", "promote nobody --yes", "promote nobody --rollback", "compare",
    "compare models:/nobody", "lineage scots@v1", "lineage models:/nobody@prod",
    "clips-behind models:/nobody@prod", "lineage-diff models:/nobody/1 models:/nobody/2",
    f"lineage {'0' * 32}", f"lineage-of-clip {_CLIP}", "recipe models:/nobody@prod",
    "transcribe --model models:/nobody@prod", "forget --clip nobody", "diff scots@v1", "describe",
    "check", "split", "dedupe", "measure", "write-pin scots@v1", "pull scots@v1 there",
    "export lines", "accept-best-takes", "verify", "publish", "train-aligner",
    "guard-test-set scots@v1 models:/nobody/1", "certify-splits", f"confirm {_CLIP}", "versions",
    "aliases", "collect", "log", f"history {_CLIP}", "status", "remove x", "export table t.csv",
)  # fmt: skip


@pytest.mark.parametrize("command", [*_READING, "plugins"])
def test_asking_in_an_empty_folder_makes_nothing(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(command.split()) == (0 if command == "plugins" else 1)
    assert list(tmp_path.iterdir()) == []


def test_an_aligner_that_nobody_registered_makes_no_database(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "work")
    with pytest.raises(NotFoundError, match="so there is no models:/nobody@prod"):
        fetch_aligner("models:/nobody@prod", ws.tracking)
    assert not (ws.folder / "mlflow.db").exists()


def test_who_stops_a_publish_while_it_is_logged_is_told_that_the_version_is_there(
    tmp_path: Path,
) -> None:
    ws = make_workspace(tmp_path / "work", sources=1, clips_per_source=2)
    process = subprocess.Popen(
        [sys.executable, "-m", "audioset", "publish"],
        cwd=ws.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not list(ws.folder.glob(".mlflow.db.*")):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out) == (130, "")
    first, *_, last = err.splitlines()
    assert first == (
        "audioset: scots@v1 is published, but MLflow may lack it; audioset log catches up"
    )
    assert last.startswith("audioset: stopped")
    assert [str(r.ref) for r in ws.versions()] == ["scots@v1"]


def test_a_publish_that_is_killed_in_its_first_mlflow_access_is_logged_by_the_next(
    tmp_path: Path,
) -> None:
    ws = make_workspace(tmp_path / "work", sources=1, clips_per_source=2)
    process = subprocess.Popen(
        [sys.executable, "-m", "audioset", "publish"],
        cwd=ws.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not list(ws.folder.glob(".mlflow.db.*")):
        assert process.poll() is None
        time.sleep(0.02)
    time.sleep(0.5)  # in the middle of MLflow's migrations
    process.kill()
    process.wait()
    again = ws.publish()
    assert again.unchanged
    assert again.tracking_error is None
    assert again.run_id


def test_a_backend_that_lacks_the_runs_of_the_workspace_is_told_once(
    published: Published, tmp_path: Path
) -> None:
    ws = published.ws
    ws.log()
    team = changed(ws, tracking=f"sqlite:///{tmp_path / 'team.db'}")
    with pytest.warns(NotCopiedWarning, match="has no run of audioset/scots, while"):
        assert team.lineage("scots@v1").runs == ()
    team.log()
    assert team.lineage("scots@v1").runs == ()
