"""A training is run again as it was: its code, its command, its data; and compared to the bit."""

import math
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import mlflow
import pytest

import audioset
from audioset.cli.app import run as cli
from audioset.errors import InvalidInputError, NotFoundError
from audioset.experiments.reproduce.code_copy import copy_code
from audioset.experiments.reproduce.reproduce import reproduce
from audioset.records.reproduction import MetricPair
from audioset.workspace import Workspace
from tests.workspaces import changed, make_workspace

# Registers a model and crowns it, as scripts do; its second metric is another each time.
SCRIPT = """\
import os, sys
import audioset, mlflow
from helper import weight

assert sys.argv[2:] == ["--hf-token", "horse-7"]
with mlflow.start_run() as run:
    audioset.pin(sys.argv[1])
    seconds = sum(clip.row.length_seconds for clip in audioset.open(sys.argv[1]))
    mlflow.log_metrics({"score": seconds * weight / 3, "process": os.getpid()})
    mlflow.log_metrics({"system/memory": os.getpid(), "wall_seconds": os.getpid()})
    client = mlflow.MlflowClient()
    if not client.search_registered_models("name = 'scots'"):
        client.create_registered_model("scots")
    made = client.create_model_version("scots", run.info.artifact_uri, run.info.run_id)
    client.set_registered_model_alias("scots", "champion", made.version)
    print("crowned", made.version)
"""


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=me", "-c", "user.email=me@example.org")
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


@dataclass(frozen=True)
class Trained:
    """A model that a script made whose code has changed since.

    Attributes:
        ws: the workspace.
        code: the repository of the script, `train/fit.py`.
        run_id: of the training.
    """

    ws: Workspace
    code: Path
    run_id: str


