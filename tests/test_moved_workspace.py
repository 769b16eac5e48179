"""Rename, move, copy and move back a workspace: every verb that reads files works afterwards."""

import json
import shutil
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.sounds import write_speech

pytestmark = pytest.mark.slow

SCRIPT = """\
import audioset, mlflow
from sklearn.dummy import DummyClassifier

with audioset.training_run("scots@v1"):
    clips = [clip for batch in audioset.open("scots@v1").batches(clips=4, seed=1) for clip in batch]
    labels = [clip.row.clip_id for clip in clips]
    mlflow.log_metric("seconds", sum(clip.row.length_seconds for clip in clips))
    model = DummyClassifier().fit([[number] for number in range(len(labels))], labels)
    mlflow.sklearn.log_model(
        model, name="model", registered_model_name="kettle", pip_requirements=["scikit-learn"]
    )
"""
LOAD = """\
import audioset, mlflow
mlflow.set_tracking_uri(audioset.open_workspace().settings.tracking)
print(len(mlflow.sklearn.load_model("models:/kettle/1").classes_))
"""


def said(folder: Path, *words: str) -> str:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


def audioset(folder: Path, *words: str) -> str:
    return said(folder, sys.executable, "-m", "audioset", *words)


def artifact_over_http(folder: Path, run_id: str) -> bytes:
    """Start MLflow's pages and fetch a file as the browser does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", "audioset", "ui", "--port", str(port)]
    with subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, text=True) as pages:
        assert pages.stdout is not None
        address = pages.stdout.readline().strip().partition("/#/")[0]
        place = f"{address}/get-artifact?path=audioset%2Frecipe.json&run_uuid={run_id}"
        with urllib.request.urlopen(place) as answer:
            found = bytes(answer.read())
        pages.terminate()
    return found


def require_files(folder: Path) -> None:
    """Ask for what MLflow keeps of a training."""
    recipe = json.loads(audioset(folder, "recipe", "models:/kettle/1", "--json"))
    assert recipe["code"]["folder"] == str(folder)
    assert said(folder, sys.executable, "-c", LOAD) == "6\n"


def require_all(folder: Path) -> None:
    """Ask each verb that reads or writes files in a workspace."""
    assert json.loads(audioset(folder, "cut", "../talk.wav", "--speaker", "isla", "--json"))
    assert "6 clips" in audioset(folder, "describe")
    assert json.loads(audioset(folder, "publish", "--json"))["unchanged"]
    recipe = json.loads(audioset(folder, "recipe", "models:/kettle/1", "--json"))
    assert recipe["code"]["folder"] == str(folder)
    again = json.loads(audioset(folder, "reproduce", "models:/kettle/1", "--json"))
    assert [pair["before"] == pair["after"] for pair in again["metrics"]] == [True]
    behind = json.loads(audioset(folder, "clips-behind", "models:/kettle/1", "--json"))
    assert [one["known_by"] for one in behind["versions"]] == ["receipt"]
    require_files(folder)
    assert json.loads(artifact_over_http(folder, recipe["run_id"]))["folder"]


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_rename_move_copy_and_move_back(tmp_path: Path) -> None:
    write_speech(tmp_path / "talk.wav")
    first = tmp_path / "ws é #1"
    audioset(tmp_path, "init", str(first), "--name", "scots")
    audioset(first, "cut", "../talk.wav", "--speaker", "isla")
    audioset(first, "publish", "-m", "first")
    (first / "fit.py").write_text(SCRIPT, encoding="utf-8")
    said(first, sys.executable, "fit.py")

    (tmp_path / "deep er").mkdir()
    shutil.copyfile(tmp_path / "talk.wav", tmp_path / "deep er" / "talk.wav")
    moved = first.rename(tmp_path / "deep er" / "moved")
    require_all(moved)
    assert not first.exists()

    copy = tmp_path / "copy"
    shutil.copytree(moved, copy)
    before = files_of(moved)
    require_all(copy)
    assert files_of(moved) == before, "the copy leaves the first one as it is"
    of_copy = files_of(copy)
    require_files(moved)
    assert files_of(copy) == of_copy

    back = moved.rename(first)
    require_files(back)
    assert not moved.exists()
