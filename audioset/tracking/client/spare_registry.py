"""A model registry that is thrown away, for trainings whose models must not reach the real one.

A script registers its model and gives it an alias, as it always does; MLflow sends both there, and
runs, metrics and files to the real backend.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from audioset.tracking.client.client import mlflow_call, prepare_backend
from audioset.tracking.client.tracking import Tracking

_REGISTERED_TAG = "mlflow.modelVersions"  # MLflow's, on a logged model
SPARE_VARIABLE = "AUDIOSET_SPARE_REGISTRY"  # tells a training that its registry is such a one


@contextmanager
def spare_registry() -> Iterator[dict[str, str]]:
    """Make an empty registry, removed at the end of the block.

    Yields:
        The variables of the environment that send a process there.
    """
    with tempfile.TemporaryDirectory(prefix="audioset-registry-") as folder:
        spare = Tracking(f"sqlite:///{Path(folder)}/registry.db", folder=Path(folder))
        with mlflow_call(spare):
            prepare_backend(spare)
        yield {"MLFLOW_REGISTRY_URI": spare.uri, SPARE_VARIABLE: "1"}


def forget_registrations(client: Any, run_id: str) -> None:
    """Take from the models of a run what names them in a registry that is thrown away.

    MLflow notes on the logged model under which name and version it is registered, and shows that
    in its table of runs, whichever registry it was.
    """
    outputs = client.get_run(run_id).outputs
    for output in outputs.model_outputs if outputs else []:
        if _REGISTERED_TAG in client.get_logged_model(output.model_id).tags:
            client.delete_logged_model_tag(output.model_id, _REGISTERED_TAG)