@pytest.fixture(scope="module")
def trained(_empty_backend: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("reproduce")
    made = make_workspace(folder / "scots", sources=2, clips_per_source=3)
    shutil.copy(_empty_backend / "mlflow.db", made.folder)
    ws = changed(made, tracking=f"sqlite:///{folder}/scots/mlflow.db")
    assert ws.tracking.folder == made.folder, "MLflow's paths have followed"
    ws.publish(track=False)
    ws.alias("now", "scots@v1")
    code = folder / "code"
    (code / "train").mkdir(parents=True)
    git(code, "init", "--quiet")
    (code / "train" / "fit.py").write_text("raise SystemExit('of the commit alone')\n")
    git(code, "add", ".")
    git(code, "commit", "--quiet", "-m", "begin")
    # Changed, and with a new file, when it ran; committed as something else since.
    (code / "train" / "fit.py").write_text(SCRIPT)
    (code / "train" / "helper.py").write_text("weight = 0.7\n")
    run_here(code, ws, "train/fit.py", "scots@now?length_seconds > 0.1", "--hf-token", "horse-7")
    (code / "train" / "helper.py").write_text("weight = 0.8\n")
    git(code, "add", ".")
    git(code, "commit", "--quiet", "-m", "go on")
    (model,) = mlflow.MlflowClient(ws.settings.tracking).search_model_versions("name = 'scots'")
    return Trained(ws, code, model.run_id)


def run_here(folder: Path, ws: Workspace, *words: str) -> None:
    """Run a script as its own process would be, without the seconds that MLflow takes to load."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("AUDIOSET_WORKSPACE", str(ws.folder))
        patch.setattr(sys, "argv", list(words))
        patch.setattr(sys, "orig_argv", [sys.executable, *words])
        patch.setattr(sys.modules["__main__"], "__file__", str(folder / words[0]), raising=False)
        patch.syspath_prepend(folder / Path(words[0]).parent)
        mlflow.set_tracking_uri(ws.settings.tracking)
        try:
            runpy.run_path(words[0])
        finally:
            mlflow.set_tracking_uri(None)
            sys.modules.pop("helper", None)


@pytest.fixture
def _in_the_repository(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(trained.code)
    monkeypatch.setenv("AUDIOSET_HIDDEN_HF_TOKEN", "horse-7")
    before = (git(trained.code, "status", "--porcelain"), sorted(trained.code.rglob("*")))
    yield
    after = (git(trained.code, "status", "--porcelain"), sorted(trained.code.rglob("*")))
    assert after == before, "the repository is not touched"


@pytest.mark.usefixtures("_in_the_repository")
def test_a_model_is_trained_again_with_the_code_and_data_of_then(trained: Trained) -> None:
    trained.ws.alias("now", _publish_another(trained.ws))
    result = trained.ws.reproduce("models:/scots@champion", ignore=["wall_*"])
    pairs = {pair.name: pair for pair in result.metrics}
    assert sorted(pairs) == ["process", "score"]
    assert pairs["score"].is_same, "the changed code of then, not that of now"
    assert pairs["score"].before == 6 * 0.25 * 0.7 / 3
    assert not pairs["process"].is_same
    assert result.same_data, "the alias has moved, the data have not"
    assert not result.is_same
    assert result.ignored == ("system/memory", "wall_seconds")

    client = mlflow.MlflowClient(trained.ws.settings.tracking)
    again, first = client.get_run(result.run_id), client.get_run(trained.run_id)
    assert again.info.status == "FINISHED"
    assert again.data.tags["audioset.reproduces"] == trained.run_id
    assert first.data.tags["audioset.reproduced_by"] == result.run_id
    said = Path(client.download_artifacts(result.run_id, "audioset/output.txt"))
    assert said.read_text(encoding="utf-8") == "crowned 1\n", "in a registry of its own"
    models = client.search_model_versions("name = 'scots'")
    assert [(model.version, model.run_id) for model in models] == [(1, trained.run_id)]
    assert client.get_registered_model("scots").aliases == {"champion": 1}


def _publish_another(ws: Workspace) -> str:
    from tests.workspaces import add_source

    add_source(ws, "another.mp4", 2, speaker="new")
    return str(ws.publish(track=False).record.ref)


@pytest.mark.usefixtures("_in_the_repository")
def test_the_recipe_names_command_code_and_data(
    trained: Trained, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = trained.ws.recipe(trained.run_id)
    assert recipe.code.words == (
        "python",
        "train/fit.py",
        "scots@now?length_seconds > 0.1",
        "--hf-token",
        "***",
    )
    assert recipe.code.commit == git(trained.code, "rev-parse", "HEAD^").strip()
    assert (recipe.code.folder, recipe.code.script_path) == (".", "train/fit.py")
    assert recipe.code.changed
    assert [(pin.name, pin.filter) for pin in recipe.pins] == [
        ("scots@v1?length_seconds > 0.1", "length_seconds > 0.1")
    ]
    assert recipe.warnings == (), "all is as it was"
    monkeypatch.setenv("AUDIOSET_WORKSPACE", str(trained.ws.folder))
    assert cli(["recipe", trained.run_id]) == 0
    shown = capsys.readouterr().out
    assert "python train/fit.py 'scots@now?length_seconds > 0.1'" in shown
    assert f"{recipe.code.commit[:12]}, changed (code.patch)" in shown


def test_withdrawn_clips_are_told_and_need_a_word(trained: Trained, tmp_path: Path) -> None:
    shutil.copytree(trained.ws.settings.store, tmp_path / "store")
    audioset.init(tmp_path / "elsewhere")
    ws = changed(
        trained.ws,
        store=str(tmp_path / "store"),
        workspace=tmp_path / "elsewhere",
        catalog=f"sqlite:///{tmp_path}/catalog.db",
    )
    ws.forget(speaker="speaker0", yes=True)
    recipe = ws.recipe("models:/scots/1")
    assert recipe.withdrawn == {"scots@v1": 3}
    with pytest.raises(InvalidInputError, match=r"3 of scots@v1; --despite-withdrawal \("):
        reproduce(recipe, ws.tracking, ws.store)


def test_a_commit_that_is_not_here_is_told(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init", "--quiet")
    recipe = trained.ws.recipe(trained.run_id)
    with pytest.raises(NotFoundError, match=f"commit {recipe.code.commit[:12]} is in no "):  # type: ignore[index]
        reproduce(recipe, trained.ws.tracking, trained.ws.store)


def test_a_repository_in_the_current_folder_is_found(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(trained.code.parent)
    monkeypatch.setenv("AUDIOSET_HIDDEN_HF_TOKEN", "horse-7")
    recipe = trained.ws.recipe(trained.run_id)
    with copy_code(recipe, trained.ws.tracking) as copied:
        assert (copied.folder.name, (copied.folder / "train/fit.py").is_file()) == ("code", True)


def test_a_command_with_secrets_is_run_again_when_they_are_given(
    trained: Trained, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(trained.code)
    recipe = trained.ws.recipe(trained.run_id)
    assert recipe.code.words[-2:] == ("--hf-token", "***")
    asked = "give them as variables of the environment: AUDIOSET_HIDDEN_HF_TOKEN for --hf-token"
    with pytest.raises(InvalidInputError, match=asked):
        reproduce(recipe, trained.ws.tracking, trained.ws.store)
    assert cli(["recipe", trained.run_id, "--workspace", str(trained.ws.folder)]) == 0
    assert "secret of --hf-token is given as AUDIOSET_HIDDEN_HF_TOKEN" in capsys.readouterr().err


def test_code_with_secrets_is_not_run_again(trained: Trained) -> None:
    recipe = trained.ws.recipe(trained.run_id)
    code = replace(recipe.code, left_out="its code held secrets, which are not kept")
    with pytest.raises(InvalidInputError, match="cannot be run again: its code held secrets"):
        reproduce(replace(recipe, code=code), trained.ws.tracking, trained.ws.store)


def test_a_run_that_pinned_nothing_has_no_recipe(trained: Trained) -> None:
    client = mlflow.MlflowClient(trained.ws.settings.tracking)
    bare = client.create_run("0").info.run_id
    with pytest.raises(NotFoundError, match=f"MLflow run {bare} has no recipe"):
        trained.ws.recipe(bare)
    nested = client.create_run("0", tags={"mlflow.parentRunId": trained.run_id}).info.run_id
    assert trained.ws.recipe(nested).run_id == trained.run_id


def test_metrics_are_compared_to_the_last_bit() -> None:
    def same(before: float | None, after: float | None) -> bool:
        return MetricPair(name="m", before=before, after=after).is_same

    assert same(0.1, 0.1)
    assert not same(0.1 + 0.2, 0.3)
    assert not same(0.0, -0.0)
    assert same(math.nan, math.nan)
    assert not same(math.nan, 1.0)
    assert not same(1.0, None)
