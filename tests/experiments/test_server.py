"""A search and a reproduction on a team's server: PostgreSQL behind MLflow, artifacts on S3."""

import os
import secrets
from pathlib import Path

import mlflow
import pytest

from audioset.records.search_report import SearchOptions
from tests.mlflow_server import mlflow_server
from tests.postgresql import postgresql_url
from tests.servers import s3_url, start_s3
from tests.workspaces import changed, make_workspace

__all__ = ["postgresql_url", "s3_url"]

# Plain MLflow with two lines of audioset; it registers and crowns its model each time.
SCRIPT = """\
import sys
import audioset, mlflow
from sklearn.linear_model import Ridge

with mlflow.start_run():
    audioset.pin(sys.argv[1])
    rows = [[clip.row.start_seconds, len(clip.samples)] for clip in audioset.open(sys.argv[1])]
    model = Ridge(alpha=float(sys.argv[2])).fit(rows, range(len(rows)))
    mlflow.log_metric("score", model.score(rows, range(len(rows))))
    made = mlflow.sklearn.log_model(model, name="model", registered_model_name="scots")
    version = made.registered_model_version
    mlflow.MlflowClient().set_registered_model_alias("scots", "champion", version)
"""


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_search_and_a_reproduction_on_a_server(
    tmp_path: Path, postgresql_url: str, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_workspace(tmp_path / "scots", sources=2, clips_per_source=4)
    s3 = start_s3().environment
    for name, text in s3.items():
        monkeypatch.setenv(name, text)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fit.py").write_text(SCRIPT)
    with mlflow_server(postgresql_url, secrets.token_hex(8)) as url:
        ws = changed(made, store=s3_url, tracking=url)
        ws.publish()
        options = SearchOptions(metric="score", trials=3, jobs=2, register="scots")
        report = ws.search(
            ["fit.py", "scots@v1?length_seconds > {least}", "{alpha}"],
            {"alpha": "log:0.001..10", "least": "0..0.1"},
            options,
        )
        assert [trial.state for trial in report.trials] == ["done"] * 3
        assert report.model == "models:/scots/1"
        client = mlflow.MlflowClient(url)
        assert client.get_registered_model("scots").aliases == {}, "the trials crowned elsewhere"
        (model,) = client.search_model_versions("name = 'scots'")
        assert report.best is not None
        assert model.run_id == report.best.run_id
        assert model.tags["audioset.dataset"] == "scots@v1"
        names = {item.path for item in client.list_artifacts(report.run_id, "search")}
        assert {"search/search.html", "search/trials.csv"} <= names

        result = ws.reproduce("models:/scots/1")
        assert result.is_same
        assert client.get_registered_model("scots").aliases == {}
        assert len(client.search_model_versions("name = 'scots'")) == 1
    assert "AUDIOSET_SPARE_REGISTRY" not in os.environ
