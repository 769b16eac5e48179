"""Runs and models from one MLflow to another: lineage answers the same there, from receipts."""

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import mlflow
import pytest
from mlflow.entities import ViewType

from audioset.cli.app import run
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.copy_report import CopiedRuns
from audioset.tracking.copying.copy_runs import COPIED_TAG, WHOLE_TAG
from audioset.workspace import Workspace
from tests.tracking.conftest import Published
from tests.tracking.trained import trained
from tests.workspaces import changed

__all__ = ["trained"]


def copied(ws: Workspace, origin: Path, **named: Any) -> CopiedRuns:
    report = ws.copy(origin=origin, tracking=True, **named)
    assert report.runs is not None
    return report.runs


@pytest.fixture
def team(_template: Published, trained: Published, tmp_path: Path) -> Workspace:
    """The same workspace, with an MLflow of its team, in which nothing is yet."""
    database = tmp_path / "team" / "mlflow.db"
    database.parent.mkdir()
    shutil.copy(_template.ws.folder / "mlflow.db", database)
    with sqlite3.connect(database) as connection:
        connection.execute("DROP TABLE IF EXISTS audioset_homes")
    return changed(trained.ws, tracking=f"sqlite:///{database}")


def answers(ws: Workspace) -> dict[str, Any]:
    """What lineage says, without the ids of runs."""
    clip = ws.open("scots@v1").table["clip_id"][0].as_py()
    told = ws.lineage_of_clip(clip)
    found: dict[str, Any] = {
        "runs": sorted((one.run.name, str(one.version), one.known_by) for one in told.runs),
        "models": sorted((m.name, m.version, m.aliases) for m in told.models),
    }
    for model in ("models:/speakers/1", "models:/speakers@champion", "models:/speakers/2"):
        behind = ws.clips_behind(model)
        found[model] = (
            behind.table["clip_id"].to_pylist(),
            [(str(one.version), one.known_by, one.num_consumed) for one in behind.versions],
        )
    return found


def test_lineage_is_the_same_where_the_runs_are_copied_to(
    trained: Published, team: Workspace
) -> None:
    alone, own = trained.ws, trained.ws.folder / "mlflow.db"
    alone.log()
    planned = copied(team, own, dry_run=True)
    assert (planned.num_added, planned.num_there, planned.incomplete) == (9, 0, ())
    assert copied(team, own, dry_run=True) == planned, "it only told"
    done = copied(team, own)
    assert done == planned
    assert answers(team) == answers(alone)
    assert [run.name for run in team.lineage("scots@v2").runs] == ["two"]

    again = copied(team, own)
    assert (again.num_added, again.num_there) == (0, 9)
    assert (again.models, again.num_models_there) == ((), 2)


@pytest.mark.slow
def test_an_mlflow_is_not_made_only_to_look(trained: Published, tmp_path: Path) -> None:
    team = changed(trained.ws, tracking=f"sqlite:///{tmp_path / 'none.db'}")
    assert copied(team, trained.ws.folder / "mlflow.db", dry_run=True).num_added == 9
    assert not (tmp_path / "none.db").exists()


@pytest.mark.slow
def test_a_copy_that_breaks_off_goes_on(
    trained: Published, team: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = trained.ws.folder / "mlflow.db"
    real = mlflow.MlflowClient.log_artifacts
    calls = 0

    def break_off(*args: Any, **named: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        real(*args, **named)

    monkeypatch.setattr(mlflow.MlflowClient, "log_artifacts", break_off)
    with pytest.raises(KeyboardInterrupt):
        copied(team, own)
    assert calls == 2
    done = copied(team, own)
    assert (done.num_added + done.num_there, done.incomplete) == (9, ())
    assert done.num_there >= 1
    client = mlflow.MlflowClient(tracking_uri=team.settings.tracking)
    ids = [experiment.experiment_id for experiment in client.search_experiments()]
    runs = client.search_runs(ids, f"tags.`{COPIED_TAG}` LIKE '%'", ViewType.ALL)
    assert len({run.data.tags[COPIED_TAG] for run in runs}) == len(runs) == 9
    assert all(WHOLE_TAG in run.data.tags for run in runs)
    assert answers(team) == answers(trained.ws)


@pytest.mark.slow
def test_an_alias_that_names_another_version_there_waits_for_yes(
    trained: Published, team: Workspace
) -> None:
    own = trained.ws.folder / "mlflow.db"
    copied(team, own)
    client = mlflow.MlflowClient(tracking_uri=team.settings.tracking)
    client.set_registered_model_alias("speakers", "champion", "2")
    (problem,) = copied(team, own).incomplete
    assert "speakers@champion names v1 here and v2 at the target; --yes (yes=True" in problem
    assert int(client.get_model_version_by_alias("speakers", "champion").version) == 2
    assert copied(team, own, yes=True).incomplete == ()
    assert int(client.get_model_version_by_alias("speakers", "champion").version) == 1


def test_receipts_that_are_not_where_mlflow_says_are_named(
    published: Published, tmp_path: Path
) -> None:
    ws = published.ws
    with ws.training_run("scots@v1", run_name="only"):
        heard = [clip.row.clip_id for clip in ws.open("scots@v1")]
    artifacts = ws.folder / "mlartifacts"
    artifacts.rename(ws.folder / "elsewhere")
    team = changed(ws, tracking=f"sqlite:///{tmp_path / 'team.db'}")
    (problem,) = copied(team, ws.folder / "mlflow.db").incomplete
    assert "(only): its artifacts cannot be read in" in problem
    assert problem.endswith("its receipt is missing")
    (ws.folder / "elsewhere").rename(artifacts)
    assert copied(team, ws.folder / "mlflow.db").incomplete == ()
    told = team.lineage_of_clip(heard[0])
    assert [(one.run.name, one.known_by) for one in told.runs] == [("only", "receipt")]


def test_what_is_asked_wrongly_is_said(
    trained: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    ws = trained.ws
    with pytest.raises(InvalidInputError, match="is the MLflow of this workspace itself"):
        ws.copy(origin=ws.folder / "mlflow.db", tracking=True)
    with pytest.raises(InvalidInputError, match="one of them at a time"):
        ws.copy(to="x.db", tracking=True, catalog=True)
    with pytest.raises(NotFoundError, match=r"nothing is logged yet .*nothing\.db"):
        ws.copy(origin="nothing.db", tracking=True)
    assert run(["copy", "--tracking", "--to", "team.db", "--dry-run", "-h"]) == 0
