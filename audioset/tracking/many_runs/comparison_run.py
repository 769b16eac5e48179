"""A comparison as an MLflow run, so that those who look there find its page and its plots."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from audioset.tracking.client.client import ensure_experiment, mlflow_call, open_client
from audioset.tracking.client.dataset_input import DATASET_TAG, KIND_TAG, experiment_name
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.published.version_pages import NOTE_TAG

KIND_COMPARISON = "comparison"


def log_comparison(
    paths: Sequence[Path],
    tracking: Tracking,
    *,
    dataset: str,
    note: str,
    metrics: Mapping[str, float],
) -> str:
    """Log files as a run `comparison` beside the runs of a dataset's versions; give the run's id.

    Args:
        paths: of the files; they stand at the root of the run's artifacts.
        tracking: where MLflow is.
        dataset: whose experiment it goes to.
        note: Markdown, shown as the description of the run.
        metrics: of the run.

    Raises:
        TrackingError: MLflow did not answer, or refused.
    """
    with mlflow_call(tracking):
        from mlflow.entities import Metric

        client = open_client(tracking)
        experiment = ensure_experiment(client, experiment_name(dataset), tracking)
        tags = {KIND_TAG: KIND_COMPARISON, DATASET_TAG: dataset, NOTE_TAG: note}
        run = client.create_run(experiment, run_name=KIND_COMPARISON, tags=tags)
        run_id = str(run.info.run_id)
        for path in paths:
            client.log_artifact(run_id, str(path))
        time_ms = int(run.info.start_time)
        client.log_batch(
            run_id, metrics=[Metric(name, value, time_ms, 0) for name, value in metrics.items()]
        )
        client.set_terminated(run_id, "FINISHED")
        return run_id
