"""How a run that followed a recipe compares with the run that the recipe is of."""

import math
import struct
from dataclasses import dataclass

from audioset.records.recipe import Recipe


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
