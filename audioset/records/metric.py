"""Metric: what its name tells, such as which way it is better."""

import re
from typing import Literal, get_args

Direction = Literal["max", "min"]  # whether it is better when it is greater or smaller
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
_LOWER_IS_BETTER = frozenset({
    "loss", "nll", "wer", "cer", "eer", "der", "error", "errors", "err", "mae", "mse",
    "rmse", "perplexity", "ppl", "latency", "seconds",
})  # fmt: skip
_PROPORTION = re.compile(r"(?:^|[_./ -])(?:accuracy|acc)(?:$|[_./ -])")
_SIZE = re.compile(r"num_\w+|length_seconds|hours|clips|speakers")
_NOT_OF_THE_TEST = re.compile(r"^(?:train|training|val|valid|validation|cv|dev)(?:$|[_./ -])")


def usual_direction(metric: str) -> Direction:
    """Tell which way a metric is better, by its name: errors, losses and times are better small."""
    words = re.split(r"[^a-z]+", metric.lower())
    return "min" if _LOWER_IS_BETTER.intersection(words) else "max"


def is_test_proportion(metric: str) -> bool:
    """Tell whether a metric is a share of test clips that came out right.

    Only of such a share does the number of test clips alone tell how certain it is: of F1 or of a
    word error rate it does not.
    """
    name = metric.lower()
    return bool(_PROPORTION.search(name)) and not _NOT_OF_THE_TEST.search(name)


def is_size(metric: str) -> bool:
    """Tell whether a metric says how much there was, not how good it was: `num_clips`, `hours`."""
    return bool(_SIZE.fullmatch(metric.lower()))


def is_of_the_test(metric: str) -> bool:
    """Tell whether the name of a metric does not say that it is of training or validation."""
    return not _NOT_OF_THE_TEST.search(metric.lower())
