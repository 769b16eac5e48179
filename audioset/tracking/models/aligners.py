"""A dataset's own aligner in MLflow: a file of phone models, logged, registered and fetched.

The run that makes it pins the version it learnt from, so that lineage holds both ways.
"""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audioset.errors import IntegrityError, NotFoundError
from audioset.tracking.client.client import mlflow_call, open_client, require_backend
from audioset.tracking.client.subjects import model_version_of
from audioset.tracking.client.tracking import Tracking

if TYPE_CHECKING:
    from audioset.hearing.align.voices.phone_models import PhoneModels

_FOLDER, _FILE = "aligner", "phones.npz"
KIND_TAG, KIND_ALIGNER = "audioset.model_kind", "aligner"  # on a registered model version


def register_aligner(
    data: bytes,
    tracking: Tracking,
    *,
    name: str,
    aliases: Sequence[str],
    params: Mapping[str, str],
    metrics: Mapping[str, float],
) -> tuple[str, str]:
    """Log a file of phone models in the active run and register it.

    Args:
        data: of the file.
        tracking: where MLflow is.
        name: of the registered model.
        aliases: to move to it.
        params, metrics: of the run.

    Returns:
        `models:/name/3`, and the id of the run.

    Raises:
        TrackingError: MLflow did not answer, or refused.
    """
    from mlflow.entities import Metric, Param

    with mlflow_call(tracking), tempfile.TemporaryDirectory(prefix="audioset-") as scratch:
        import mlflow

        client = open_client(tracking)
        run = mlflow.active_run()
        run_id = run.info.run_id
        client.log_batch(
            run_id,
            params=[Param(key, value) for key, value in params.items()],
            metrics=[Metric(key, value, run.info.start_time, 0) for key, value in metrics.items()],
        )
        file = Path(scratch) / _FILE
        file.write_bytes(data)
        client.log_artifact(run_id, str(file), _FOLDER)
        _create_model(client, name)
        made = client.create_model_version(
            name, f"runs:/{run_id}/{_FOLDER}", run_id, tags={KIND_TAG: KIND_ALIGNER}
        )
        for alias in aliases:
            client.set_registered_model_alias(name, alias, made.version)
        return f"models:/{name}/{made.version}", run_id


def fetch_aligner(model: str, tracking: Tracking) -> tuple[bytes, str]:
    """Fetch the file of a registered aligner.

    Args:
        model: `models:/name@alias` or `models:/name/3`.
        tracking: where MLflow is.

    Returns:
        The file's bytes, and `name@3`.

    Raises:
        InvalidInputError: the model has another form.
        NotFoundError: no such model, or it is no aligner.
        IntegrityError: its file is gone.
        TrackingError: MLflow did not answer.
    """
    require_backend(tracking, model)
    with mlflow_call(tracking), tempfile.TemporaryDirectory(prefix="audioset-") as scratch:
        client = open_client(tracking)
        found = model_version_of(client, model, tracking)
        if found.tags.get(KIND_TAG) != KIND_ALIGNER:
            raise NotFoundError(
                f"{model} is no aligner; audioset train-aligner makes one of a published version"
            )
        if not client.list_artifacts(found.run_id, _FOLDER):
            raise IntegrityError(
                f"{model}: its run {found.run_id} has no {_FOLDER}/{_FILE} any more"
            )
        path = client.download_artifacts(found.run_id, f"{_FOLDER}/{_FILE}", scratch)
        return Path(path).read_bytes(), f"{found.name}@{found.version}"


def _create_model(client: Any, name: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def fetch_phone_models(tracking: Tracking, model: str) -> "tuple[PhoneModels, str]":
    """Fetch what a registered aligner has learnt, and give its name as `name@3` too.

    Raises:
        As `fetch_aligner`.
    """
    from audioset.hearing.align.voices.phone_models import PhoneModels

    data, name = fetch_aligner(model, tracking)
    return PhoneModels.from_bytes(data, name=name), name
