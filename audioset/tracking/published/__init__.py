"""Floor 4: published versions as MLflow shows them: a run each, its card, its links to models."""
