"""Lineage: from a version to its models, from a model to its versions, from a run to both."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from audioset.errors import AudiosetError, InvalidInputError, NotFoundError, StorageError
from audioset.records.identity import VersionRef, is_version_ref, parse_version_ref
from audioset.records.lineage import DIGEST_LENGTH, Lineage, LinkedRun, LinkedVersion
from audioset.records.pin import Pin
from audioset.records.version import VersionRecord
from audioset.storage.store import Store
from audioset.tracking.client.client import backend_is_missing, require_backend
from audioset.tracking.client.dataset_input import (
    DIGEST_TAG,
    KIND_TAG,
    KIND_VERSION,
    VERSION_TAG,
    experiment_name,
)
from audioset.tracking.client.queries import (
    PinnedInput,
    experiment_names,
    find_version_run,
    linked_models,
    model_versions_of,
    pinned_inputs,
    runs_with_digest,
)
from audioset.tracking.client.questions import mlflow_questions
from audioset.tracking.client.subjects import (
    _FORMS,
    _MODEL_URI,
    RUN_ID,
    _get_model_version,
    _get_run,
    pinned_by,
)
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.lineage.texts import follow_texts
from audioset.versions.read.resolve import resolve


def trace(subject: str, tracking: Tracking, store: Store, *, through_texts: bool = True) -> Lineage:
    """Follow the links of a version, a run or a registered model, both ways.

    A version gives the runs that pinned it and the models they registered; a model gives its run
    and the versions that this run pinned; a run gives its versions and its models.

    Args:
        subject: `name@v3`, `models:/name@alias`, `models:/name/3`, or an MLflow run id.
        tracking: where MLflow is.
        store: of the versions.
        through_texts: also follow who wrote the texts, see `texts.follow_texts`.

    Raises:
        InvalidInputError: the subject has none of these forms.
        NotFoundError: no such version, model or run.
        TrackingError: MLflow did not answer.
        StorageError: a version is asked for that only the store knows, and it did not answer.
    """
    if not is_version_ref(subject):
        require_backend(tracking, subject)
    if backend_is_missing(tracking):
        return _trace_without_mlflow(subject, store)
    with mlflow_questions(tracking) as client:
        lineage = _trace_directly(client, subject, tracking, store)
        if not through_texts:
            return lineage
        return follow_texts(
            client, lineage, store, lambda other: _trace_directly(client, other, tracking, store)
        )


def _trace_directly(client: Any, subject: str, tracking: Tracking, store: Store) -> Lineage:
    if is_version_ref(subject):
        return _trace_version(client, subject, store)
    if match := _MODEL_URI.fullmatch(subject):
        return _trace_model(client, subject, match, tracking, store)
    if RUN_ID.fullmatch(subject):
        return _trace_run(client, subject, tracking, store)
    raise InvalidInputError(f"{subject!r} has no lineage; give {_FORMS}")


def _trace_without_mlflow(subject: str, store: Store) -> Lineage:
    """Tell of a version from the store alone; a question does not make a database."""
    record = resolve(store, parse_version_ref(subject))
    version = link_version(None, record.ref, record.digest, store, record)
    return Lineage(subject=subject, versions=(version,), runs=(), models=())


def _trace_version(client: Any, subject: str, store: Store) -> Lineage:
    ref = parse_version_ref(subject)
    version = link_version(client, ref, _digest_of(client, ref, store), store)
    experiments = experiment_names(client)
    runs = runs_with_digest(client, experiments, version.pin.digest)
    models = model_versions_of(client, [run.info.run_id for run in runs])
    return Lineage(
        subject=subject,
        versions=(version,),
        runs=tuple(describe_run(run, pinned_inputs(run), experiments) for run in runs),
        models=tuple(linked_models(client, models)),
    )


def _trace_model(
    client: Any, subject: str, match: "re.Match[str]", tracking: Tracking, store: Store
) -> Lineage:
    model_version = _get_model_version(client, match, tracking)
    if not model_version.run_id:
        # Registered from files alone: MLflow does not know of any run, so there is nothing behind.
        models = tuple(linked_models(client, [model_version]))
        return Lineage(subject=subject, versions=(), runs=(), models=models)
    run = _get_run(client, model_version.run_id, tracking)
    return _around_run(client, subject, run, [model_version], store)


def _trace_run(client: Any, subject: str, tracking: Tracking, store: Store) -> Lineage:
    run = _get_run(client, subject, tracking)
    if run.data.tags.get(KIND_TAG) == KIND_VERSION:
        ref = f"{run.data.tags.get('audioset.dataset')}@v{run.data.tags.get(VERSION_TAG)}"
        return _trace_version(client, ref, store)
    model_versions = model_versions_of(client, [run.info.run_id])
    return _around_run(client, subject, run, model_versions, store)


def _around_run(
    client: Any, subject: str, run: Any, model_versions: Iterable[Any], store: Store
) -> Lineage:
    pinned = pinned_by(client, run)
    versions = {
        (item.dataset, item.version): link_version(
            client, VersionRef(item.dataset, item.version), item.digest, store
        )
        for item in sorted(pinned)
    }
    return Lineage(
        subject=subject,
        versions=tuple(versions.values()),
        runs=(describe_run(run, pinned, experiment_names(client)),),
        models=tuple(linked_models(client, model_versions)),
    )


def describe_run(
    run: Any, pinned: Iterable[PinnedInput], experiments: Mapping[str, str]
) -> LinkedRun:
    """Give a run as lineage shows it; `experiments` are names by ids."""
    return LinkedRun(
        run_id=run.info.run_id,
        name=run.info.run_name or "",
        experiment=experiments.get(run.info.experiment_id, ""),
        status=run.info.status,
        digests=tuple(sorted({item.digest[:DIGEST_LENGTH] for item in pinned})),
    )


def link_version(
    client: Any | None,
    ref: VersionRef,
    digest: str,
    store: Store,
    record: VersionRecord | None = None,
) -> LinkedVersion:
    """Give a version as lineage shows it.

    Args:
        client: None when nothing is logged yet.
        record: read from the store when None; its totals are left out where that fails.
    """
    record = record or _read_record(ref, digest, store)
    run = find_version_run(client, ref.dataset, ref.version, digest) if client else None
    return LinkedVersion(
        pin=Pin(dataset=ref.dataset, version=ref.version, digest=digest, store=store.url),
        num_clips=record.num_clips if record else None,
        length_seconds=record.length_seconds if record else None,
        run_id=run.info.run_id if run is not None else None,
    )


def _read_record(ref: VersionRef, digest: str, store: Store) -> VersionRecord | None:
    """Read the record of a version when this store holds it; lineage goes on without."""
    try:
        record = resolve(store, ref)
    except AudiosetError:
        return None
    return record if record.digest == digest else None


def _digest_of(client: Any, ref: VersionRef, store: Store) -> str:
    """Give the digest of a version from the store or, when that is out of reach, from MLflow."""
    try:
        return resolve(store, ref).digest
    except (StorageError, NotFoundError):
        experiment = client.get_experiment_by_name(experiment_name(ref.dataset))
        query = f"tags.`{KIND_TAG}` = '{KIND_VERSION}' and tags.`{VERSION_TAG}` = '{ref.version}'"
        runs = client.search_runs([experiment.experiment_id], query) if experiment else []
        digests = {run.data.tags[DIGEST_TAG] for run in runs if DIGEST_TAG in run.data.tags}
        if len(digests) != 1:
            raise
        return str(digests.pop())
