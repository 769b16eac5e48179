"""A search: trials of a command, each in a process and an MLflow run of its own."""

import math
import signal
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

from audioset.curation.workspace.working import Working
from audioset.engine import Progress, no_progress
from audioset.errors import AudiosetError, InvalidInputError, as_option
from audioset.experiments.processes.launch import (
    POLL_SECONDS,
    last_words,
    run_environment,
    start,
    stop,
)
from audioset.experiments.processes.processes import goes_on_in
from audioset.experiments.search.space import Param, TrialCommand, runnable
from audioset.experiments.search.study import SEEN_SECONDS, Lost, Study, open_study
from audioset.experiments.search.trials import LiveTrial, judge
from audioset.hiding import hide_in_words
from audioset.machine import KILL, signal_tree
from audioset.pages.search import describe_search, write_files
from audioset.records.search_report import SearchOptions, SearchReport, SearchTrial
from audioset.settings import slug
from audioset.storage.store import Store
from audioset.tracking.client import Tracking, spare_registry
from audioset.tracking.many_runs.trial_runs import (
    Status,
    TrialRuns,
    begin_search,
    experiment_name_of,
    registered_best,
)

Told = Callable[[SearchTrial, SearchTrial | None], None]

LOOK_SECONDS = 5.0  # between two looks at the metric of a running trial
_HOPELESS = 3  # when so many trials fail before any is done, the search ends
_MAX_TAG = 2000  # characters of a reason that are kept as a tag
_ENDS: Mapping[str, Status] = {
    "done": "FINISHED",
    "failed": "FAILED",
    "pruned": "KILLED",
    "killed": "KILLED",
}


def tell_nobody(_trial: SearchTrial, _best: SearchTrial | None) -> None:
    """Show nothing: the default of `told`."""


def search(
    words: Sequence[str],
    params: Sequence[Param],
    options: SearchOptions,
    tracking: Tracking,
    store: Store,
    working: Working,
    dataset: str,
    *,
    progress: Progress = no_progress,
    told: Told = tell_nobody,
) -> SearchReport:
    """Search for the values with which a command gives the best metric.

    Args:
        words: the command, with `{name}` where values go.
        params: the space.
        options: how to search.
        tracking: where MLflow is.
        store: of the versions.
        working: the clips that are being worked on.
        dataset: name of the dataset.
        progress: is told of trials.
        told: is called with every trial that ends, and the best one so far.

    Raises:
        InvalidInputError: the first trials all failed, or the first one logged no such metric; or
            the study was begun with another command, space or metric.
        NotFoundError: no such script or program, or Optuna is not installed.
        ConflictError: the study is being searched already.
        TrackingError: MLflow did not answer, or refused.
        StorageError: the studies cannot be reached.
    """
    command = TrialCommand(tuple(words), tuple(params))
    if "{" not in words[0]:
        runnable(words)
    name = options.study or slug(Path(words[0]).stem, fallback="search")
    with ExitStack() as stack:
        study = stack.enter_context(open_study(name, command, options, working))
        lost = study.lost()
        runs = begin_search(
            tracking,
            study=name,
            run_id=study.run_id,
            experiment=options.experiment,
            dataset=dataset,
            params=_plan(command, options),
        )
        study.run_id = runs.run_id
        registry = stack.enter_context(spare_registry()) if options.register else {}
        searching = _RunningSearch(command, options, study, runs, store, registry, progress, told)
        return searching.run(lost)


def _plan(command: TrialCommand, options: SearchOptions) -> dict[str, str]:
    """Say on the run around what is searched, and how."""
    return {
        "command": " ".join(hide_in_words(command.words).words),
        "metric": options.metric,
        "direction": options.goal,
        "seed": str(options.seed),
        **{f"space.{param.name}": str(param) for param in command.params},
    }


