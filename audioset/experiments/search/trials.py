"""One trial of a search: its process while it runs, and what came of it."""

import math
import signal
import time
from dataclasses import dataclass, field

from audioset.experiments.processes.launch import Training
from audioset.experiments.search.study import Running
from audioset.records.search_report import SearchTrial, TrialState
from audioset.tracking.many_runs.trial_runs import RunState


@dataclass(slots=True)
class LiveTrial:
    """A trial that is running.

    Attributes:
        running: as the study knows it.
        run_id: of its MLflow run.
        training: its process.
        began, looked, noted: when it began, when its metric was last read, and when it was last
            said that it is looked after; seconds of the monotonic clock.
        step: the last one that was reported to the study.
        value: of the metric at that step.
    """

    running: Running
    run_id: str
    training: Training
    began: float = field(default_factory=time.monotonic)
    looked: float = field(default_factory=time.monotonic)
    noted: float = field(default_factory=time.monotonic)
    step: int = -1
    value: float | None = None

    def ended(self, state: TrialState, value: float | None, reason: str) -> SearchTrial:
        """Give what came of it."""
        return SearchTrial(
            number=self.running.number,
            state=state,
            value=value,
            params=self.running.params,
            run_id=self.run_id,
            seconds=time.monotonic() - self.began,
            reason=reason,
        )


def judge(trial: LiveTrial, code: int, said: str, run: RunState, metric: str) -> SearchTrial:
    """Say what came of a trial whose process has ended.

    Args:
        trial: that ended.
        code: exit code, or minus the signal that ended it.
        said: its last words.
        run: its MLflow run now.
        metric: that counts.
    """
    if code != 0:
        return trial.ended("failed", None, f"{_how_it_ended(code)}: {said}")
    value = run.metrics.get(metric)
    if value is None:
        reason = f"logged no metric {metric}; metrics of its run: {run.metric_names}"
        return trial.ended("failed", None, reason)
    if not math.isfinite(value):
        return trial.ended("failed", None, f"{metric} is {value}")
    return trial.ended("done", value, "")


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"exit status {code}"
    try:
        return f"ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"ended by signal {-code}"
