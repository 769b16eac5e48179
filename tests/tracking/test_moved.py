"""A workspace that was renamed, moved or copied: its runs and models are found where it is now."""

import hashlib
import shutil
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mlflow
import pytest
from sklearn.dummy import DummyClassifier

import audioset
from audioset.errors import MovedWarning, TrackingError
from audioset.tracking.models.aligners import fetch_aligner, register_aligner
from audioset.workspace import Workspace
from tests.adversity import remount, small_disk
from tests.tracking.conftest import FOLDER, Published

PLACES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
    ("datasets", "dataset_source"),
)


@dataclass(frozen=True)
class Trained:
    """A workspace with a published version, a model trained on it, and an aligner.

    Attributes:
        folder: of the workspace.
        run_id: of the training.
        elsewhere: an experiment whose files lie outside of the workspace.
    """

    folder: Path
    run_id: str
    elsewhere: Path


@pytest.fixture(scope="module")
def _made(_template: Published, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trained]:
    root = tmp_path_factory.mktemp("moved")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.chdir(root)
        ws = audioset.open_workspace(_copy(_template.ws.folder, root / FOLDER))
        with ws.training_run("scots@v1") as pin:
            run_id = mlflow.active_run().info.run_id
            labels = [clip.row.clip_id for clip in ws.open(pin.name)]
            model = DummyClassifier().fit([[number] for number in range(len(labels))], labels)
            mlflow.log_text("as it was said", "note.txt")
            mlflow.sklearn.log_model(
                model,
                name="model",
                registered_model_name="kettle",
                pip_requirements=["scikit-learn"],
            )
        with ws.training_run("scots@v1"):
            register_aligner(
                b"phones", ws.tracking, name="ears", aliases=("best",), params={}, metrics={}
            )
        mlflow.set_tracking_uri(ws.settings.tracking)
        mlflow.create_experiment("in it", str(ws.folder / "of mine"))
        elsewhere = root / "of another"
        mlflow.create_experiment("elsewhere", elsewhere.as_uri())
        mlflow.set_tracking_uri(None)
        yield Trained(ws.folder, run_id, elsewhere)


@pytest.fixture
def first(_made: Trained, tmp_path: Path) -> Iterator[Trained]:
    """A workspace of one's own, that is where it has always been."""
    folder = tmp_path / "first"
    _copy(_made.folder, folder)
    with pytest.warns(MovedWarning):
        audioset.open_workspace(folder)
    yield Trained(folder, _made.run_id, _made.elsewhere)
    mlflow.set_tracking_uri(None)


def _copy(old: Path, new: Path) -> Path:
    shutil.copytree(old, new)
    return new


def _bytes_of(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
    }


def _places(folder: Path) -> list[str]:
    """Give all places that MLflow's database names."""
    connection = sqlite3.connect(folder / "mlflow.db")
    found = [
        row[0]
        for table, column in PLACES
        for row in connection.execute(f"SELECT {column} FROM {table}")
    ]
    connection.close()
    return sorted(found)


def _moved(folder: Path, *, tracking: str | None = None) -> tuple[Workspace, str]:
    """Open a workspace that is not where it was; gives what was told, too."""
    with pytest.warns(MovedWarning) as told:
        ws = audioset.open_workspace(folder, tracking=tracking)
    (one,) = told
    return ws, str(one.message)


