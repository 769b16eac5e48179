"""MLflow's database, read without MLflow: the same answers, and none where that is not sure.

A server and PostgreSQL are held against MLflow's client in `test_server.py`.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import mlflow
import pytest

from audioset.tracking.client.dataset_input import dataset_input
from audioset.tracking.client.questions import mlflow_questions
from audioset.tracking.light import (
    ALSO_DELETED,
    CannotAnswerError,
    MissingError,
    databases,
    open_light,
)
from audioset.tracking.light.entities import ONLY_ACTIVE
from audioset.tracking.light.filters import parse_run_filter
from audioset.tracking.light.server import is_plain_server
from audioset.tracking.published.version_run import log_version
from tests.tracking.conftest import Published
from tests.tracking.light_answers import answers


def make_runs(published: Published) -> mlflow.MlflowClient:
    """Log a version and runs that read it, some deleted, with models and aliases."""
    ws = published.ws
    log_version(published.record, ws.tracking, ws.store, ws.split_options)
    client = mlflow.MlflowClient(ws.tracking.uri)
    client.create_registered_model("a model")
    client.create_registered_model("nobody's")
    for name in ("of mine", "given up"):
        folder = (ws.folder / name).as_uri()
        experiment = client.create_experiment(name, artifact_location=folder)
        for number in range(3):
            tags = {"audioset.kind": ("trial", "Dataset_Version", "é '%'")[number]}
            run_id = client.create_run(experiment, run_name=f"r {number}", tags=tags).info.run_id
            if number:
                context = ("training", "test")[number - 1]
                client.log_inputs(
                    run_id, [dataset_input(published.record, ws.store, context=context)]
                )
                client.create_model_version("a model", f"runs:/{run_id}/m", run_id)
            client.set_terminated(run_id, ("RUNNING", "FINISHED", "FAILED")[number])
        client.delete_run(run_id)
    client.set_registered_model_alias("a model", "prod", "2")
    client.set_registered_model_alias("a model", "next", "3")
    client.delete_model_version("a model", "4")
    client.delete_experiment(experiment)
    return client


def changed_database(published: Published, change: str) -> str:
    """Write something to the database, and give its address."""
    uri = published.ws.tracking.uri
    with closing(sqlite3.connect(uri.removeprefix("sqlite:///"))) as connection:
        connection.execute(change)
        connection.commit()
    return uri


def test_a_file_answers_as_mlflow_does_and_stays_as_it_is(published: Published) -> None:
    client = make_runs(published)
    file = Path(client.tracking_uri.removeprefix("sqlite:///"))
    before = file.read_bytes()
    with closing(open_light(client.tracking_uri)) as light:
        assert answers(light) == answers(client)
        for question, *values in (
            ("get_run", "0" * 32),
            ("get_model_version", "a model", "4"),
            ("get_model_version_by_alias", "a model", "gone"),
            ("get_registered_model", "gone"),
        ):
            with pytest.raises(MissingError):
                getattr(light, question)(*values)
            with pytest.raises(mlflow.MlflowException):
                getattr(client, question)(*values)
    assert file.read_bytes() == before
    assert (ONLY_ACTIVE, ALSO_DELETED) == (
        mlflow.entities.ViewType.ACTIVE_ONLY,
        mlflow.entities.ViewType.ALL,
    )


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE alembic_version SET version_num = 'ffffffffffff'",
        "DROP TABLE alembic_version",
        "UPDATE experiments SET workspace = 'of others'",
    ],
)
def test_tables_that_are_not_known_are_not_read(published: Published, change: str) -> None:
    with pytest.raises(CannotAnswerError):
        open_light(changed_database(published, change))


def test_where_models_are_kept_elsewhere_mlflow_is_asked(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", "sqlite:///elsewhere.db")
    with pytest.raises(CannotAnswerError):
        open_light(published.ws.tracking.uri)


def test_what_the_light_client_does_not_know_mlflow_answers(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = make_runs(published).search_runs(["1"])[0].info.run_id
    tracking = published.ws.tracking
    with mlflow_questions(tracking) as client:
        assert not hasattr(client.get_run(run_id).data, "metrics")  # it was the light one
        assert client.get_metric_history(run_id, "num_clips")
        assert client.get_run(run_id).data.metrics  # MLflow is there now: it goes on
    monkeypatch.setattr(databases, "KNOWN_REVISIONS", ())
    with mlflow_questions(tracking) as client:
        assert client.get_run(run_id).data.metrics


@pytest.mark.parametrize(
    "text", ["metrics.wer < 1", "tags.`a` != 'b'", "tags.`a` = 'b' or tags.`c` = 'd'"]
)
def test_a_condition_that_is_not_known_is_not_guessed(text: str) -> None:
    with pytest.raises(CannotAnswerError):
        parse_run_filter(text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("MLFLOW_TRACKING_AUTH", "kubernetes"),
        ("MLFLOW_TRACKING_AWS_SIGV4", "true"),
        ("MLFLOW_WORKSPACE", "ours"),
        ("NETRC", "/nowhere"),
    ],
)
def test_ways_in_that_only_mlflow_knows_are_left_to_it(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert is_plain_server()
    monkeypatch.setenv(name, text)
    assert not is_plain_server()
    monkeypatch.delenv(name)
    (tmp_path / ".mlflow").mkdir()
    (tmp_path / ".mlflow" / "credentials").touch()
    assert not is_plain_server()
