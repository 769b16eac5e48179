"""Which param, or property of the data, explains a metric, and how far that may be trusted."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from audioset.records.comparison import ComparedRun, Importance, ImportantParam, properties_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAST_RUNS = 10
_MOST_RUNS = 1000  # the newest; more would take minutes and say the same
_FOLDS, _ROUNDS, _SHUFFLES, _TREES = 5, 2, 3, 50
_MOST_CATEGORIES = 20
METHOD = (
    "Permutation importance: a random forest learns the metric from these values, and is asked for "
    "runs that it has not seen; the bar is how much worse it is when the values of one param are "
    "shuffled among those runs, as a share of the metric's variance, with its standard deviation "
    "over 10 parts that were held out. It shows what goes along with the metric in these runs, not "
    "what causes it; params that change together share their importance, and a range that was not "
    "tried says nothing."
)


def explain_metric(runs: Sequence[ComparedRun], metric: str) -> Importance:
    """Find out which param or property of the data explains the metric.

    Args:
        runs: those without the metric are not used.

    Returns:
        With `refused` set when nothing can be said: fewer than 10 runs, a metric or params that do
        not vary, or a forest that explains nothing in runs that it has not seen.
    """
    used = [run for run in runs if metric in run.metrics][:_MOST_RUNS]
    if len(used) < LEAST_RUNS:
        return _refuse(len(used), f"{len(used)} runs have {metric}; it takes at least {LEAST_RUNS}")
    columns = _together(_columns(used))
    values = [run.metrics[metric] for run in used]
    if min(values) == max(values):
        return _refuse(len(used), f"{metric} is the same in all {len(used)} runs")
    if not columns:
        return _refuse(len(used), "the runs do not differ in any param, nor in their data")
    return _measure(columns, values)


def _columns(runs: Sequence[ComparedRun]) -> dict[str, list[Any]]:
    """Give the values of each property that varies, by name; None where a run lacks it.

    Texts that are another in nearly every run, such as the name of a file, are left out: a forest
    would learn the runs by heart.
    """
    rows = [properties_of(run) for run in runs]
    columns = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        values = [row.get(name) for row in rows]
        if not _is_numeric(values):
            values = [None if value is None else str(value) for value in values]
            if len(set(values)) > min(_MOST_CATEGORIES, len(runs) / 2):
                continue
        if len(set(values)) > 1:
            columns[name] = values
    return columns


def _together(columns: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Join columns that always change together: nobody can tell which of them it was."""
    joined: dict[tuple[int, ...], list[str]] = {}
    for name, values in columns.items():
        places: dict[Any, int] = {}
        pattern = tuple(places.setdefault(value, len(places)) for value in values)
        joined.setdefault(pattern, []).append(name)
    result = {}
    for names in joined.values():
        # A number orders what it names; a text does not.
        numeric = [name for name in names if _is_numeric(columns[name])]
        result[" + ".join(names)] = columns[(numeric or names)[0]]
    return result


def _measure(columns: Mapping[str, list[Any]], values: Sequence[float]) -> Importance:
    import numpy as np
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.inspection import permutation_importance
    from sklearn.model_selection import RepeatedKFold

    table, target = _matrix(columns), np.asarray(values, float)
    variance = float(target.var())
    errors, drops = [], []
    folds = RepeatedKFold(n_splits=_FOLDS, n_repeats=_ROUNDS, random_state=0)
    for number, (seen, unseen) in enumerate(folds.split(table)):
        model = RandomForestRegressor(_TREES, random_state=number).fit(table[seen], target[seen])
        held_out = table[unseen]
        errors.append(((model.predict(held_out) - target[unseen]) ** 2).mean())
        found = permutation_importance(
            model,
            held_out,
            target[unseen],
            scoring="neg_mean_squared_error",
            n_repeats=_SHUFFLES,
            random_state=number,
        )
        drops.append(found.importances_mean / variance)
    explained = 1 - float(np.mean(errors)) / variance
    if explained <= 0:
        return _refuse(
            len(values),
            "the forest explains nothing of the metric in runs that it has not seen",
            explained,
        )
    means, spreads = np.mean(drops, axis=0), np.std(drops, axis=0)
    params = [
        ImportantParam(name=name, importance=float(mean), spread=float(spread))
        for name, mean, spread in zip(columns, means, spreads, strict=True)
    ]
    return Importance(
        params=tuple(sorted(params, key=lambda param: -param.importance)),
        num_runs=len(values),
        explained=explained,
        method=METHOD,
        refused="",
    )


def _matrix(columns: Mapping[str, list[Any]]) -> "NDArray[np.float64]":
    """Give the values as numbers, shape (num_runs, num_columns); texts by their place in order.

    A forest divides such places where it likes, so that their order does not matter. A number that
    a run lacks is NaN, which forests of this library take as it is.
    """
    import numpy as np

    return np.array([_numbers(values) for values in columns.values()], float).T


def _numbers(values: Sequence[Any]) -> list[float]:
    if _is_numeric(values):
        return [math.nan if value is None else float(value) for value in values]
    order = {text: place for place, text in enumerate(sorted({str(value) for value in values}))}
    return [float(order[str(value)]) for value in values]


def _is_numeric(values: Iterable[Any]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(isinstance(value, int | float) for value in known)


def _refuse(num_runs: int, reason: str, explained: float | None = None) -> Importance:
    return Importance(
        params=(), num_runs=num_runs, explained=explained, method=METHOD, refused=reason
    )
