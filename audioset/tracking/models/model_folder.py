"""The files of a registered model, for a plug-in that loads them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audioset.records.plugin_contracts import Weights
from audioset.tracking.client.client import mlflow_call, open_client, require_backend
from audioset.tracking.client.subjects import model_version_of
from audioset.tracking.client.tracking import Tracking


@contextmanager
def fetched_model(model: str, tracking: Tracking) -> Iterator[Weights]:
    """Give a folder with the files of a registered model; what was fetched goes at the end.

    Args:
        model: `models:/name@alias` or `models:/name/3`.

    Raises:
        InvalidInputError: `model` has another form.
        NotFoundError: no such model, version or alias.
        TrackingError: MLflow did not answer, or its files are gone.
    """
    with tempfile.TemporaryDirectory(prefix="audioset-model-") as folder:
        yield _fetch(model, tracking, Path(folder))


def _fetch(model: str, tracking: Tracking, folder: Path) -> Weights:
    require_backend(tracking, model)
    with mlflow_call(tracking):
        from mlflow.artifacts import download_artifacts

        client = open_client(tracking)
        found = model_version_of(client, model, tracking)
        files = client.get_model_version_download_uri(found.name, found.version)
        path = download_artifacts(
            artifact_uri=files, dst_path=str(folder), tracking_uri=tracking.uri
        )
        return Weights(Path(path), name=found.name, version=str(found.version))
