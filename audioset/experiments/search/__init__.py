"""Floor 5: the values with which a training gives the best metric. Only here is Optuna."""

from audioset.experiments.search.search import Told, search, tell_nobody
from audioset.experiments.search.space import parse_param, read_space

__all__ = ["Told", "parse_param", "read_space", "search", "tell_nobody"]
