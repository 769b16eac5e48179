"""The commands search and reproduce: what they take, what they show, and how they end."""

import json
import re
from pathlib import Path

import pytest

import audioset
from audioset.cli.app import run
from audioset.cli.screens.experiments.reproduce import show_reproduction
from audioset.cli.screens.experiments.search import show_search, tell_trial
from audioset.records.recipe import CodeState, Recipe
from audioset.records.reproduction import MetricPair, Reproduction
from audioset.records.search_report import SearchReport, SearchTrial

BEST = SearchTrial(
    number=1,
    state="done",
    value=0.9625,
    params={"C": "3.2", "kernel": "rbf"},
    run_id="b" * 32,
    seconds=61.0,
)
FAILED = SearchTrial(
    number=0,
    state="failed",
    value=None,
    params={"C": "0.5", "kernel": "rbf"},
    run_id="a" * 32,
    seconds=2.0,
    reason="exit status 1: no microphone",
)
REPORT = SearchReport(
    study="fit",
    metric="f1",
    direction="max",
    trials=(FAILED, BEST),
    num_wanted=3,
    best=BEST,
    run_id="c" * 32,
    experiment="scots-training",
    model="models:/accent/4",
)


def test_a_search_shows_the_best_values_and_where_the_rest_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_search(REPORT, as_json=False)
    shown = capsys.readouterr()
    lines = [line.split() for line in shown.out.splitlines()]
    assert shown.out.startswith(
        "search fit: 2 of 3 trials (1 done, 1 failed), 0:01:03 of training\n"
    )
    for row in (
        ["f1", "(max)", "0.9625"],
        ["C", "3.2"],
        ["run", "b" * 32],
        ["model", "models:/accent/4"],
    ):
        assert row in lines
    assert "the time was over; run the same command again to go on" in shown.err
    assert "audioset ui shows all trials and plots: experiment scots-training, run fit" in shown.err


def test_a_search_as_json_holds_every_trial(capsys: pytest.CaptureFixture[str]) -> None:
    show_search(REPORT, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["best"]["params"] == {"C": "3.2", "kernel": "rbf"}
    assert [trial["state"] for trial in found["trials"]] == ["failed", "done"]


def test_each_trial_is_told_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    tell_trial(FAILED, BEST)
    tell_trial(BEST, BEST)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        "trial 0 failed  C=0.5 kernel=rbf  exit status 1: no microphone  (best 0.9625: trial 1)",
        "trial 1 done 0.9625  C=3.2 kernel=rbf  best so far",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fit.py", "--metric", "f1"], "name the metric .* options of search stand before the"),
        (["--metric", "f1", "--param", "C", "fit.py"], "'C' is not of the form NAME=VALUES"),
        (["--metric", "f1", "--param", "C=a,b", "--param", "C=a", "fit.py"], "'C' is given twice"),
        (["--metric", "f1", "--direction", "up", "fit.py"], "'up' is neither max nor"),
        (["--metric", "f1", "--timeout", "soon", "fit.py"], "'soon' is not a length"),
    ],
)
def test_a_wrong_command_line_ends_with_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["search", *arguments]) == 2
    assert re.search(message, capsys.readouterr().err)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fit.py"], "there is nothing to search: give a parameter like C=0.1..100"),
        (["--param", "C=1..", "fit.py"], "C=1.. names no values"),
        (["--param", "C=1..2", "fit.py", "--lr={lr}"], "the command has {lr}, but there is no"),
        (["--param", "C=1..2", "fit.py", "--C"], "there is no script fit.py in "),
        (["--space", "none.toml", "fit.py"], "cannot read none.toml"),
    ],
)
def test_what_does_not_fit_is_one_line_and_1(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(audioset.init(tmp_path, name="scots").folder)
    assert run(["search", "--metric", "f1", *arguments]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"audioset: {message}")
    assert [path.name for path in tmp_path.iterdir()] == ["audioset.toml"], "nothing was begun"


RECIPE = Recipe(
    subject="models:/accent@champion", run_id="d" * 32, run_name="quick-fox",
    experiment="scots-training", pins=(), params={}, metrics={"f1": 0.5},
    warnings=("Python was 3.11.7, here it is 3.12.1",),
    code=CodeState(
        words=("python", "fit.py"), script=1, folder=".", script_path="fit.py", commit="e" * 40,
        remote=None, changed=False, left_out=None, variables={}, python="3.11.7",
    ),
)  # fmt: skip


def reproduction(after: float, *, same_data: bool = True) -> Reproduction:
    return Reproduction(
        recipe=RECIPE,
        run_id="f" * 32,
        ignored=(),
        same_data=same_data,
        metrics=(MetricPair(name="f1", before=0.5, after=after),),
    )


def test_a_reproduction_says_when_anything_differs(capsys: pytest.CaptureFixture[str]) -> None:
    """The command ends with 3 where `is_same` is false."""
    show_reproduction(same := reproduction(0.5), as_json=False)
    shown = capsys.readouterr()
    assert same.is_same
    assert "1 metric: the same to the last digit" in shown.out
    assert "Python was 3.11.7, here it is 3.12.1" in shown.err
    show_reproduction(other := reproduction(0.5000000000000001), as_json=False)
    shown = capsys.readouterr()
    assert not other.is_same
    assert "0.5000000000000001  differs" in shown.out
    assert "1 of 1 metric differ" in shown.out
    show_reproduction(moved := reproduction(0.5, same_data=False), as_json=False)
    assert not moved.is_same
    assert "the data differ" in capsys.readouterr().out
