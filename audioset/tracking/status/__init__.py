"""Floor 4: how a workspace stands: its sources and clips, its store, its catalog and its MLflow."""

from audioset.tracking.status.look import look_at_mlflow
from audioset.tracking.status.read import read_status

__all__ = ["look_at_mlflow", "read_status"]
