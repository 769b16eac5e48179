"""Floor 4: runs and registered models from one MLflow to another."""

from audioset.tracking.copying.copy_runs import copy_runs

__all__ = ["copy_runs"]
