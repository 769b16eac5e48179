"""Floor 4: runs, registry and lineage. The only place that imports MLflow.

`client/` is the door; `published/` logs versions, `run/` a training run from its pin to its
receipt, `lineage/` goes from models to clips and back.
"""
