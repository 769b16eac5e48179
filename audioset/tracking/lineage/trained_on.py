"""The one version that a model was trained on."""

from audioset.errors import IntegrityError, InvalidInputError, NotFoundError
from audioset.records.identity import VersionRef, is_version_ref, parse_version_ref
from audioset.records.version import VersionRecord
from audioset.storage.store import Store
from audioset.tracking.client.dataset_input import TRAINING_CONTEXT
from audioset.tracking.client.questions import mlflow_questions
from audioset.tracking.client.subjects import pinned_by
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.lineage.trace import trace
from audioset.versions.read.resolve import resolve


def trained_on(subject: str, tracking: Tracking, store: Store) -> VersionRecord:
    """Give the one version that a model, or a run, was trained on; a version is its own.

    Raises:
        InvalidInputError: it was trained on several versions, or the subject has another form.
        NotFoundError: no such model, run or version, or it pinned none.
        IntegrityError: the store holds other data under the version's name.
        TrackingError: MLflow did not answer.
        StorageError: the store did not answer.
    """
    if is_version_ref(subject):
        return resolve(store, parse_version_ref(subject))
    runs = trace(subject, tracking, store, through_texts=False).runs
    with mlflow_questions(tracking) as client:
        pinned = {
            (item.dataset, item.version, item.digest)
            for run in runs
            for item in pinned_by(client, client.get_run(run.run_id))
            if item.context == TRAINING_CONTEXT
        }
    if not pinned:
        raise NotFoundError(f"nothing is known of the data of {subject}: its run pinned no version")
    if len(pinned) > 1:
        names = " and ".join(sorted(f"{dataset}@v{version}" for dataset, version, _ in pinned))
        raise InvalidInputError(
            f"{subject} was trained on {names}; compare versions: audioset diff A B"
        )
    dataset, version, digest = pinned.pop()
    return _require_digest(resolve(store, VersionRef(dataset, version)), digest, store, subject)


def _require_digest(
    record: VersionRecord, digest: str, store: Store, subject: str
) -> VersionRecord:
    if record.digest != digest:
        raise IntegrityError(
            f"{record.ref} in {store.url} has digest {record.digest[:12]}, but {subject} was "
            f"trained on {digest[:12]}: it is not the same data; give the store of its run"
        )
    return record
