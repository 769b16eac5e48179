"""A workspace of the release before is read, gone on with and traced: see formats/README.md."""

import shutil
import sqlite3
from pathlib import Path

import mlflow
import pytest

import audioset
from audioset.workspace import Workspace
from tests.workspaces import add_source

MADE = Path(__file__).parent / "formats" / "workspace-1"
FIRST = "talk-0-bcfa455c-000000000-000000250"
MODEL = "models:/greeter@champion"


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    folder = tmp_path / "scots"
    shutil.copytree(MADE, folder, ignore=shutil.ignore_patterns("*.sql"))
    for name in ("catalog", "mlflow"):
        script = (MADE / f"{name}.sql").read_text(encoding="utf-8")
        connection = sqlite3.connect(folder / f"{name}.db")
        connection.executescript(script.replace("WORKSPACE", str(folder)))
        connection.close()
    return audioset.open_workspace(folder)


def test_manifests_and_decisions_are_read(ws: Workspace) -> None:
    description = ws.describe()
    assert (description.num_clips, description.num_rejected) == (5, 1)
    (decision,) = ws.history(FIRST)
    assert (decision.decided_by, decision.decision.value) == ("editor", "aye")


def test_the_version_is_whole_and_says_what_was_decided(ws: Workspace) -> None:
    assert ws.verify(decode=True).problems == ()
    assert [str(alias.ref) for alias in ws.aliases()] == ["scots@v1"]
    clip = ws.open("scots@prod")[FIRST]
    assert (clip.row.text, clip.samples.shape) == ("aye", (2000,))


def test_models_are_traced_both_ways(ws: Workspace) -> None:
    assert [model.name for model in ws.lineage("scots@v1").models] == ["greeter"]
    consumed = ws.clips_behind(MODEL)
    (version,) = consumed.versions
    assert (version.num_consumed, version.known_by) == (5, "receipt")
    assert [model.name for model in ws.lineage_of_clip(FIRST).models] == ["greeter"]


def test_it_is_published_and_trained_on(ws: Workspace) -> None:
    assert ws.publish().unchanged
    add_source(ws, "talk 2.mp4", 2, speaker="speaker2", split="train")
    made = ws.publish(message="second")
    assert (made.record.version, made.record.num_clips, made.tracking_error) == (2, 7, None)
    assert len(ws.diff("scots@v1", "scots@v2").added) == 2
    with ws.training_run("scots@v2"):
        assert len(list(ws.open("scots@v2"))) == 7
        mlflow.log_metric("test_accuracy", 0.75)
    assert [run.run_id for run in ws.lineage("scots@v2").runs] != []
    assert len(ws.compare().runs) == 2
