"""A comparison of real runs: ranked, shown, written, logged."""

import json
from dataclasses import replace
from pathlib import Path

import mlflow
import pyarrow.parquet as pq
import pytest

from audioset.cli.app import run as command
from audioset.cli.screens.experiments.compare import show_comparison
from audioset.errors import InvalidInputError
from audioset.experiments.compare.compare import choose_metric, differing_params, rank
from audioset.records.comparison import ComparedRun
from tests.experiments.compared import make_comparison, make_run
from tests.tracking.conftest import Published


def test_the_best_stand_first_and_runs_without_the_metric_last() -> None:
    runs = [
        make_run(n, 1, metrics=m) for n, m in enumerate([{"a": 0.5}, {}, {"a": 0.9}, {"b": 1.0}])
    ]
    assert [run.run_id[-1] for run in rank(runs, "a", "max")] == ["2", "0", "1", "3"]
    assert [run.run_id[-1] for run in rank(runs, "a", "min")] == ["0", "2", "1", "3"]


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["cv_accuracy", "test_wer", "f1"], "test_wer"),
        (["train_accuracy", "f1"], "f1"),
        (["train_accuracy"], "train_accuracy"),
        (["num_clips", "length_seconds", "loss"], "loss"),
        (["num_clips", "length_seconds", "hours"], ""),  # sizes of the data, as an aligner has
        ([], ""),
    ],
)
def test_runs_are_ranked_by_a_metric_of_the_test_set(names: list[str], chosen: str) -> None:
    assert choose_metric(names) == chosen


def test_params_differ_also_where_a_run_lacks_one() -> None:
    one = {"depth": "3", "search.depth": "3", "same": "x", "data_digest": "1"}
    other = {"same": "x", "data_digest": "2", "code_commit": "y"}
    runs = [make_run(1, 1, params=one), make_run(2, 1, params=other)]
    assert differing_params(runs) == ("depth",)


def test_real_runs_are_compared_and_written(trained: Published, tmp_path: Path) -> None:
    table = tmp_path / "runs.parquet"
    found = trained.ws.compare(output=table)
    assert (found.metric, found.direction) == ("test_accuracy", "max")
    assert [run.name for run in found.runs][:2] == ["two", "one"]
    assert (found.params, found.importance) == (("depth",), None)
    assert found.curve is not None
    assert [point.data for point in found.curve.points] == ["scots@v1", "scots@v2"]
    rows = pq.read_table(table).to_pylist()
    assert [row["run_id"] for row in rows] == [run.run_id for run in found.runs]
    assert rows[0]["metrics.test_accuracy"] == 0.8
    assert (rows[0]["params.depth"], rows[0]["params.data_version"]) == ("3", "scots@v2")
    assert rows[1]["models"] == "speakers v1 @champion"
    with pytest.raises(InvalidInputError, match="has a metric 'nope'; they have test_accuracy, cv"):
        trained.ws.compare("scots", metric="nope")


def test_a_comparison_is_logged_beside_the_versions_and_never_compared(
    trained: Published, tmp_path: Path
) -> None:
    ws = trained.ws
    found = ws.compare(log=True)
    assert found.importance is not None
    assert "it takes at least 10" in found.importance.refused
    client = mlflow.MlflowClient(ws.settings.tracking)
    run = client.get_run(found.logged_as)
    assert client.get_experiment(run.info.experiment_id).name == "audioset/scots"
    assert (run.info.run_name, run.data.tags["audioset.kind"]) == ("comparison", "comparison")
    assert run.data.metrics == {"num_runs": 5.0, "best_test_accuracy": 0.8}
    names = {item.path for item in client.list_artifacts(found.logged_as)}
    assert names == {"compare.html", "runs.csv", "learning_curve.png"}
    assert "scots@v2" in run.data.tags["mlflow.note.content"]
    assert len(ws.compare().runs) == 5


def test_the_command_line_shows_what_differs(
    trained: Published,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("AUDIOSET_WORKSPACE", str(trained.ws.folder))
    assert command(["compare", "scots-training"]) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert lines[0].split() == [
        "run",
        "name",
        "data",
        "clips",
        "length",
        "test_accuracy",
        "depth",
        "registered",
        "as",
    ]
    assert lines[2].split()[1:] == ["two", "scots@v2", "3", "0:00:01", "0.8", "3", "speakers", "v2"]
    assert "scots@v2 cannot be compared" not in printed.out
    assert "3 runs, ranked by test_accuracy (max)" in printed.err
    assert command(["compare", "scots@v1", "--rows", "1", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["runs"]) == 4
    page = tmp_path / "compare.html"
    assert command(["compare", "--rows", "1", "--report", str(page)]) == 0
    printed = capsys.readouterr()
    assert "5 runs, ranked by test_accuracy (max); 4 more" in printed.err
    assert f"written to {page}" in printed.err
    assert "nothing explains it: 2 runs have test_accuracy" in printed.err
    assert command(["compare", "--direction", "up"]) == 2
    assert command(["compare", "nobody"]) == 1
    assert "no run was trained on a dataset 'nobody'" in capsys.readouterr().err


def test_the_screen_tells_what_failed_and_with_which_arguments(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def shown(*runs: ComparedRun) -> str:
        show_comparison(make_comparison(list(runs), "acc"), 10, written=(), as_json=False)
        return capsys.readouterr().out

    one = replace(make_run(1, metrics={"acc": 0.5}), command="python train.py 13")
    two = replace(make_run(2), command="python train.py 20", status="FAILED")
    table = shown(one, two).splitlines()
    assert {"status", "arguments"} <= set(table[0].split())
    assert "13" in table[2].split()
    assert {"20", "failed"} <= set(table[3].split())
    assert "status" not in shown(one, replace(one, run_id="b")).split()
    assert shown(two, replace(two, run_id="b")).split().count("failed") == 2