def _settled(folder: Path) -> Workspace:
    """Open a workspace that is where it was: nothing is told."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return audioset.open_workspace(folder)


def _require_all_works(ws: Workspace, run_id: str) -> None:
    """Read what was logged and what was published, from the files of this workspace alone."""
    assert ws.recipe("models:/kettle/1").pins[0].name == "scots@v1"
    (behind,) = ws.clips_behind("models:/kettle/1").versions
    assert (behind.known_by, behind.why, behind.num_consumed) == ("receipt", "", 6)
    assert fetch_aligner("models:/ears@best", ws.tracking)[0] == b"phones"
    mlflow.set_tracking_uri(ws.tracking.uri)
    model = mlflow.sklearn.load_model("models:/kettle/1")
    assert len(model.classes_) == 6
    note = Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="note.txt"))
    assert note.read_text() == "as it was said"
    mlflow.set_tracking_uri(None)
    assert len(list(ws.open("scots@v1"))) == 6
    assert ws.publish().unchanged
    assert ws.describe().num_clips == 6


def _train_in(ws: Workspace) -> str:
    with ws.training_run("scots@v1"):
        run_id: str = mlflow.active_run().info.run_id
        mlflow.log_text("new", "note.txt")
    return run_id


def test_a_renamed_workspace_works_and_says_so_once(first: Trained, tmp_path: Path) -> None:
    now = first.folder.rename(tmp_path / "Renamed % #2")
    _, told = _moved(now)
    assert told == (
        f"this workspace was in {first.folder} and is in {now} now; MLflow looks for the files of "
        "its runs and models here"
    )
    _require_all_works(_settled(now), first.run_id)
    assert not first.folder.exists(), "nothing makes the old folder again"
    assert [place for place in _places(now) if str(first.folder) in place] == []
    assert first.elsewhere.as_uri() in _places(now), "what lies elsewhere stays"
    assert str(now / "of mine") in _places(now)
    back = now.rename(first.folder)
    _moved(back)
    _require_all_works(_settled(back), first.run_id)


def test_a_copy_is_its_own(first: Trained, tmp_path: Path) -> None:
    _settled(first.folder)
    before = _bytes_of(first.folder)
    copy = _copy(first.folder, tmp_path / "copy é")
    ws, _ = _moved(copy)
    run_id = _train_in(ws)
    _require_all_works(ws, first.run_id)
    assert list((copy / "mlartifacts").rglob(f"{run_id}/artifacts/note.txt"))
    assert _bytes_of(first.folder) == before, "the first one is not touched"
    again = _copy(copy, tmp_path / "copy of the copy")
    of_copy = _bytes_of(copy)
    _require_all_works(_moved(again)[0], first.run_id)
    assert _bytes_of(copy) == of_copy
    assert _bytes_of(first.folder) == before
    _require_all_works(_settled(first.folder), first.run_id)


def test_a_workspace_of_a_release_that_did_not_remember(first: Trained, tmp_path: Path) -> None:
    """It went on in the new folder, and wrote what it logged there into the old one."""
    _forget_homes(first.folder)
    now = _copy(first.folder, tmp_path / "now")
    late = first.folder / "mlartifacts" / "scots-training" / "late" / "artifacts"
    late.mkdir(parents=True)
    with sqlite3.connect(now / "mlflow.db") as connection:
        connection.execute(
            "UPDATE runs SET artifact_uri = ? WHERE run_uuid != ? AND experiment_id = "
            "(SELECT experiment_id FROM experiments WHERE name = 'scots-training')",
            (late.as_uri(), first.run_id),
        )
    ws, told = _moved(now)
    assert told.endswith(f"but for 1 whose files are in {first.folder} alone")
    assert late.as_uri() in _places(now)
    assert ws.recipe("models:/kettle/1").run_id == first.run_id
    _settled(now)


def test_a_database_deeper_in_the_workspace_is_known_by_its_experiments(
    first: Trained, tmp_path: Path
) -> None:
    _forget_homes(first.folder)
    deep = first.folder / "runs" / "deep"
    deep.mkdir(parents=True)
    for name in ("mlflow.db", "mlartifacts"):
        (first.folder / name).rename(deep / name)
    with sqlite3.connect(deep / "mlflow.db") as connection:
        for table, column in PLACES:
            connection.execute(
                f"UPDATE {table} SET {column} = replace({column}, ?, ?)",
                ("/first/mlartifacts/", "/first/runs/deep/mlartifacts/"),
            )
    now = first.folder.rename(tmp_path / "now")
    ws, told = _moved(now, tracking="sqlite:///runs/deep/mlflow.db")
    assert f"was in {first.folder} and is in {now} now" in told
    _require_all_works(ws, first.run_id)


def _forget_homes(folder: Path) -> None:
    with sqlite3.connect(folder / "mlflow.db") as connection:
        connection.execute("DROP TABLE audioset_homes")


def test_a_run_that_had_not_ended_is_told(first: Trained, tmp_path: Path) -> None:
    with sqlite3.connect(first.folder / "mlflow.db") as connection:
        connection.execute("UPDATE runs SET status = 'RUNNING' WHERE run_uuid = ?", (first.run_id,))
    copy = _copy(first.folder, tmp_path / "copy")
    shutil.rmtree(next((copy / "mlartifacts").rglob(first.run_id)))  # nothing was written yet
    _, told = _moved(copy)
    assert told.endswith(
        f"{first.run_id} had not ended: if it goes on, what it still writes goes to {first.folder}"
    )
    assert not [place for place in _places(copy) if str(first.folder) in place]


def test_a_workspace_that_moves_during_a_run_is_not_made_again(
    first: Trained, tmp_path: Path
) -> None:
    ws = audioset.open_workspace(first.folder)
    run = ws.training_run("scots@v1")
    run.__enter__()
    assert len(list(ws.open("scots@v1"))) == 6
    first.folder.rename(tmp_path / "now")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        run.__exit__(None, None, None)
    assert "is gone: the workspace was moved, renamed or removed" in str(told[0].message)
    assert not first.folder.exists()


def test_processes_that_open_it_at_once_agree(first: Trained, tmp_path: Path) -> None:
    now = first.folder.rename(tmp_path / "now")
    code = "import sys, audioset; audioset.open_workspace(sys.argv[1])"
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(now)], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    said = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0] * 4, said
    assert sum("MovedWarning" in text for text in said) == 1
    _require_all_works(_settled(now), first.run_id)


def test_a_database_that_others_have_for_themselves_is_told(
    first: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audioset.tracking.moves.follow.LOCK_SECONDS", 0.01)
    now = first.folder.rename(tmp_path / "now")
    other = sqlite3.connect(now / "mlflow.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TrackingError, match=r"mlflow\.db is in use by another process"):
        audioset.open_workspace(now)
    other.execute("ROLLBACK")
    other.close()
    _moved(now)


def test_a_copy_that_cannot_be_written_is_read(first: Trained, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 20_000_000) as disk:
        copy = _copy(first.folder, disk / "ws")
        shutil.rmtree(first.folder)
        remount(disk, "ro")
        ws, told = _moved(copy)
        assert told.endswith("so it is read from a copy, and nothing can be logged")
        assert ws.recipe("models:/kettle/1").pins[0].name == "scots@v1"
        (behind,) = ws.clips_behind("models:/kettle/1").versions
        assert behind.known_by == "receipt"
        assert fetch_aligner("models:/ears@best", ws.tracking)[0] == b"phones"
        with pytest.raises(TrackingError, match="readonly"), ws.training_run("scots@v1"):
            raise AssertionError


def test_a_database_outside_of_the_workspace_is_left_alone(first: Trained, tmp_path: Path) -> None:
    """Others use it, from their own folders."""
    other = audioset.init(tmp_path / "other", name="other")
    before = _bytes_of(first.folder)
    tracking = f"sqlite:///{first.folder}/mlflow.db"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ws = audioset.open_workspace(other.folder, tracking=tracking)
        assert fetch_aligner("models:/ears@best", ws.tracking)[0] == b"phones"
    assert _bytes_of(first.folder) == before


def test_a_file_that_is_no_database_is_told_by_mlflow(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "ws", name="scots")
    (ws.folder / "mlflow.db").write_bytes(b"no database at all" * 100)
    _settled(ws.folder)
    with pytest.raises(TrackingError, match="no SQLite database"):
        ws.recipe("models:/kettle/1")
