"""A published version and an MLflow database for every test, made once and copied."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import audioset
from audioset.errors import MovedWarning
from audioset.records.lineage import Lineage
from audioset.records.version import VersionRecord
from audioset.storage.store import open_store
from audioset.storage.tables import list_manifests, read_manifest
from audioset.tracking.client.client import mlflow_call, prepare_backend
from audioset.tracking.lineage.trace import trace
from audioset.versions.publish.publish import Publication, publish_table
from audioset.workspace import Workspace
from tests.workspaces import add_source, changed, make_workspace

# A name that needs care in URLs, in SQLite URIs and in file:// locations.
FOLDER = "my data #1 é"


def publish(ws: Workspace, message: str = "") -> Publication:
    """Publish the working clips, without MLflow."""
    import pyarrow as pa

    table = pa.concat_tables(read_manifest(path) for path in list_manifests(ws.manifests_dir))
    return publish_table(
        table,
        clips_dir=ws.clips_dir,
        store=open_store(ws.settings.store),
        dataset=ws.name,
        message=message,
    )


@dataclass(frozen=True)
class Published:
    """A workspace with one published version, `scots@v1`, and an empty MLflow database."""

    ws: Workspace
    publication: Publication

    @property
    def record(self) -> VersionRecord:
        return self.publication.record

    def publish_more(self) -> VersionRecord:
        """Publish one more source as the next version."""
        number = len(list(self.ws.manifests_dir.glob("*.parquet")))
        add_source(self.ws, f"more {number}.mp4", 2, speaker=f"new{number}")
        return publish(self.ws).record

    def trace(self, subject: str) -> Lineage:
        return trace(subject, self.ws.tracking, self.ws.store)


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Published:
    folder = tmp_path_factory.mktemp("tracking") / FOLDER
    ws = make_workspace(folder, sources=2, clips_per_source=3)
    # Told outright: this runs before the environment is cleaned for a test.
    ws = changed(ws, tracking=f"sqlite:///{folder}/mlflow.db")
    publication = publish(ws, "the first | version")
    with mlflow_call(ws.tracking):
        prepare_backend(ws.tracking)
    return Published(ws, publication)


@pytest.fixture
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The current folder is empty and must stay so; no run is left open."""
    import mlflow

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    yield
    while mlflow.active_run() is not None:
        mlflow.end_run("KILLED")
    mlflow.set_tracking_uri(None)
    assert not list(elsewhere.iterdir()), "MLflow wrote to the current folder"


@pytest.fixture
def published(_template: Published, _elsewhere: None, tmp_path: Path) -> Published:
    """A copy of the template."""
    workspace = tmp_path / FOLDER
    shutil.copytree(_template.ws.folder, workspace)
    return replace(_template, ws=audioset.open_workspace(workspace=workspace))


Make = Callable[[Published], None]
_MADE: dict[Make, Published] = {}  # once for all modules of tests: each takes seconds


@pytest.fixture
def made_once(
    _template: Published,
    _elsewhere: None,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[Make], Published]:
    """Gives a copy of what a function makes of the template, to do with it what a test likes."""
    import mlflow

    def copy_of(make: Make) -> Published:
        if make not in _MADE:
            first = tmp_path_factory.mktemp("made") / FOLDER
            shutil.copytree(_template.ws.folder, first)
            made = replace(_template, ws=audioset.open_workspace(first))
            make(made)
            mlflow.set_tracking_uri(None)
            _MADE[make] = made
        workspace = tmp_path / FOLDER
        shutil.copytree(_MADE[make].ws.folder, workspace)
        with pytest.warns(MovedWarning):
            return replace(_template, ws=audioset.open_workspace(workspace=workspace))

    return copy_of
