"""Floor 5: which data and which choices made which result, and how certain that is."""

from audioset.experiments.compare.compare import compare_runs, comparison_table
from audioset.experiments.compare.log import log_in_mlflow

__all__ = ["compare_runs", "comparison_table", "log_in_mlflow"]
