"""Keep MLflow a mirror of the store: log what is missing, link what belongs together."""

from dataclasses import dataclass, replace

from audioset.errors import AudiosetError
from audioset.records.identity import VersionRef
from audioset.records.split_report import SplitOptions
from audioset.records.version import VersionRecord
from audioset.storage.store import Store
from audioset.tracking.client.client import backend_is_missing, mlflow_call, open_client
from audioset.tracking.client.queries import experiment_names, find_version_run, runs_with_digest
from audioset.tracking.client.questions import mlflow_questions
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.published.version_run import log_version
from audioset.versions.publish import Publication, tell_published
from audioset.versions.read.resolve import list_readable_versions


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorReport:
    """What was done to bring MLflow up to date.

    Attributes:
        logged: versions that MLflow lacked, oldest first.
        num_known: versions that it knew already.
        num_models: registered model versions that are linked with versions now.
        num_renewed: versions whose pages were written anew, since clips were withdrawn, or which
            had no report yet.
    """

    logged: tuple[VersionRef, ...]
    num_known: int
    num_models: int
    num_renewed: int = 0


def log_publication(
    publication: Publication, tracking: Tracking, store: Store, split_options: SplitOptions
) -> Publication:
    """Log a published version in MLflow unless it is there; give the publication with the run's id.

    Never raises for MLflow's sake: the version stands without it. `tracking_error` then tells why.
    """
    try:
        return replace(
            publication, run_id=log_version(publication.record, tracking, store, split_options)
        )
    except AudiosetError as error:
        return replace(publication, tracking_error=str(error))
    except KeyboardInterrupt:
        tell_published(publication.ref)
        raise


def log_missing(
    tracking: Tracking, store: Store, dataset: str, split_options: SplitOptions
) -> MirrorReport:
    """Log the versions of the workspace's dataset that MLflow lacks, and link all models.

    Raises:
        TrackingError: MLflow did not answer, or refused.
        StorageError: the store did not answer.
    """
    from audioset.tracking.published.renewed_pages import renew_pages

    records = list_readable_versions(store, dataset)
    if not records and backend_is_missing(tracking):  # nothing to log makes no database
        return MirrorReport(logged=(), num_known=0, num_models=0)
    missing = _find_missing(records, tracking)
    for record in missing:
        log_version(record, tracking, store, split_options)
    return MirrorReport(
        logged=tuple(record.ref for record in missing),
        num_known=len(records) - len(missing),
        num_renewed=renew_pages(
            tracking, store, records, split_options, add_reports=tracking.logs_reports
        ),
        num_models=_link_all(records, tracking),
    )


def _find_missing(records: list[VersionRecord], tracking: Tracking) -> list[VersionRecord]:
    with mlflow_questions(tracking) as client:
        missing = []
        for record in records:
            run = find_version_run(client, record.dataset, record.version, record.digest)
            if run is None or run.info.status != "FINISHED":
                missing.append(record)
        return missing


def _link_all(records: list[VersionRecord], tracking: Tracking) -> int:
    from audioset.tracking.published.links import link_models_of, refresh_version_run

    with mlflow_call(tracking):
        client = open_client(tracking)
        experiments = list(experiment_names(client))
        # Equal digests are equal data: runs of one are found once.
        runs = {
            run.info.run_id
            for digest in {record.digest for record in records}
            for run in runs_with_digest(client, experiments, digest)
        }
        found = [link_models_of(client, run_id)[0] for run_id in sorted(runs)]
        models = {(model.name, model.version) for some in found for model in some}
        for record in records:
            refresh_version_run(client, record.dataset, record.version, record.digest, experiments)
        return len(models)
