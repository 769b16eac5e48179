"""Pin a version in an MLflow run, so that lineage can be followed from data to model and back."""

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from audioset.errors import TrackingError
from audioset.records.lineage import DIGEST_LENGTH
from audioset.records.pin import Pin
from audioset.records.split_report import SplitOptions
from audioset.records.version import VersionRecord
from audioset.records.view import View, whole
from audioset.storage.store import Store
from audioset.tracking.client.active_runs import active_elsewhere, active_run_ids
from audioset.tracking.client.client import (
    ensure_experiment,
    mlflow_call,
    open_client,
    patient_client,
    prepare_backend,
)
from audioset.tracking.client.dataset_input import (
    DATASET_TAG,
    DIGEST_TAG,
    FILTER_TAG,
    TRAINING_CONTEXT,
    VERSION_DIGEST_TAG,
    dataset_input,
    training_experiment,
    view_tags,
)
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.run.environment import require_one_place, restored_environment
from audioset.tracking.run.held_out import TEST_CONTEXT, pinned_test_tags
from audioset.tracking.run.recipe import COMMAND_TAG, log_recipe
from audioset.tracking.run.run_end import end_followed_run, follow_run, is_followed

RUN_VARIABLE = "MLFLOW_RUN_ID"  # a run that somebody made for this process to go on in
_VERSION_PARAM = "data_version"
_DIGEST_PARAM = "data_digest"
_FILTER_PARAM = "data_filter"


def log_pin(
    record: VersionRecord,
    tracking: Tracking,
    store: Store,
    split_options: SplitOptions,
    *,
    context: str = TRAINING_CONTEXT,
    run_id: str | None = None,
    view: View | None = None,
    tags: Mapping[str, str] | None = None,
) -> Pin:
    """Log a version, or a view of it, as dataset input of the active MLflow run, with tags, params.

    The run may be anyone's: its own tracking URI is used, not that of the workspace. Where none is
    active one is started, as by MLflow's own logging functions, which autologging then uses. What
    the run consumes from now on is kept as its receipt, and what it registers is linked with the
    version when it ends, whoever ends it. Pinning again is harmless. Several versions can be
    pinned in one run.

    Args:
        record: of the version.
        tracking: where MLflow is.
        store: of the versions.
        split_options: what splits must not share.
        context: training, validation, test or any other word.
        run_id: of a run that goes on, in any thread; the active one of this thread when None.
        view: what the run uses of the version; all when None.
        tags: more tags for the run.

    Raises:
        TrackingError: MLflow did not answer or refused; or the run has ended.
    """
    with mlflow_call(tracking):
        import mlflow
    active = mlflow.active_run()
    if run_id is not None:
        known = run_id in (*active_run_ids(), *active_elsewhere())
        where = replace(tracking, uri=mlflow.get_tracking_uri()) if known else tracking
        _require_going_on(run_id, where)
    elif active is None:
        forgotten = [one for one in active_elsewhere() if not is_followed(one)]
        run_id, where = _start_plain_run(tracking).info.run_id, tracking
        if forgotten:
            warnings.warn(_of_no_thread(record, run_id, forgotten), stacklevel=3)
    else:
        run_id, where = active.info.run_id, replace(tracking, uri=mlflow.get_tracking_uri())
    return log_pin_in(
        run_id,
        record,
        where,
        store,
        split_options,
        context=context,
        view=view,
        tags=tags,
        ours=active is None and run_id in active_run_ids(),
    )


def _require_going_on(run_id: str, tracking: Tracking) -> None:
    with mlflow_call(tracking):
        status = open_client(tracking).get_run(run_id).info.status
    if status not in ("RUNNING", "SCHEDULED"):
        raise TrackingError(
            f"the MLflow run {run_id} has ended ({status}); to go on in it, pin inside of "
            f"mlflow.start_run(run_id={run_id!r})"
        )


def _of_no_thread(record: VersionRecord, run_id: str, forgotten: Sequence[str]) -> str:
    return (
        f"this thread has no MLflow run: {record.ref} is pinned in the new run {run_id}, and not "
        f"in {', '.join(forgotten)}, active in another thread; if that one was meant, give its id: "
        f"audioset.pin(..., run_id={forgotten[0]!r})"
    )


def log_pin_in(
    run_id: str,
    record: VersionRecord,
    tracking: Tracking,
    store: Store,
    split_options: SplitOptions,
    *,
    context: str = TRAINING_CONTEXT,
    view: View | None = None,
    tags: Mapping[str, str] | None = None,
    ours: bool = False,
) -> Pin:
    """Do as `log_pin` in a run that need not be the active one.

    Args:
        run_id: of the run.
        record, tracking, store, split_options, context, view, tags: as for `log_pin`.
        ours: the user did not start the run.

    Raises:
        TrackingError: MLflow did not answer or refused.
    """
    used = view or whole(record)
    followed = follow_run(
        run_id, tracking, store, split_options, ours=ours
    )  # first: it sees whether the run is new
    with mlflow_call(tracking):
        client = patient_client(tracking.uri)
        _pin(client, run_id, used, store, context)
        for key, value in (tags or {}).items():
            client.set_tag(run_id, key, value)
        has_recipe = COMMAND_TAG in client.get_run(run_id).data.tags
    if not has_recipe:
        log_recipe(run_id, tracking)
    followed.add(used, context)
    return used.pin(store.url)


