"""Lineage on a team's server: PostgreSQL behind MLflow, versions and artifacts on S3."""

import secrets
from contextlib import closing
from pathlib import Path

import mlflow
import pytest

import audioset
from audioset.tracking.light import open_light
from tests.mlflow_server import mlflow_server
from tests.postgresql import postgresql_url
from tests.servers import s3_url
from tests.tracking.light_answers import answers
from tests.tracking.scale import ask_all, build
from tests.workspaces import changed, make_workspace

__all__ = ["postgresql_url", "s3_url"]


@pytest.mark.timeout(1800)  # a new server takes over a minute on a busy machine
@pytest.mark.parametrize(
    ("num_versions", "num_runs", "num_models"),
    [(3, 12, 10), pytest.param(20, 3000, 300, marks=pytest.mark.slow)],
)
def test_every_question_is_answered_right(
    tmp_path: Path,
    postgresql_url: str,
    s3_url: str,
    num_versions: int,
    num_runs: int,
    num_models: int,
) -> None:
    made = make_workspace(tmp_path / "scots", sources=0)
    with mlflow_server(postgresql_url, secrets.token_hex(8)) as url:
        ws = changed(made, store=s3_url, tracking=url)
        truth = build(ws, num_versions=num_versions, num_runs=num_runs, num_models=num_models)
        # Whoever asks has neither workspace nor catalog: an empty folder, and two addresses.
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        truth.ws = audioset.open_workspace(workspace=elsewhere, store=s3_url, tracking=url)
        for address in (url, postgresql_url):
            with closing(open_light(address)) as light:
                assert answers(light) == answers(mlflow.MlflowClient(address))
        wrong = [one.question for one in ask_all(truth) if not one.right]
        assert wrong == []
        dataset = truth.ws.open("scots@v1")
        with truth.ws.training_run("scots@v1") as pin:
            heard = next(iter(dataset)).row.clip_id
        lineage = truth.ws.lineage_of_clip(heard)
        assert pin.digest == dataset.digest
        assert lineage.runs[-1].run.experiment == "scots-training"
        assert lineage.runs[-1].known_by == "receipt"
        # A version that MLflow was not told of; and all of it answers.
        ws.log()
        stands = ws.status()
        assert (stands.unlogged, [each.state for each in stands.places]) == (
            (),
            ["answers", "not made yet", "answers"],
        )
        assert changed(ws, name="nobody").status().place("tracking").state == "answers"
    assert not list(elsewhere.iterdir())
