"""What the axes of a plot show: which names, which values, and where they lie on it."""

import math
from collections.abc import Sequence
from typing import Any

from audioset.records.comparison import ComparedRun, Comparison, properties_of

_LOG_FROM = 50  # times that the greatest value is the least


def causes(comparison: Comparison) -> list[str]:
    """Name what may stand on an axis beside the metric: the important first, one of each group."""
    runs = comparison.runs
    names = [
        name
        for name in ("training hours", "training clips", "data", *comparison.params)
        if len({value_of(run, name) for run in runs}) > 1
    ]
    groups = (
        [param.name.split(" + ") for param in comparison.importance.params]
        if (comparison.importance)
        else []
    )
    first = [next((n for n in group if is_numeric(runs, n)), group[0]) for group in groups]
    beside = {name for group in groups for name in group} - set(first)
    rest = [name for name in names if name not in beside and name not in first]
    return [*(name for name in first if name in names), *rest]


def value_of(run: ComparedRun, name: str) -> Any:
    """Give what a run has of a metric, a param or a property of its data; None when it lacks it."""
    if name in run.metrics:
        return run.metrics[name]
    return properties_of(run).get(name)


def is_numeric(runs: Sequence[ComparedRun], name: str) -> bool:
    """Tell whether all runs that have it have a number."""
    return AxisScale([value_of(run, name) for run in runs]).is_numeric


class AxisScale:
    """Brings the values of one axis to [0, 1]: numbers evenly or by logarithm, texts by order."""

    def __init__(self, values: Sequence[Any]) -> None:
        known = [value for value in values if value is not None]
        self.is_numeric = bool(known) and all(isinstance(value, int | float) for value in known)
        self._order = [] if self.is_numeric else sorted({str(value) for value in known})
        low, high = (min(known), max(known)) if self.is_numeric else (0.0, 1.0)
        self.is_log = self.is_numeric and low > 0 and high / low >= _LOG_FROM
        self._low, self._high = self._turn(low), self._turn(high)

    def at(self, value: Any) -> float:
        """Give the place of a value; NaN of None."""
        if value is None:
            return math.nan
        if not self.is_numeric:
            return (self._order.index(str(value)) + 0.5) / len(self._order)
        if self._low == self._high:
            return 0.5
        return (self._turn(value) - self._low) / (self._high - self._low)

    def ticks(self) -> list[tuple[float, str]]:
        """Give some six places with their texts."""
        if not self.is_numeric:
            step = math.ceil(len(self._order) / 12)
            return [(self.at(text), text) for text in self._order[::step]]
        from matplotlib.ticker import MaxNLocator

        if self.is_log:
            powers = range(math.floor(self._low), math.ceil(self._high) + 1)
            values = [10.0**power for power in powers]
        else:
            values = [
                float(v)
                for v in MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(self._low, self._high)
            ]
        known = [(self.at(value), f"{value:.4g}") for value in values]
        return [(place, text) for place, text in known if -0.001 <= place <= 1.001]

    def _turn(self, value: float) -> float:
        return math.log10(value) if self.is_log else float(value)
