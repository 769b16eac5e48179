"""A model registry that is thrown away, for trainings whose models must not reach the real one.

A script registers its model and gives it an alias, as it always does; MLflow sends both there, and
runs, metrics and files to the real backend.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from audioset.settings import Settings
from audioset.tracking.client import mlflow_call, prepare_backend

SPARE_VARIABLE = "AUDIOSET_SPARE_REGISTRY"  # tells a training that its registry is such a one


@contextmanager
def spare_registry(settings: Settings) -> Iterator[dict[str, str]]:
    """Make an empty registry, removed at the end of the block.

    Args:
        settings: of the workspace.

    Yields:
        The variables of the environment that send a process there.
    """
    with tempfile.TemporaryDirectory(prefix="audioset-registry-") as folder:
        spare = replace(settings, tracking=f"sqlite:///{Path(folder)}/registry.db")
        with mlflow_call(spare):
            prepare_backend(spare)
        yield {"MLFLOW_REGISTRY_URI": spare.tracking, SPARE_VARIABLE: "1"}
