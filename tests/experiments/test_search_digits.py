"""The search on real spoken digits, killed in the middle; its best model, registered and remade."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import mlflow
import pytest

import audioset
from audioset.workspace import Workspace

PROJECT = Path(__file__).parents[2]
NUM_TRIALS = 30
NUM_BEFORE = 12  # trials that are done when the search is killed


def num_begun(ws: Workspace) -> int:
    """Count the trials that have begun: each writes a log."""
    return len(list(ws.folder.glob(".search/*/*")))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_thirty_trials_killed_in_the_middle_give_a_champion_that_can_be_made_again(
    real_media: Path, tmp_path: Path
) -> None:
    corpus = real_media / "corpus" / "spoken_digits"
    ws = audioset.init(tmp_path / "digits", name="digits")
    ws.import_folder(corpus, metadata=corpus / "labels.csv")
    ws.publish()
    environment = {**os.environ, "AUDIOSET_WORKSPACE": str(ws.folder)}
    command = [
        sys.executable,
        "-m",
        "audioset",
        "search",
        "--metric",
        "cv_accuracy",
        "--param",
        "C=log:0.1..100",
        "--param",
        "gamma=log:1e-4..0.1",
        "--trials",
        str(NUM_TRIALS),
        "--register",
        "digits",
        "--json",
        "--",
        "scripts/train_digits.py",
        "digits@v1",
        "--label",
        "digit",
        "--cache",
    ]

    said = tmp_path / "said.txt"
    with said.open("w", encoding="utf-8") as file:
        killed = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stderr=file, start_new_session=True
        )
        while said.read_text(encoding="utf-8").count(" done ") < NUM_BEFORE:
            assert killed.poll() is None, said.read_text(encoding="utf-8")
            time.sleep(0.2)
        begun = num_begun(ws)
        while num_begun(ws) == begun:  # so that it is killed in the middle of a trial
            assert killed.poll() is None, said.read_text(encoding="utf-8")
            time.sleep(0.01)
        os.killpg(killed.pid, signal.SIGKILL)
        killed.wait()
    client = mlflow.MlflowClient(ws.settings.tracking)
    assert client.search_registered_models() == [], "trials register in a registry of their own"

    done = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True
    )
    report = json.loads(done.stdout)
    states = [trial["state"] for trial in report["trials"]]
    assert (states.count("done"), states.count("killed")) == (NUM_TRIALS, 1)
    (lost,) = (trial for trial in report["trials"] if trial["state"] == "killed")
    again = next(trial for trial in report["trials"] if trial["number"] > lost["number"])
    assert again["params"] == lost["params"]
    best = report["best"]
    assert best["value"] == max(t["value"] for t in report["trials"] if t["state"] == "done")
    assert best["value"] > 0.97

    assert report["model"] == "models:/digits/1"
    mlflow.set_tracking_uri(ws.settings.tracking)
    (model,) = client.search_model_versions("name = 'digits'")
    assert model.run_id == best["run_id"]
    assert model.tags["audioset.dataset"] == "digits@v1"
    loaded = mlflow.sklearn.load_model("models:/digits/1")
    assert f"{loaded.named_steps['svc'].C:.6g}" == best["params"]["C"]
    lineage = ws.lineage("models:/digits/1")
    assert [str(version.pin.ref) for version in lineage.versions] == ["digits@v1"]
    files = {item.path for item in client.list_artifacts(report["run_id"], "search")}
    assert {"search/search.html", "search/trials.csv"} <= files

    client.set_registered_model_alias("digits", "champion", "1")
    remade = subprocess.run(
        [sys.executable, "-m", "audioset", "reproduce", "models:/digits@champion", "--json"],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert remade.returncode == 0, remade.stderr
    result = json.loads(remade.stdout)
    assert result["is_same"]
    metrics = {pair["name"] for pair in result["metrics"]}
    assert {"cv_accuracy", "test_accuracy", "test_f1_macro"} <= metrics
    assert client.get_registered_model("digits").aliases == {"champion": 1}
    assert len(client.search_model_versions("name = 'digits'")) == 1
