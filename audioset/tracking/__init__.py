"""Floor 4: runs, registry and lineage. The only place that imports MLflow."""
