"""A model of MLflow writes texts under its own name and number, which lineage follows."""

from pathlib import Path

import pytest

from audioset.errors import InvalidInputError, NotFoundError
from audioset.tracking.client.client import mlflow_call, open_client
from audioset.tracking.run.pins import pinned_run
from audioset.workspace import Workspace
from tests.plugin_packages import install
from tests.tracking.conftest import Published
from tests.workspaces import add_source

READER = """
from audioset.plugins import Hypothesis

class Reader:
    def __init__(self, weights):
        self.name, self.version = weights.name, weights.version
        self._said = (weights.folder / "said.txt").read_text()

    def transcribe(self, sounds, languages):
        return [Hypothesis(self._said, 0.75) for _ in sounds]

def open_reader(weights, threads):
    return Reader(weights)
"""
POINT = "[audioset.transcribers]\nreader = reader:open_reader\n"


def register_folder(ws: Workspace, folder: Path, name: str, alias: str) -> None:
    """Register the files of a folder as a model, by the run that is active."""
    import mlflow

    run = mlflow.active_run()
    assert run is not None
    with mlflow_call(ws.tracking):
        client = open_client(ws.tracking)
        client.log_artifacts(run.info.run_id, str(folder), "weights")
        if not client.search_registered_models(f"name = '{name}'"):
            client.create_registered_model(name)
        source = f"{run.info.artifact_uri}/weights"
        version = client.create_model_version(name, source, run.info.run_id)
        client.set_registered_model_alias(name, alias, version.version)


def test_the_chain_goes_from_clips_to_a_model_and_its_texts_to_the_next_version(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = published.ws
    install(tmp_path / "reader", monkeypatch, package="reader", code=READER, points=POINT)
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "said.txt").write_text("Aye, right")
    for _ in range(2):
        with pinned_run(published.record, ws.tracking, ws.store, ws.split_options):
            register_folder(ws, tmp_path / "weights", "asr", "best")

    add_source(ws, "new.mp4", 2)
    report = ws.transcribe(model="reader:models:/asr@best")
    assert (report.text_source, report.num_written) == ("model:asr@2", 2)
    again = ws.transcribe(model="reader:models:/asr/1", again=True)
    assert (again.text_source, again.num_written) == ("model:asr@1", 2)

    second = ws.publish().record
    assert str(second.ref) == "scots@v2"
    lineage = ws.lineage("scots@v2")
    assert [(t.model, t.model_version, t.num_clips) for t in lineage.texts] == [("asr", "1", 2)]
    assert [part.subject for part in lineage.beyond] == ["models:/asr/1"]
    rows = ws.open("scots@v2").to_pandas()
    assert set(rows["hypothesis"].dropna()) == {"Aye, right"}


def test_a_model_that_is_not_there_is_told(published: Published) -> None:
    add_source(published.ws, "new.mp4", 1)
    with pytest.raises(NotFoundError, match="models:/nobody@best"):
        published.ws.transcribe(model="models:/nobody@best")
    with pytest.raises(InvalidInputError, match="does not name a model"):
        published.ws.transcribe(model="models:/nobody")
