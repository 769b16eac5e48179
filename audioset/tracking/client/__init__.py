"""Floor 4: the door to MLflow. What it cannot do, or does too loudly, is made good here."""

from audioset.tracking.client.probe import ask_known_versions
from audioset.tracking.client.spare_registry import spare_registry
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.client.ui import MlflowUi, start_ui

__all__ = ["MlflowUi", "Tracking", "ask_known_versions", "spare_registry", "start_ui"]