@contextmanager
def pinned_run(
    record: VersionRecord,
    tracking: Tracking,
    store: Store,
    split_options: SplitOptions,
    *,
    experiment: str | None = None,
    run_name: str | None = None,
    view: View | None = None,
    tags: Mapping[str, str] | None = None,
) -> Iterator[Pin]:
    """Start an MLflow run on the workspace's tracking URI and pin a version in it.

    Where the environment names a run (`MLFLOW_RUN_ID`), as in a trial of a search, it goes on in
    that one: then `experiment` and `run_name` say nothing.

    What the run consumes is kept as its receipt. At the end, also after an error, the models that
    the run registered are linked with the version. When that fails, the run stands and a warning
    tells how to catch up. MLflow keeps the tracking URI in this process, so that `models:/…` can be
    loaded afterwards.

    Args:
        record: of the version.
        tracking: where MLflow is.
        store: of the versions.
        split_options: what splits must not share.
        experiment: `<dataset>-training` when None.
        run_name: MLflow's choice when None.
        view: what the run uses of the version; all when None.
        tags: more tags for the run.

    Raises:
        TrackingError: a run is active already, or MLflow did not answer or refused.
    """
    with restored_environment():
        run = _start(record, tracking, experiment or training_experiment(record.dataset), run_name)
        status = "FAILED"
        try:
            yield log_pin(record, tracking, store, split_options, view=view, tags=tags)
            status = "FINISHED"
        except KeyboardInterrupt:
            status = "KILLED"
            raise
        finally:
            end_followed_run(run.info.run_id, tracking, status)


def _start(record: VersionRecord, tracking: Tracking, experiment: str, run_name: str | None) -> Any:
    with mlflow_call(tracking):
        import mlflow

        active = mlflow.active_run()
        if active is not None:
            raise TrackingError(
                f"the MLflow run {active.info.run_id} is active already; pin {record.ref} in it "
                "with audioset.pin, or end it first with mlflow.end_run()"
            )
        require_one_place(tracking, mlflow.get_tracking_uri())
        client = open_client(tracking)
        prepared = os.environ.get(RUN_VARIABLE)
        if prepared:
            experiment_id = client.get_run(prepared).info.experiment_id
        else:
            experiment_id = ensure_experiment(client, experiment, tracking)
        mlflow.set_tracking_uri(tracking.uri)
        # Runs that the user nests into ours go to the same experiment; `mlflow.set_experiment`
        # cannot be undone, and would break later runs on another backend.
        os.environ.pop("MLFLOW_EXPERIMENT_NAME", None)
        os.environ["MLFLOW_EXPERIMENT_ID"] = experiment_id
        # MLflow itself goes on in the prepared run, and removes the variable for the next one.
        name = None if prepared else run_name
        return mlflow.start_run(experiment_id=experiment_id, run_name=name)


def _start_plain_run(tracking: Tracking) -> Any:
    """Start a run as the user would, in the experiment that MLflow uses at the moment."""
    with restored_environment(), mlflow_call(tracking):
        import mlflow

        require_one_place(tracking, mlflow.get_tracking_uri())
        mlflow.set_tracking_uri(tracking.uri)
        prepare_backend(tracking)
        return mlflow.start_run()


def _pin(client: Any, run_id: str, view: View, store: Store, context: str) -> None:
    record = view.record
    made = dataset_input(record, store, context=context, view=view)
    client.log_inputs(run_id, [made])
    run = client.get_run(run_id)
    suffix = "" if context == TRAINING_CONTEXT else f".{context}"
    tags = {DATASET_TAG: str(record.ref), DIGEST_TAG: view.digest, **view_tags(view)}
    for name, value in tags.items():
        key = name if name == VERSION_DIGEST_TAG else name + suffix  # searched, whatever the use
        between = "\n" if name == FILTER_TAG else ", "  # a condition may hold commas
        known = [part for part in run.data.tags.get(key, "").split(between) if part]
        if value not in known:
            client.set_tag(run_id, key, between.join([*known, value]))
    if context == TEST_CONTEXT:
        for key, value in pinned_test_tags(store, view, run.data.tags).items():
            client.set_tag(run_id, key, value)
    for key, value in _params(run.data.params, view, suffix).items():
        client.log_param(run_id, key, value)


def _params(logged: Mapping[str, str], view: View, suffix: str) -> dict[str, str]:
    """Name the params: MLflow compares runs by them, and never changes one that was logged."""
    record, digest = view.record, view.digest[:DIGEST_LENGTH]
    taken = (logged.get(_VERSION_PARAM + suffix), logged.get(_DIGEST_PARAM + suffix))
    if taken not in ((None, None), (str(record.ref), digest)):
        suffix += f".{record.dataset}.v{record.version}"
        if view.filter is not None:
            suffix += f".{digest[:8]}"
    values = {_VERSION_PARAM + suffix: str(record.ref), _DIGEST_PARAM + suffix: digest}
    if view.filter is not None:
        values[_FILTER_PARAM + suffix] = view.filter
    return {key: value for key, value in values.items() if key not in logged}
