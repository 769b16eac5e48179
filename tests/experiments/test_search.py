"""Searches: trials as processes with runs of their own; killed, stopped, pruned, and gone on."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import mlflow
import pytest

from audioset.errors import InvalidInputError, NotFoundError
from audioset.experiments.search.space import TrialCommand, parse_param
from audioset.experiments.search.study import open_study
from audioset.records.search_report import SearchOptions, SearchReport, SearchTrial
from audioset.tracking.many_runs.trial_runs import begin_search
from tests.experiments.conftest import Trainer
from tests.processes import is_alive
from tests.workspaces import changed

# The module: the entrance of the room gives the verb of the same name.
searching = import_module("audioset.experiments.search.search")

PARABOLA = "log('score', (float(values['x']) - 2) ** 2)"
X = {"x": "0..5"}


def run(
    trainer: Trainer,
    body: str,
    params: dict[str, str],
    *,
    told: Callable[[SearchTrial, SearchTrial | None], None] | None = None,
    **options: object,
) -> SearchReport:
    wanted = {"metric": "score", "direction": "min", "trials": 3, **options}
    return trainer.ws.search(
        [trainer.script(body)],
        params,
        SearchOptions(**wanted),  # type: ignore[arg-type]
        told=told,
    )


def client_of(trainer: Trainer) -> mlflow.MlflowClient:
    return mlflow.MlflowClient(trainer.ws.settings.tracking)


def wait_until(true: Callable[[], bool]) -> None:
    while not true():
        time.sleep(0.02)


def test_every_trial_is_a_run_nested_in_that_of_the_search(trainer: Trainer) -> None:
    ws = changed(trainer.ws, store="s3://elsewhere/clips")
    say = "\nprint(values['x'], os.environ['AUDIOSET_STORE'], os.environ['MLFLOW_TRACKING_URI'])"
    report = run(replace(trainer, ws=ws), PARABOLA + say, X)
    client = client_of(trainer)
    assert [(trial.number, trial.state) for trial in report.trials] == [
        (0, "done"),
        (1, "done"),
        (2, "done"),
    ]
    for trial in report.trials:
        found = client.get_run(trial.run_id)
        assert found.data.tags["mlflow.parentRunId"] == report.run_id
        assert found.data.params == {"search.x": trial.params["x"]}
        assert found.data.metrics["score"] == trial.value
        assert trial.value == (float(trial.params["x"]) - 2) ** 2, "the very text was used"
        assert found.info.status == "FINISHED", "though the script did not end it"
        output = client.download_artifacts(trial.run_id, "audioset/output.txt")
        assert Path(output).read_text(encoding="utf-8").split() == [
            trial.params["x"],
            "s3://elsewhere/clips",
            ws.settings.tracking,
        ], "a trial works on the settings of its search"
    assert report.best == min(report.trials, key=lambda trial: trial.value or 0)
    around = client.get_run(report.run_id)
    assert (around.info.status, around.info.run_name) == ("FINISHED", "train")
    assert around.data.metrics["best_score"] == report.best.value
    assert around.data.tags["audioset.search.best_run"] == report.best.run_id
    assert around.data.params["space.x"] == "0..5"
    assert report.experiment == "scots-training"
    assert not (trainer.ws.folder / ".search").exists()


def test_a_search_killed_in_the_middle_goes_on_as_if_it_was_not(trainer: Trainer) -> None:
    running, go_on = trainer.folder / "running", trainer.folder / "go on"
    hang = (
        f"counter = pathlib.Path({str(trainer.folder / 'count')!r})\n"
        "number = int(counter.read_text()) if counter.exists() else 0\n"
        "counter.write_text(str(number + 1))\n"
        f"if number == 2 and not pathlib.Path({str(go_on)!r}).exists():\n"
        f"    pathlib.Path({str(running)!r} + '.part').write_text(str(os.getpid()))\n"
        f"    os.rename({str(running)!r} + '.part', {str(running)!r})\n"
        "    time.sleep(600)\n" + PARABOLA
    )
    script = trainer.script(hang)
    command = [
        sys.executable,
        "-m",
        "audioset",
        "search",
        "--metric",
        "score",
        "--direction",
        "min",
        "--param",
        "x=0..5",
        "--trials",
        "4",
        "--workspace",
        str(trainer.ws.folder),
        "--",
        script,
    ]
    killed = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
    try:
        wait_until(running.exists)
    finally:
        os.killpg(killed.pid, signal.SIGKILL)
        killed.wait()
    wait_until(lambda: not is_alive(int(running.read_text())))
    go_on.touch()

    report = run(trainer, hang, X, trials=4)
    assert [trial.state for trial in report.trials] == ["done", "done", "killed", "done", "done"]
    lost, again = report.trials[2], report.trials[3]
    assert again.params == lost.params, "its values are tried again"
    client = client_of(trainer)
    assert client.get_run(lost.run_id).info.status == "KILLED"
    assert report.num_tried == 4
    around = client.get_run(report.run_id)
    nested = client.search_runs(
        [around.info.experiment_id], f"tags.mlflow.parentRunId = '{report.run_id}'"
    )
    assert len(nested) == 5, "both parts are below one run"

    whole = run(trainer, PARABOLA, X, trials=4, study="whole")
    tried = [trial.params for trial in report.trials if trial.state == "done"]
    assert tried == [trial.params for trial in whole.trials]


def test_a_search_that_is_stopped_ends_its_trial_and_goes_on_later(trainer: Trainer) -> None:
    process, go_on = trainer.folder / "process", trainer.folder / "go on"
    body = (
        f"if not pathlib.Path({str(go_on)!r}).exists():\n"
        f"    pathlib.Path({str(process)!r}).write_text(str(os.getpid()))\n"
        "    time.sleep(600)\n" + PARABOLA
    )

    def stop() -> None:
        wait_until(lambda: process.exists() and process.read_text() != "")
        os.kill(os.getpid(), signal.SIGINT)

    stopper = threading.Thread(target=stop)
    stopper.start()
    with pytest.raises(KeyboardInterrupt):
        run(trainer, body, X, trials=2)
    stopper.join()
    assert not is_alive(int(process.read_text()))
    go_on.touch()
    report = run(trainer, body, X, trials=2)
    assert [trial.state for trial in report.trials] == ["killed", "done", "done"]
    assert report.trials[0].params == report.trials[1].params
    client = client_of(trainer)
    assert client.get_run(report.trials[0].run_id).info.status == "KILLED"
    said = client.download_artifacts(report.trials[0].run_id, "audioset/output.txt")
    assert "KeyboardInterrupt" in Path(said).read_text(encoding="utf-8"), "it could tidy up"
    assert run(trainer, body, X, trials=2).trials == report.trials, "all were tried"


@pytest.mark.slow
def test_a_trial_that_nobody_saw_end_is_taken_as_it_is(trainer: Trainer) -> None:
    """Its search was killed, and it went on to its own end."""
    script, options = trainer.script(PARABOLA), SearchOptions(metric="score", direction="min")
    command = TrialCommand((script,), (parse_param("x", "0..5"),))
    with open_study("train", command, options, trainer.ws.working) as study:
        begun = study.ask()
        runs = begin_search(
            trainer.ws.tracking,
            study="train",
            dataset="scots",
            experiment="mine",
            params={},
            run_id=None,
        )
        study.run_id = runs.run_id
        run_id = runs.begin_trial(begun.number, begun.params, script)
        study.note(begun, run_id, process=2**22)
    client_of(trainer).log_metric(run_id, "score", 0.25)
    client_of(trainer).set_terminated(run_id, "FINISHED")
    report = run(trainer, PARABOLA, X, trials=1)
    assert [(trial.run_id, trial.state, trial.value) for trial in report.trials] == [
        (run_id, "done", 0.25)
    ]
    assert (report.run_id, report.experiment) == (runs.run_id, "mine")


def test_a_failed_trial_does_not_stop_the_search(trainer: Trainer) -> None:
    body = "assert float(values['x']) < 4, 'too much'\n" + PARABOLA
    told: list[SearchTrial] = []
    report = run(trainer, body, X, trials=4, told=lambda trial, _: told.append(trial))
    failed = [trial for trial in report.trials if trial.state == "failed"]
    assert 0 < len(failed) < 4
    assert all(float(trial.params["x"]) >= 4 for trial in failed)
    assert all(trial.reason.startswith("exit status 1: ") for trial in failed)
    assert all("AssertionError: too much" in trial.reason for trial in failed)
    assert client_of(trainer).get_run(failed[0].run_id).info.status == "FAILED"
    assert tuple(told) == report.trials


def test_a_search_whose_trials_all_fail_ends_with_their_last_words(trainer: Trainer) -> None:
    with pytest.raises(
        InvalidInputError,
        match=r"first 3 trials all failed; the last one: exit status 1: no such microphone",
    ):
        run(trainer, "sys.exit('no such microphone')", X, trials=9)
    runs = client_of(trainer).search_runs(["1"])
    assert sorted(found.info.status for found in runs) == ["FAILED"] * 4
    mended = run(trainer, PARABOLA, X | {"y": "1..2"}, trials=1)
    assert len(mended.trials) == 1, "nothing came of the study, so another space is no change"


def test_a_metric_that_is_not_logged_ends_the_search_at_once(trainer: Trainer) -> None:
    message = r"trial 0 ended well, but .*no metric 'wer'; it has: loss, score; name one with"
    with pytest.raises(InvalidInputError, match=message):
        run(trainer, "log('loss', 1.0); log('score', 2.0)", X, metric="wer")
    assert len(client_of(trainer).search_runs(["1"])) == 2


@pytest.mark.slow
def test_a_metric_that_is_no_number_is_a_failed_trial(trainer: Trainer) -> None:
    body = "log('score', float('nan') if float(values['x']) > 4 else 1.0)"
    report = run(trainer, body, X, trials=4)
    assert {trial.state for trial in report.trials} == {"done", "failed"}
    assert {trial.reason for trial in report.trials} == {"", "score is nan"}


def test_a_bad_trial_is_pruned_while_it_runs_and_all_trials_are_drawn(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "LOOK_SECONDS", 0.0)
    body = (
        f"counter = pathlib.Path({str(trainer.folder / 'count')!r})\n"
        "number = int(counter.read_text()) if counter.exists() else 0\n"
        "counter.write_text(str(number + 1))\n"
        "good = (float(values['x']) + (values['kind'] == 'a')) / 10\n"
        "for step in range(3): log('score', 100.0 if number == 5 else good / (step + 1), step)\n"
        "time.sleep(600 if number == 5 else 0.3)"
    )
    report = run(trainer, body, X | {"kind": "a,b"}, trials=6, prune=True)
    assert [trial.state for trial in report.trials] == ["done"] * 5 + ["pruned"]
    bad = report.trials[-1]
    assert (bad.value, report.num_tried) == (100.0, 6)
    found = client_of(trainer).get_run(bad.run_id)
    assert found.info.status == "KILLED"
    assert found.data.tags["audioset.search.pruned"].startswith("worse than the median at step ")

    folder = Path(client_of(trainer).download_artifacts(report.run_id, "search"))
    assert {path.name for path in folder.iterdir()} == {"trials.csv", "search.html"}
    with (folder / "trials.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["score"]) for row in rows] == [trial.value for trial in report.trials]
    page = (folder / "search.html").read_text(encoding="utf-8")
    assert not re.search(r"(?:src|href)=|url\(|@import|https?://(?!www\.w3)", page), (
        "a page of MLflow may load nothing"
    )
    (text,) = re.findall(r'<script id="data" type="application/json">(.*?)</script>', page)
    data = json.loads(text)
    assert [run["number"] for run in data["runs"]] == [0, 1, 2, 3, 4], "what is done is drawn"
    assert {bar["name"] for bar in data["importance"]["params"]} == {"x", "kind"}


@pytest.mark.slow
def test_two_jobs_run_at_the_same_time(trainer: Trainer) -> None:
    body = (
        f"here = pathlib.Path({str(trainer.folder)!r})\n"
        "(here / f'{os.getpid()}.here').touch()\n"
        "while len(list(here.glob('*.here'))) < 2: time.sleep(0.01)\n" + PARABOLA
    )
    report = run(trainer, body, X, trials=2, jobs=2)
    assert [trial.state for trial in report.trials] == ["done", "done"]


@pytest.mark.slow
def test_when_the_time_is_over_no_trial_begins(trainer: Trainer) -> None:
    report = run(trainer, "time.sleep(3.5)\n" + PARABOLA, X, trials=50, timeout_seconds=3)
    assert (report.num_tried, report.num_wanted) == (1, 50)


def test_another_search_under_the_same_name_is_refused(trainer: Trainer) -> None:
    run(trainer, PARABOLA, X, trials=1)
    for params, options, message in (
        (X, {"metric": "loss"}, "another metric, 'score', not 'loss'"),
        (X, {"direction": "max"}, "another direction, 'min', not 'max'"),
        (X | {"y": "1..2"}, {}, "other values of y"),
    ):
        match = f"the search 'train' was begun with {message}; take .*--study"
        with pytest.raises(InvalidInputError, match=match):
            run(trainer, PARABOLA, params, trials=2, **options)


def test_a_search_that_was_begun_with_optunas_word_for_the_direction_goes_on(
    trainer: Trainer,
) -> None:
    run(trainer, PARABOLA, X, trials=1)
    command = TrialCommand((trainer.script(PARABOLA),), (parse_param("x", "0..5"),))
    options = SearchOptions(metric="score", direction="min")
    with open_study("train", command, options, trainer.ws.working) as study:
        plan = study._study.user_attrs["plan"]
        assert plan["direction"] == "min"
        study._study.set_user_attr("plan", {**plan, "direction": "minimize"})
    assert run(trainer, PARABOLA, X, trials=2).num_tried == 2
    with pytest.raises(InvalidInputError, match="another direction, 'min', not 'max'"):
        run(trainer, PARABOLA, X, trials=2, direction="max")


@pytest.mark.slow
def test_one_search_of_a_study_goes_on_at_a_time(trainer: Trainer) -> None:
    command = TrialCommand((trainer.script(PARABOLA),), (parse_param("x", "0..5"),))
    options = SearchOptions(metric="score", direction="min")
    with open_study("train", command, options, trainer.ws.working) as study:
        study.ask()
    code = (
        "import sys, audioset\n"
        "options = audioset.SearchOptions(metric='score', direction='min')\n"
        "try: audioset.search([sys.argv[1]], {'x': '0..5'}, options)\n"
        "except audioset.ConflictError as error: print(error)"
    )
    other = subprocess.run(
        [sys.executable, "-c", code, command.words[0]],
        cwd=trainer.ws.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"'train' goes on already, in process {os.getpid()}" in other.stdout


def test_a_script_that_is_not_there_is_told_before_anything_begins(trainer: Trainer) -> None:
    options = SearchOptions(metric="wer")
    with pytest.raises(NotFoundError, match=r"there is no script nowhere\.py in "):
        trainer.ws.search(["nowhere.py"], X, options)
    assert client_of(trainer).search_experiments(filter_string="name = 'scots-training'") == []
