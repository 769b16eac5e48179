"""The recipe of a run: code, command and data, exactly; and how a run that followed it compares."""

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from audioset.records.pin import Pin


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeState:
    """What a training was started with.

    Attributes:
        words: the command; the first one is `python` for a Python, whatever its path was.
        script: place in `words` of the script's file; None for `python -m` and `python -c`.
        folder: in which it ran, relative to the top of the repository; whole when outside of it.
        script_path: of the script, relative to the top of the repository; None when outside of it.
        commit: of the repository; None without one.
        remote: where the repository was cloned from, without passwords; None when unknown.
        changed: the repository differed from the commit; the patch holds how.
        left_out: why the command cannot be run again as it stands; None when it can.
        variables: of the environment, those that change numbers.
        python: its version.
    """

    words: tuple[str, ...]
    script: int | None
    folder: str
    script_path: str | None
    commit: str | None
    remote: str | None
    changed: bool
    left_out: str | None
    variables: Mapping[str, str]
    python: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All that it takes to run a training again.

    Attributes:
        subject: what was asked for.
        run_id, run_name, experiment: of the MLflow run.
        code: command and code.
        pins: the versions or views that the run used, with their digests.
        params, metrics: of the run; the last value of each metric.
        warnings: what is not here as it was there: packages, Python, platform.
        withdrawn: versions of which clips were withdrawn since, and how many.
    """

    subject: str
    run_id: str
    run_name: str
    experiment: str
    code: CodeState
    pins: tuple[Pin, ...]
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    warnings: tuple[str, ...] = ()
    withdrawn: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricPair:
    """A metric of the run and of the one that followed its recipe; None where one has no such."""

    name: str
    before: float | None
    after: float | None

    @property
    def is_same(self) -> bool:
        """Whether both are the same number, to the last bit; not a number equals itself."""
        if self.before is None or self.after is None:
            return False
        if math.isnan(self.before) or math.isnan(self.after):
            return math.isnan(self.before) and math.isnan(self.after)
        return struct.pack("<d", self.before) == struct.pack("<d", self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction:
    """A training that was run again by its recipe.

    Attributes:
        recipe: of the first run.
        run_id: of the new run.
        metrics: of both runs, by name.
        ignored: names of metrics that were not compared.
        same_data: the new run pinned the same digests.
    """

    recipe: Recipe
    run_id: str
    metrics: tuple[MetricPair, ...]
    ignored: tuple[str, ...]
    same_data: bool

    @property
    def is_same(self) -> bool:
        """Whether data and all metrics are the same."""
        return self.same_data and all(pair.is_same for pair in self.metrics)
