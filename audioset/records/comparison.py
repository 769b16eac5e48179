"""Comparison: runs beside each other, each with the data behind it and what it reached."""

import math
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from audioset.records.identity import VersionRef
from audioset.records.lineage import LinkedModel
from audioset.records.metric import Direction

# Params that tell of circumstances, not of a choice that somebody made for the run.
_CIRCUMSTANCES = ("data_", "env_", "code_")
SEARCHED = "search."  # before the name of a param that a search chose
_COUNTS = ("num_train", "num_test", "num_validation")
_ENDED_WELL = "FINISHED"
_SEED = re.compile(r"(?:^|[_.-])(?:seed|random_state)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRun:
    """One run as a comparison shows it.

    Attributes:
        run_id, name, experiment, status: as MLflow gives them.
        started_at: UTC, ISO 8601.
        data: what it was trained on, `scots@v3` or `scots@v3?snr_db > 20`; several are joined by
            a comma; empty when it pinned nothing.
        version: the version behind it; None for none or several.
        condition: of the view; empty for a whole version.
        num_clips, hours: of the training data: of its split train, where the run tells, else of
            all that it pinned; None when it tells neither.
        test: the version on whose test split it was tested; empty when it does not tell.
        test_digest: digest of the rows of that split, hex; empty when it does not tell.
        num_test: clips that it was tested on; None when it does not tell.
        params, metrics: as it logged them; of a metric the last value, finite ones only.
        models: that were registered from it, with their aliases.
        parent_id: the run that it is nested in; empty for none.
        command: that it was started with, as a person types it; empty when it is not known.
    """

    run_id: str
    name: str
    experiment: str
    status: str
    started_at: str
    data: str
    version: VersionRef | None
    condition: str
    num_clips: int | None
    hours: float | None
    test: str
    test_digest: str
    num_test: int | None
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    models: tuple[LinkedModel, ...]
    parent_id: str
    command: str = ""

    @property
    def arguments(self) -> str:
        """The words behind the script of its command, or behind its module."""
        try:
            words = shlex.split(self.command)
        except ValueError:  # a very long one was cut off
            return ""
        behind = next((k for k, word in enumerate(words) if word.endswith(".py")), None)
        if behind is None:
            behind = words.index("-m") + 1 if "-m" in words[:-1] else 0
        return shlex.join(words[behind + 1 :])

    @property
    def odd_status(self) -> str:
        """Its status in small letters, such as "failed"; empty where it ended well."""
        return "" if self.status == _ENDED_WELL else self.status.lower()

    @property
    def choices(self) -> dict[str, str]:
        """The params that somebody chose: not those that tell of data, code and environment.

        What a search logged for a trial, `search.<name>`, is left out where the trial says it too.
        """
        return {
            name: value
            for name, value in self.params.items()
            if not name.startswith(_CIRCUMSTANCES)
            and name not in _COUNTS
            and (
                not name.startswith(SEARCHED)
                or self.params.get(name.removeprefix(SEARCHED)) != value
            )
        }

    @property
    def settings(self) -> frozenset[tuple[str, str]]:
        """The choices without seeds: runs with equal settings differ by luck and by their data."""
        return frozenset((k, v) for k, v in self.choices.items() if not is_seed(k))

    @property
    def seed(self) -> str:
        """The seeds, as text; empty when it logged none."""
        return ", ".join(f"{k}={v}" for k, v in sorted(self.choices.items()) if is_seed(k))


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """What training on one version, or on one view, reached.

    Attributes:
        data: `scots@v3`, or `scots@v3?snr_db > 20`.
        version: number of the version.
        num_clips, hours: of the training data, as in `ComparedRun`; of several runs their mean.
        run_ids, values: the runs that count, and their metric; in one order.
        mean: of the values.
        low, high: 95 % interval of the mean; None when none can be given.
        basis: what the interval rests on, or why there is none.
    """

    data: str
    version: int
    num_clips: float | None
    hours: float | None
    run_ids: tuple[str, ...]
    values: tuple[float, ...]
    mean: float
    low: float | None
    high: float | None
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveStep:
    """One version held against the one before it.

    Attributes:
        before, after: as `CurvePoint.data`.
        difference: of the means, after minus before.
        low, high: 95 % interval of the difference; None when none can be given.
        basis: what the interval rests on, or why there is none.
        verdict: "better", "worse", "open" (the interval holds zero), "unknown" (no interval) or
            "incomparable" (tested on other clips).
        words: the same as a sentence.
    """

    before: str
    after: str
    difference: float
    low: float | None
    high: float | None
    basis: str
    verdict: Literal["better", "worse", "open", "unknown", "incomparable"]
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningCurve:
    """A metric over the versions of a dataset.

    Attributes:
        points: by dataset, condition and version.
        steps: each point against the one before, of the same dataset and condition.
        num_left_out: runs with other settings than those that the points compare.
        notes: what a reader must know to read it right, one sentence each.
    """

    points: tuple[CurvePoint, ...]
    steps: tuple[CurveStep, ...]
    num_left_out: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportantParam:
    """How much a param, or a property of the data, tells about the metric.

    Attributes:
        name: of the param; those that always change together stand here as one, joined by a plus.
        importance: share of the metric's variance that is lost in held-out runs when its values
            are shuffled; may be above 1, and below 0 by chance.
        spread: standard deviation of the importance over the divisions into folds.
    """

    name: str
    importance: float
    spread: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Importance:
    """Which param or property of the data explains the metric.

    Attributes:
        params: the most important first; empty when nothing can be said.
        num_runs: runs that it rests on.
        explained: share of the metric's variance that the model explains in held-out runs.
        method: how it was found, and how far it may be trusted.
        refused: why nothing is said; empty when something is.
    """

    params: tuple[ImportantParam, ...]
    num_runs: int
    explained: float | None
    method: str
    refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Runs, data and metrics beside each other.

    Attributes:
        subject: what was compared, as it was asked for.
        metric: that the runs are ranked by; empty when no run has any.
        direction: whether the metric is better when it is greater ("max") or smaller ("min").
        runs: the best first; those without the metric last, the newest of them first.
        metrics: names of all metrics, the one ranked by first, then by how many runs have them.
        params: names of the chosen params in which the runs differ, by how many runs have them.
        curve: the metric over the versions; None when no run has both.
        importance: which param explains the metric; None when it was not asked for.
        logged_as: the MLflow run that holds its page and plots; None when it was not logged.
    """

    subject: str
    metric: str
    direction: Direction
    runs: tuple[ComparedRun, ...]
    metrics: tuple[str, ...]
    params: tuple[str, ...]
    curve: LearningCurve | None
    importance: Importance | None
    logged_as: str | None = None


def is_seed(param: str) -> bool:
    """Tell whether a param is a seed: `seed`, `random_state`, `split_seed`, `svc__random_state`."""
    return _SEED.search(param.lower()) is not None


def models_of(run: ComparedRun) -> str:
    """Write the models of a run, `scots v3 @champion`."""
    return ", ".join(
        " ".join([model.name, f"v{model.version}", *(f"@{alias}" for alias in model.aliases)])
        for model in run.models
    )


def properties_of(run: ComparedRun) -> dict[str, Any]:
    """Give what may explain a metric: what was chosen, and what the data were like."""
    chosen: dict[str, Any] = {name: _as_value(text) for name, text in run.choices.items()}
    data = {"data": run.data, "training hours": run.hours, "training clips": run.num_clips}
    return {**data, **chosen}


def _as_value(text: str) -> float | str:
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text
