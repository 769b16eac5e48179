"""The MLflow run that records one published version: experiment `audioset/<dataset>`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from audioset.records.description import Description
from audioset.records.split_report import SplitOptions
from audioset.records.version import VersionRecord
from audioset.storage.store import Store
from audioset.tracking.client.client import (
    backend_is_missing,
    ensure_experiment,
    mlflow_call,
    open_client,
)
from audioset.tracking.client.dataset_input import (
    DATASET_TAG,
    DIGEST_TAG,
    KIND_TAG,
    KIND_VERSION,
    VERSION_CONTEXT,
    VERSION_TAG,
    dataset_input,
    experiment_name,
)
from audioset.tracking.client.queries import find_version_run, version_runs
from audioset.tracking.client.questions import mlflow_questions
from audioset.tracking.client.tracking import Tracking

_DELETED_TRIES = 5


def log_version(
    record: VersionRecord, tracking: Tracking, store: Store, split_options: SplitOptions
) -> str:
    """Log a version as an MLflow run, unless it is there, and give the run's id.

    A run that was begun and never finished is completed.

    Raises:
        TrackingError: MLflow did not answer, or refused.
        StorageError: the store did not answer.
        IntegrityError: the version's manifest does not match its hash.
    """
    logged = find_logged(record, tracking)
    if logged is not None:
        return logged
    with mlflow_call(tracking):
        client = open_client(tracking)
        for _ in range(_DELETED_TRIES):
            with ignore_deleted_run():
                return _log_once(client, record, tracking, store, split_options)
        return _log_once(client, record, tracking, store, split_options)


def find_logged(record: VersionRecord, tracking: Tracking) -> str | None:
    """Give the id of the finished run of a version; None when it has none yet.

    Raises:
        TrackingError: MLflow did not answer.
    """
    if backend_is_missing(tracking):
        return None
    with mlflow_questions(tracking) as client:
        run = find_version_run(client, record.dataset, record.version, record.digest)
        return str(run.info.run_id) if run is not None and run.info.status == "FINISHED" else None


def _log_once(
    client: Any,
    record: VersionRecord,
    tracking: Tracking,
    store: Store,
    split_options: SplitOptions,
) -> str:
    run = find_version_run(client, record.dataset, record.version, record.digest)
    if run is not None and run.info.status == "FINISHED":
        return str(run.info.run_id)
    # Draws and counts, which takes longer to load than to see that all is there.
    from audioset.pages.card import CardWords
    from audioset.tracking.published.version_pages import describe_version, log_pages

    description = describe_version(record, store)
    run_id = run.info.run_id if run is not None else _create_run(client, record, tracking)
    log_pages(
        client,
        run_id,
        record,
        store,
        split_options,
        description=description,
        words=CardWords.read(tracking.folder),
        with_report=tracking.logs_reports,
    )
    _fill(client, run_id, record, description, store)
    return _keep_one(client, record)


@contextmanager
def ignore_deleted_run() -> Iterator[None]:
    """Leave the block when the run written to was deleted meanwhile: a twin of it is kept."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        if "Current state is deleted" not in str(error):
            raise


def _create_run(client: Any, record: VersionRecord, tracking: Tracking) -> str:
    experiment_id = ensure_experiment(client, experiment_name(record.dataset), tracking)
    tags = {
        KIND_TAG: KIND_VERSION,
        DATASET_TAG: record.dataset,
        VERSION_TAG: str(record.version),
        DIGEST_TAG: record.digest,
        "mlflow.user": record.created_by,
    }
    made = client.create_run(experiment_id, run_name=str(record.ref), tags=tags)
    # Trainings that end at once on a new version may each have made one. The first look saves
    # work; it cannot decide, since a run that began earlier may be seen later (`_keep_one` can).
    oldest = find_version_run(client, record.dataset, record.version, record.digest)
    if oldest is None or oldest.info.run_id == made.info.run_id:
        return str(made.info.run_id)
    client.delete_run(made.info.run_id)
    return str(oldest.info.run_id)


def _keep_one(client: Any, record: VersionRecord) -> str:
    """Delete finished twins of a version's run and give the id of the one that stays.

    Everybody looks after finishing their own, so the last of them sees all.
    """
    kept, *others = version_runs(client, record.dataset, record.version, record.digest)
    for run in others:
        if run.info.status == "FINISHED":
            with ignore_deleted_run():
                client.delete_run(run.info.run_id)
    return str(kept.info.run_id)


def _fill(
    client: Any, run_id: str, record: VersionRecord, description: Description, store: Store
) -> None:
    """Log everything; each step may be repeated without harm. The status is set last."""
    from mlflow.entities import Metric, Param

    client.log_inputs(run_id, [dataset_input(record, store, context=VERSION_CONTEXT)])
    # A metric that is logged again with the same step and time stays one point of its history.
    time_ms = round(datetime.fromisoformat(record.created_at).timestamp() * 1000)
    metrics = _metrics(record, description)
    client.log_batch(
        run_id,
        metrics=[Metric(name, value, time_ms, 0) for name, value in metrics.items()],
        params=[Param(name, value) for name, value in _params(record, store).items()],
    )
    client.set_terminated(run_id, "FINISHED")


def _params(record: VersionRecord, store: Store) -> dict[str, str]:
    values = {
        "dataset": record.dataset,
        "version": f"v{record.version}",
        "parent": f"v{record.parent}" if record.parent else "",
        "message": record.message,
        "num_clips": str(record.num_clips),
        "num_shards": str(len(record.shards)),
        "num_manifest_parts": str(len(record.manifests)),
        "created_at": record.created_at,
        "created_by": record.created_by,
        "store": store.url,
    }
    return {name: value for name, value in values.items() if value}


def _metrics(record: VersionRecord, description: Description) -> dict[str, float]:
    lengths = description.lengths
    return {
        "num_clips": float(record.num_clips),
        "num_speakers": float(record.num_speakers),
        "num_with_text": float(description.num_with_text),
        "length_seconds": record.length_seconds,
        "hours": record.length_seconds / 3600,
        "size_bytes": float(record.size_bytes),
        "clip_seconds_mean": lengths.mean,
        "clip_seconds_min": lengths.min,
        "clip_seconds_max": lengths.max,
    }
