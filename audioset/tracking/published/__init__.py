"""Floor 4: published versions as MLflow shows them: a run each, its card, its links to models."""

from audioset.tracking.published.mirror import MirrorReport, log_missing, log_publication

__all__ = ["MirrorReport", "log_missing", "log_publication"]
