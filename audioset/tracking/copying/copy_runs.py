"""Runs from one MLflow to another: params, metrics, tags, inputs, artifacts, and logged models.

A run gets a new id there, and a tag that keeps its old one: by it a second copy finds what is
there. Runs of versions stay out: `log_missing` writes them anew, with the store of the team.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from audioset.engine import Progress, no_progress
from audioset.records.copy_report import CopiedRuns
from audioset.tracking.client.active_runs import PARENT_TAG
from audioset.tracking.client.client import (
    PAGE,
    all_pages,
    backend_is_missing,
    chunks,
    ensure_experiment,
    mlflow_call,
    open_client,
    require_backend,
)
from audioset.tracking.client.dataset_input import KIND_TAG, KIND_VERSION
from audioset.tracking.client.not_copied import is_being_copied
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.copying.copy_models import ModelCopier
from audioset.tracking.run.receipts import RECEIPT_TAG

COPIED_TAG = "audioset.copied_from"  # id of the run where it comes from
WHOLE_TAG = "audioset.copied_whole"  # set last
_LEFT_BEHIND = (PARENT_TAG, COPIED_TAG, WHOLE_TAG, "mlflow.log-model.history")
_METRICS_AT_ONCE, _PARAMS_AT_ONCE = 1000, 100  # MLflow's limits


@dataclass(slots=True)
class Both:
    """Two MLflows in one conversation, and what is known of both.

    Attributes:
        here, there: clients of where things come from, and of where they go to.
        runs: new ids by the old ones.
        problems: what could not be copied, a line each.
    """

    here: Any
    there: Any
    runs: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def copy_runs(
    origin: Tracking,
    target: Tracking,
    *,
    yes: bool = False,
    dry_run: bool = False,
    progress: Progress = no_progress,
) -> CopiedRuns:
    """Bring all runs and registered models of one MLflow to another; those there are not repeated.

    Two calls for the same two at the same moment may bring a run twice: neither sees the other.

    Args:
        yes: also move aliases of models that name another version there.
        dry_run: only tell.
        progress: told of runs.

    Raises:
        NotFoundError: the origin is a file that does not exist.
        TrackingError: an MLflow did not answer, or refused. What was copied stands.
    """
    is_being_copied(origin)
    is_being_copied(target)
    require_backend(origin, "run to copy")
    if dry_run and backend_is_missing(target):
        with TemporaryDirectory(prefix="audioset-") as scratch:  # it is not made only to look
            empty = Tracking(f"sqlite:///{scratch}/empty.db", Path(scratch))
            return _copy(origin, empty, yes=yes, dry_run=True, progress=progress)
    return _copy(origin, target, yes=yes, dry_run=dry_run, progress=progress)


def _copy(
    origin: Tracking, target: Tracking, *, yes: bool, dry_run: bool, progress: Progress
) -> CopiedRuns:
    with mlflow_call(target), mlflow_call(origin):
        both = Both(open_client(origin), open_client(target))
        known = _copied_before(both.there)
        wanted = list(_runs_of(both.here))
        whole = {old for old, run in known.items() if WHOLE_TAG in run.data.tags}
        num_there = sum(run.info.run_id in whole for _, run in wanted)
        both.runs.update({old: run.info.run_id for old, run in known.items()})
        models = ModelCopier(both, copied_tag=COPIED_TAG, yes=yes, dry_run=dry_run)
        progress("copying runs", num_there, len(wanted), "runs")
        num_added = 0
        for number, (experiment, run) in enumerate(wanted, 1):
            if run.info.run_id not in whole:
                if not dry_run:
                    _copy_run(both, models, experiment, run, target)
                num_added += 1
                progress("copying runs", number, len(wanted), "runs")
        models.copy_registered()
    return CopiedRuns(
        num_added=num_added,
        num_there=num_there,
        models=tuple(models.added),
        num_models_there=models.num_there,
        incomplete=tuple(both.problems),
    )


def _runs_of(client: Any) -> Iterator[tuple[str, Any]]:
    """Give all runs but those of versions, with the name of their experiment, oldest first."""
    experiments = all_pages(
        lambda token: client.search_experiments(max_results=PAGE, page_token=token)
    )
    names = {experiment.experiment_id: experiment.name for experiment in experiments}
    found = [run for some in chunks(list(names)) for run in _search(client, list(some), "")]
    found.sort(key=lambda run: (run.info.start_time, run.info.run_id))
    for run in found:
        if run.data.tags.get(KIND_TAG) != KIND_VERSION:
            yield names[run.info.experiment_id], run


def _copied_before(client: Any) -> dict[str, Any]:
    """Give the runs that an earlier copy made, by the id where they come from."""
    experiments = all_pages(
        lambda token: client.search_experiments(max_results=PAGE, page_token=token)
    )
    ids = [experiment.experiment_id for experiment in experiments]
    found = [
        run
        for some in chunks(ids)
        for run in _search(client, list(some), f"tags.`{COPIED_TAG}` LIKE '%'")
    ]
    found.sort(key=lambda run: (WHOLE_TAG in run.data.tags, run.info.run_id), reverse=True)
    return {run.data.tags[COPIED_TAG]: run for run in reversed(found)}


def _search(client: Any, experiment_ids: list[str], query: str) -> list[Any]:
    """Find runs, deleted ones too: lineage counts them."""
    from mlflow.entities import ViewType

    return all_pages(
        lambda token: client.search_runs(
            experiment_ids, query, ViewType.ALL, max_results=PAGE, page_token=token
        )
    )


def _copy_run(both: Both, models: ModelCopier, experiment: str, run: Any, target: Tracking) -> None:
    """Copy one run; each step may be repeated without harm, and the mark of a whole one is last."""
    old = run.info.run_id
    if old not in both.runs:
        experiment_id = ensure_experiment(both.there, experiment, target)
        tags = {key: text for key, text in run.data.tags.items() if key not in _LEFT_BEHIND}
        if parent := run.data.tags.get(PARENT_TAG):
            tags[PARENT_TAG] = both.runs.get(parent, parent)
        made = both.there.create_run(
            experiment_id,
            start_time=run.info.start_time,
            run_name=run.info.run_name,
            tags={**tags, COPIED_TAG: old},
        )
        both.runs[old] = made.info.run_id
    new = both.runs[old]
    _copy_values(both, run, new)
    problems = len(both.problems)
    _copy_artifacts(both, run, new)
    models.copy_logged(run, new)
    if run.info.status != "RUNNING":
        both.there.set_terminated(new, run.info.status, end_time=run.info.end_time)
    if len(both.problems) == problems:
        both.there.set_tag(new, WHOLE_TAG, "true")
        if run.info.lifecycle_stage == "deleted":
            both.there.delete_run(new)


def _copy_values(both: Both, run: Any, new: str) -> None:
    from mlflow.entities import Metric, Param

    params = [Param(key, text) for key, text in run.data.params.items()]
    for some in chunks(params, _PARAMS_AT_ONCE):
        both.there.log_batch(new, params=some)
    for key in run.data.metrics:
        history = both.here.get_metric_history(run.info.run_id, key)
        points = [Metric(key, point.value, point.timestamp, point.step) for point in history]
        for values in chunks(points, _METRICS_AT_ONCE):
            both.there.log_batch(new, metrics=values)
    if run.inputs and run.inputs.dataset_inputs:
        both.there.log_inputs(new, run.inputs.dataset_inputs)


def _copy_artifacts(both: Both, run: Any, new: str) -> None:
    """Copy the files of a run, receipts among them; what is not where MLflow says is named."""
    with TemporaryDirectory(prefix="audioset-") as scratch:
        try:
            if both.here.list_artifacts(run.info.run_id):
                both.here.download_artifacts(run.info.run_id, "", scratch)
            elif RECEIPT_TAG in run.data.tags:
                raise FileNotFoundError("its receipt is missing")
        except Exception as error:  # noqa: BLE001  artifact stores raise what they like
            reason = " ".join(str(error).split())[:200]
            both.problems.append(
                f"run {run.info.run_id} ({run.info.run_name}): its artifacts cannot be read in "
                f"{run.info.artifact_uri}: {reason}"
            )
            return
        if any(Path(scratch).iterdir()):
            both.there.log_artifacts(new, scratch)