class _RunningSearch:
    """The search while it goes on; all of it happens in one thread."""

    def __init__(
        self,
        command: TrialCommand,
        options: SearchOptions,
        study: Study,
        runs: TrialRuns,
        store: Store,
        registry: Mapping[str, str],
        progress: Progress,
        told: Told,
    ) -> None:
        self._command = command
        self._options = options
        self._study = study
        self._runs = runs
        self._store = store
        self._registry = registry
        self._running: list[LiveTrial] = []
        self._ended = study.ended()
        self._num_failed = 0  # of this process, in a row
        self._deadline = time.monotonic() + (options.timeout_seconds or math.inf)
        self._logs = runs.tracking.folder / ".search" / slug(runs.study, fallback="search")
        self._progress = progress
        self._told = told

    def run(self, lost: Sequence[Lost]) -> SearchReport:
        """Go on until all trials are tried, or the time is over."""
        try:
            for left in lost:
                self._take_over(left)
            while self._start_what_is_due() or self._running:
                time.sleep(POLL_SECONDS)
                for trial in list(self._running):
                    self._look_after(trial)
        except BaseException as error:
            self._give_up("FAILED" if isinstance(error, Exception) else "KILLED")
            raise
        return self._finish()

    def _take_over(self, lost: Lost) -> None:
        """Settle what an earlier search, killed meanwhile, left running."""
        if lost.process and goes_on_in(lost.process, lost.run_id):
            signal_tree(lost.process, KILL)
        trial = SearchTrial(
            number=lost.number,
            state="killed",
            value=None,
            run_id=lost.run_id,
            seconds=0.0,
            params=self._study.params_of(lost.number),
            reason="the search was killed",
        )
        if lost.run_id:
            state = self._runs.read(lost.run_id)
            value = state.metrics.get(self._options.metric, math.nan)
            if state.status == "FINISHED" and math.isfinite(value):  # only nobody saw its end
                trial = replace(trial, state="done", value=value, reason="")
        self._end(trial)

    def _start_what_is_due(self) -> bool:
        """Start trials where there is room; tells whether any was started."""
        started = False
        while (
            len(self._running) < self._options.jobs
            and self._num_tried() + len(self._running) < self._options.trials
            and time.monotonic() < self._deadline
        ):
            self._start()
            started = True
        self._progress("trials", self._num_tried(), self._options.trials, "trials")
        return started

    def _start(self) -> None:
        running = self._study.ask()
        words = self._command.fill(running.params)
        command = runnable(words)
        run_id = self._runs.begin_trial(running.number, running.params, words[0])
        self._study.note(running, run_id)  # first: the search may be killed with the next step
        environment = run_environment(
            self._runs.tracking, self._store, run_id, self._runs.experiment_id
        )
        training = start(
            command,
            environment={**environment, **self._registry},
            log_path=self._log_path(running.number),
            folder=Path.cwd(),
        )
        self._running.append(LiveTrial(running, run_id, training))
        self._study.note(running, run_id, training.process.pid)

    def _look_after(self, trial: LiveTrial) -> None:
        """See whether a trial has ended, or should."""
        code = trial.training.exit_code()
        now = time.monotonic()
        if code is not None:
            self._running.remove(trial)
            self._judge(trial, code)
            return
        if now - trial.noted > SEEN_SECONDS:
            trial.noted = now
            self._study.seen(trial.running)
        if self._options.prune and now - trial.looked > LOOK_SECONDS:
            trial.looked = now
            if self._is_bad(trial):
                stop([trial.training])
                self._running.remove(trial)
                reason = f"worse than the median at step {trial.step}"
                self._end(trial.ended("pruned", trial.value, reason))

    def _is_bad(self, trial: LiveTrial) -> bool:
        history = self._runs.history(trial.run_id, self._options.metric)
        points = [(step, value) for step, value in history if step > trial.step]
        if points:
            trial.step, trial.value = points[-1]
        return self._study.is_bad(trial.running, points)

    def _judge(self, trial: LiveTrial, code: int) -> None:
        """Write down what came of a trial whose process has ended; stop where there is no hope."""
        metric = self._options.metric
        said = last_words(trial.training.log_path)
        run = self._runs.read(trial.run_id)
        ended = judge(trial, code, said, run, metric)
        self._end(ended)
        if ended.state == "done" or self._best() is not None:
            return
        self._num_failed += 1
        if code == 0 and metric not in run.metrics:
            raise InvalidInputError(
                f"trial {ended.number} ended well, but its MLflow run has no metric {metric!r}; it "
                f"has: {run.metric_names}; name one with {as_option('metric')}, and log it "
                "inside audioset.training_run or mlflow.start_run()"
            )
        if self._num_failed >= _HOPELESS:
            raise InvalidInputError(
                f"the first {self._num_failed} trials all failed; the last one: {ended.reason}"
            )

    def _end(self, trial: SearchTrial) -> None:
        """Write down what came of a trial: first in MLflow, then in the study."""
        if trial.run_id:
            tags = {f"audioset.search.{trial.state}": trial.reason[:_MAX_TAG]}
            output = self._log_path(trial.number)
            self._runs.end_trial(trial.run_id, _ENDS[trial.state], output, tags)
        self._study.tell(trial)
        self._ended = self._study.ended()
        best = self._best()
        if trial.state == "done" and best is not None and best.value is not None:
            self._runs.log_best(f"best_{self._options.metric}", best.value, self._num_tried())
        self._progress("trials", self._num_tried(), self._options.trials, "trials")
        self._told(trial, best)

    def _give_up(self, status: Status) -> None:
        """Stop what runs; its values are tried again when the search goes on."""
        stop([trial.training for trial in self._running], first=signal.SIGINT)
        with suppress(AudiosetError):  # the error that ended the search says more
            for trial in self._running:
                self._end(trial.ended("killed", None, "the search was stopped"))
            self._runs.end(status, note=describe_search(self._report(None)), tags={}, files=())

    def _finish(self) -> SearchReport:
        """Register the best model, and write down all trials."""
        best, model = self._best(), None
        if best is not None and self._options.register:
            model = registered_best(self._runs.tracking, best.run_id, self._options.register)
            if model is None:
                warnings.warn(
                    f"trial {best.number} is the best, but it logged no model to its MLflow run "
                    f"{best.run_id}: nothing is registered as {self._options.register}",
                    stacklevel=4,
                )
        report = self._report(model)
        tags = {"audioset.search.model": model} if model else {}
        if best is not None:
            tags |= {
                "audioset.search.best_run": best.run_id,
                "audioset.search.best": str(best.number),
            }
            tags |= {f"audioset.search.best.{name}": text for name, text in best.params.items()}
        with tempfile.TemporaryDirectory(prefix="audioset-search-") as folder:
            files = write_files(report, self._study.importances(), Path(folder))
            self._runs.end("FINISHED", note=describe_search(report), tags=tags, files=files)
        with suppress(OSError):
            self._logs.rmdir()
            self._logs.parent.rmdir()
        return report

    def _report(self, model: str | None) -> SearchReport:
        return SearchReport(
            study=self._runs.study,
            metric=self._options.metric,
            direction=self._options.goal,
            trials=self._ended,
            num_wanted=self._options.trials,
            best=self._best(),
            run_id=self._runs.run_id,
            experiment=experiment_name_of(self._runs),
            model=model,
        )

    def _best(self) -> SearchTrial | None:
        """Give the best trial that is done; of equal ones the first."""
        sign = 1 if self._options.goal == "min" else -1
        done = [trial for trial in self._ended if trial.state == "done"]
        return min(
            done, key=lambda trial: (sign * (trial.value or 0.0), trial.number), default=None
        )

    def _num_tried(self) -> int:
        return sum(trial.state != "killed" for trial in self._ended)

    def _log_path(self, number: int) -> Path:
        return self._logs / f"trial-{number}.log"
