"""Write the pages of versions anew from which clips were withdrawn, and reports that are missing.

A withdrawal changes what an old version holds, and with it what its run in MLflow may show; so does
that of its parent, since the report tells what changed. Runs that were deleted in MLflow can be
restored: of those the files are removed.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from audioset.pages.card import CardWords
from audioset.records.split_report import SplitOptions
from audioset.records.version import VersionRecord
from audioset.storage.store import Store
from audioset.tracking.client.client import all_pages, mlflow_call, open_client
from audioset.tracking.client.dataset_input import (
    DIGEST_TAG,
    KIND_TAG,
    KIND_VERSION,
    VERSION_TAG,
    experiment_name,
)
from audioset.tracking.client.queries import experiment_names
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.published.card import CARD_FILE
from audioset.tracking.published.links import refresh_version_run
from audioset.tracking.published.version_pages import (
    LEFT_OUT_TAG,
    REPORT_TAG,
    describe_version,
    left_out_of,
    log_pages,
)
from audioset.tracking.published.version_run import ignore_deleted_run

_NOTHING_LEFT_OUT = "0, 0"  # a run of an earlier release has no tag


def renew_pages(
    tracking: Tracking,
    store: Store,
    records: Iterable[VersionRecord],
    split_options: SplitOptions,
    *,
    add_reports: bool,
) -> int:
    """Bring the pages of versions up to date; gives how many runs were written to.

    Args:
        records: of one dataset, as far as they were not withdrawn.
        add_reports: also give a report to runs that have none.

    Raises:
        TrackingError: MLflow did not answer, or refused.
        StorageError: the store did not answer.
        IntegrityError: a version's manifest does not match its hash.
    """
    num_written = 0
    with mlflow_call(tracking):
        client = open_client(tracking)
        of_version: dict[str, dict[tuple[str, str], list[Any]]] = {}
        for record in records:
            if record.dataset not in of_version:
                of_version[record.dataset] = _runs_by_version(client, record.dataset)
            runs = of_version[record.dataset].get((str(record.version), record.digest), [])
            left_out = left_out_of(record, store) if runs else ""
            for run in runs:
                is_old = run.data.tags.get(LEFT_OUT_TAG, _NOTHING_LEFT_OUT) != left_out
                lacks = add_reports and REPORT_TAG not in run.data.tags
                if run.info.lifecycle_stage == "deleted":
                    num_written += int(is_old and _remove_files(run, tracking))
                elif is_old or lacks:
                    with ignore_deleted_run():
                        _write(
                            client,
                            run,
                            record,
                            store,
                            split_options,
                            words=CardWords.read(tracking.folder) or _words_there(client, run),
                            add_reports=add_reports,
                        )
                        num_written += 1
    return num_written


def _write(
    client: Any,
    run: Any,
    record: VersionRecord,
    store: Store,
    split_options: SplitOptions,
    *,
    words: CardWords,
    add_reports: bool,
) -> None:
    log_pages(
        client,
        run.info.run_id,
        record,
        store,
        split_options,
        description=describe_version(record, store),
        words=words,
        # What withdrawn clips play in is never left, also where reports are no longer wanted.
        with_report=add_reports or REPORT_TAG in run.data.tags,
    )
    refresh_version_run(
        client, record.dataset, record.version, record.digest, experiment_names(client)
    )


def _words_there(client: Any, run: Any) -> CardWords:
    """Give the author's words in the card that is there: `card.md` may be on another machine."""
    from mlflow.exceptions import MlflowException

    with tempfile.TemporaryDirectory(prefix="audioset-") as scratch:
        try:
            path = client.download_artifacts(run.info.run_id, CARD_FILE, scratch)
            return CardWords.of_card(Path(path).read_text(encoding="utf-8"))
        except (MlflowException, OSError, UnicodeDecodeError):  # an early run, or it was removed
            return CardWords()


def _runs_by_version(client: Any, dataset: str) -> dict[tuple[str, str], list[Any]]:
    """Find the runs of all versions of a dataset, deleted ones too, by version and digest."""
    from mlflow.entities import ViewType

    found: dict[tuple[str, str], list[Any]] = {}
    experiment = client.get_experiment_by_name(experiment_name(dataset))
    if experiment is None:
        return found
    runs = all_pages(
        lambda token: client.search_runs(
            [experiment.experiment_id],
            f"tags.`{KIND_TAG}` = '{KIND_VERSION}'",
            run_view_type=ViewType.ALL,
            page_token=token,
        )
    )
    for run in runs:
        tags = run.data.tags
        found.setdefault((tags.get(VERSION_TAG, ""), tags.get(DIGEST_TAG, "")), []).append(run)
    return found


def _remove_files(run: Any, tracking: Tracking) -> bool:
    """Remove the artifacts of a deleted run; tells whether there were any."""
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    files = get_artifact_repository(run.info.artifact_uri, tracking_uri=tracking.uri)
    names = [file.path for file in files.list_artifacts()]
    for name in names:
        files.delete_artifacts(name)
    return bool(names)
