"""A model of MLflow writes texts under its own name and number, which lineage follows."""

from pathlib import Path

import pytest

import audioset
from audioset.errors import InvalidInputError, NotFoundError
from audioset.settings import Settings
from audioset.tracking.client.client import mlflow_call, open_client
from audioset.tracking.run.pins import pinned_run
from tests.plugin_packages import install
from tests.tracking.conftest import Published
from tests.workspaces import add_source

READER = """
from audioset.records.plugin_contracts import Hypothesis

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


def register_folder(settings: Settings, folder: Path, name: str, alias: str) -> None:
    """Register the files of a folder as a model, by the run that is active."""
    import mlflow

    run = mlflow.active_run()
    assert run is not None
    with mlflow_call(settings):
        client = open_client(settings)
        client.log_artifacts(run.info.run_id, str(folder), "weights")
        if not client.search_registered_models(f"name = '{name}'"):
            client.create_registered_model(name)
        source = f"{run.info.artifact_uri}/weights"
        version = client.create_model_version(name, source, run.info.run_id)
        client.set_registered_model_alias(name, alias, version.version)


def test_the_chain_goes_from_clips_to_a_model_and_its_texts_to_the_next_version(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = published.settings
    install(tmp_path / "reader", monkeypatch, package="reader", code=READER, points=POINT)
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "said.txt").write_text("Aye, right")
    for _ in range(2):
        with pinned_run(published.record, settings):
            register_folder(settings, tmp_path / "weights", "asr", "best")

    add_source(settings, "new.mp4", 2)
    report = audioset.transcribe(model="reader:models:/asr@best", settings=settings)
    assert (report.text_source, report.num_written) == ("model:asr@2", 2)
    again = audioset.transcribe(model="reader:models:/asr/1", again=True, settings=settings)
    assert (again.text_source, again.num_written) == ("model:asr@1", 2)

    second = audioset.publish(settings=settings).record
    assert str(second.ref) == "scots@v2"
    lineage = audioset.lineage("scots@v2", settings=settings)
    assert [(t.model, t.model_version, t.num_clips) for t in lineage.texts] == [("asr", "1", 2)]
    assert [part.subject for part in lineage.beyond] == ["models:/asr/1"]
    rows = audioset.open("scots@v2", settings=settings).to_pandas()
    assert set(rows["hypothesis"].dropna()) == {"Aye, right"}


def test_a_model_that_is_not_there_is_told(published: Published) -> None:
    add_source(published.settings, "new.mp4", 1)
    with pytest.raises(NotFoundError, match="models:/nobody@best"):
        audioset.transcribe(model="models:/nobody@best", settings=published.settings)
    with pytest.raises(InvalidInputError, match="does not name a model"):
        audioset.transcribe(model="models:/nobody", settings=published.settings)
