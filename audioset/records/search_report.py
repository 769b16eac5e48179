"""A search: how it is done, its trials, and what came of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from audioset.errors import InvalidInputError
from audioset.records.metric import DIRECTIONS, Direction, usual_direction

FEW_TRIALS = 5  # with fewer nothing can be said of parameters
TrialState = Literal["done", "pruned", "failed", "killed"]

_STUDY = re.compile(r"[\w][\w .@-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOptions:
    """How to search.

    Attributes:
        metric: of the trial's MLflow run, by which trials are compared; its last value counts.
        direction: "max" or "min"; told by the words of the metric's name when None: `loss`, `wer`,
            `cer`, `error` and their like are better small.
        trials: how many to try in all; those that failed count, those that were killed do not.
        jobs: trials that run at the same time.
        timeout_seconds: when so much time has passed no further trial begins; None sets no limit.
        prune: stop a trial whose metric so far is worse than the median of the others.
        seed: of the choice of values.
        study: name of the search; that of the script when None. The same name goes on.
        experiment: MLflow experiment; `<dataset>-training` when None.
        register: name under which the best trial's model is registered; None registers nothing.
    """

    metric: str
    direction: Direction | None = None
    trials: int = 30
    jobs: int = 1
    timeout_seconds: float | None = None
    prune: bool = False
    seed: int = 0
    study: str | None = None
    experiment: str | None = None
    register: str | None = None

    def __post_init__(self) -> None:
        for name, allowed, text in (
            ("metric", bool(self.metric.strip()), "the name of a metric, such as val_accuracy"),
            (
                "direction",
                self.direction is None or self.direction in DIRECTIONS,
                " or ".join(DIRECTIONS),
            ),
            ("trials", self.trials >= 1, "at least 1"),
            ("jobs", self.jobs >= 1, "at least 1"),
            (
                "timeout_seconds",
                self.timeout_seconds is None or self.timeout_seconds > 0,
                "above 0",
            ),
            ("seed", self.seed >= 0, "at least 0"),
            (
                "study",
                self.study is None or bool(_STUDY.fullmatch(self.study)),
                "at most 100 letters, digits and any of ' .@_-', and begins with a letter or digit",
            ),
        ):
            if not allowed:
                raise InvalidInputError(f"{name} is {text}; got {getattr(self, name)!r}")

    @property
    def goal(self) -> Direction:
        """The direction, told by the metric's name where none was given."""
        return self.direction or usual_direction(self.metric)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTrial:
    """One trial that has ended.

    Attributes:
        number: from 0, in the order in which they began.
        state: "done" (the metric is known), "pruned", "failed", or "killed" with the search; the
            values of a killed trial are tried again.
        value: of the metric; the last one seen for a pruned trial, None for others without.
        params: the values as the command got them.
        run_id: of its MLflow run.
        seconds: from its begin to its end.
        reason: why it was pruned or failed; empty otherwise.
    """

    number: int
    state: TrialState
    value: float | None
    params: Mapping[str, str]
    run_id: str
    seconds: float
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchReport:
    """What came of a search.

    Attributes:
        study: its name.
        metric, direction: what was searched for.
        trials: all that have ended, in order of their numbers.
        num_wanted: how many were to be tried.
        best: the best of those that are done; None when there is none.
        run_id, experiment: the MLflow run around the trials, and the experiment of all.
        model: `models:/name/3`, the best trial's registered model; None when none was asked for,
            or the trial logged none.
    """

    study: str
    metric: str
    direction: Direction
    trials: tuple[SearchTrial, ...]
    num_wanted: int
    best: SearchTrial | None
    run_id: str
    experiment: str
    model: str | None = None

    @property
    def num_tried(self) -> int:
        """How many count: all but those that were killed."""
        return sum(trial.state != "killed" for trial in self.trials)
