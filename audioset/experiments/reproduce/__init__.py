"""Floor 5: a training run again by its recipe, and compared to the last bit."""

from audioset.experiments.reproduce.reproduce import Begun, reproduce, tell_nobody

__all__ = ["Begun", "reproduce", "tell_nobody"]
