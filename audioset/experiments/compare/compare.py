"""Runs beside each other: which metric ranks them, in what they differ, what they show."""

from collections import Counter
from collections.abc import Iterable, Sequence

import pyarrow as pa

from audioset.errors import InvalidInputError
from audioset.experiments.compare.learning_curve import learning_curve
from audioset.records.comparison import ComparedRun, Comparison, models_of
from audioset.records.metric import Direction, is_of_the_test, is_size, usual_direction
from audioset.storage.store import Store
from audioset.tracking.client import Tracking
from audioset.tracking.many_runs.run_table import collect_runs

_MAX_CATEGORIES_SHOWN = 12


def compare_runs(
    subjects: Sequence[str],
    tracking: Tracking,
    store: Store,
    dataset: str,
    *,
    metric: str | None = None,
    direction: Direction | None = None,
    explain: bool = False,
) -> Comparison:
    """Compare runs.

    Args:
        subjects: as `collect_runs` takes them; all runs on the workspace's dataset when empty.
        tracking: where MLflow is.
        store: of the versions.
        dataset: name of the dataset.
        metric: to rank by; when None a metric of the test set that most runs have.
        direction: which way it is better; told by its name when None.
        explain: also find out which param explains the metric; takes some seconds.

    Raises:
        InvalidInputError: no run has the metric; the text names those that runs have.
        NotFoundError, TrackingError, StorageError: as for `collect_runs`.
    """
    from audioset.experiments.compare.importance import explain_metric

    runs = collect_runs(subjects or [dataset], tracking, store)
    names = _by_number(name for run in runs for name in run.metrics)
    ranked_by = require_metric(metric, names, "runs compared") if metric else choose_metric(names)
    best_way = direction or usual_direction(ranked_by)
    return Comparison(
        subject=", ".join(subjects) or f"all runs on {dataset}",
        metric=ranked_by,
        direction=best_way,
        runs=rank(runs, ranked_by, best_way),
        metrics=tuple(sorted(names, key=lambda name: name != ranked_by)),
        params=differing_params(runs),
        curve=learning_curve(runs, ranked_by, best_way) if ranked_by else None,
        importance=explain_metric(runs, ranked_by) if explain and ranked_by else None,
    )


def choose_metric(names: Sequence[str]) -> str:
    """Choose what to rank by: the first that says it is of the test, else of no other split.

    What tells a size, such as the `length_seconds` of an aligner, ranks nothing.

    Args:
        names: the most frequent first.

    Returns:
        Empty when there is none.
    """
    for suits in (lambda name: "test" in name.lower(), is_of_the_test, bool):
        if found := next((name for name in names if suits(name) and not is_size(name)), None):
            return found
    return ""


def require_metric(metric: str, names: Sequence[str], what: str) -> str:
    """Give the metric back when it is one of the names.

    Raises:
        InvalidInputError: it is not; the text names those that are.
    """
    if metric not in names:
        known = ", ".join(names[:_MAX_CATEGORIES_SHOWN]) or "none at all"
        raise InvalidInputError(f"none of the {what} has a metric {metric!r}; they have {known}")
    return metric


def rank(runs: Sequence[ComparedRun], metric: str, direction: Direction) -> tuple[ComparedRun, ...]:
    """Put the best first; runs without the metric keep their order behind them."""
    sign = -1 if direction == "max" else 1
    return tuple(
        sorted(runs, key=lambda run: (metric not in run.metrics, sign * run.metrics.get(metric, 0)))
    )


def differing_params(runs: Sequence[ComparedRun]) -> tuple[str, ...]:
    """Name the chosen params in which the runs differ; a run without one differs too."""
    choices = [run.choices for run in runs]
    names = _by_number(name for chosen in choices for name in chosen)
    return tuple(name for name in names if len({chosen.get(name) for chosen in choices}) > 1)


def comparison_table(comparison: Comparison) -> pa.Table:
    """Give all of it as a table, one row per run, the best first.

    Returns:
        Columns of the run and its data, then `metrics.<name>` (float64) and `params.<name>`
        (string) of all metrics and params.
    """
    runs = comparison.runs
    params = _by_number(name for run in runs for name in run.params)
    columns: dict[str, pa.Array] = {
        "run_id": pa.array([run.run_id for run in runs], pa.string()),
        "name": pa.array([run.name for run in runs], pa.string()),
        "experiment": pa.array([run.experiment for run in runs], pa.string()),
        "status": pa.array([run.status for run in runs], pa.string()),
        "command": pa.array([run.command for run in runs], pa.string()),
        "started_at": pa.array([run.started_at for run in runs], pa.string()),
        "data": pa.array([run.data for run in runs], pa.string()),
        "num_clips": pa.array([run.num_clips for run in runs], pa.int64()),
        "hours": pa.array([run.hours for run in runs], pa.float64()),
        "test": pa.array([run.test for run in runs], pa.string()),
        "test_digest": pa.array([run.test_digest for run in runs], pa.string()),
        "num_test": pa.array([run.num_test for run in runs], pa.int64()),
        "models": pa.array([models_of(run) for run in runs], pa.string()),
        "parent_id": pa.array([run.parent_id for run in runs], pa.string()),
    }
    for name in comparison.metrics:
        columns[f"metrics.{name}"] = pa.array([r.metrics.get(name) for r in runs], pa.float64())
    for name in params:
        columns[f"params.{name}"] = pa.array([r.params.get(name) for r in runs], pa.string())
    return pa.table(columns)


def _by_number(names: Iterable[str]) -> list[str]:
    """Give each name once, the most frequent first, then by name."""
    counts = Counter(names)
    return sorted(counts, key=lambda name: (-counts[name], name))
