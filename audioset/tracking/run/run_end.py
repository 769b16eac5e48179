"""What is due at the end of a run that pinned a version, whoever ends the run.

A run of MLflow ends when its `with` block is left, by `mlflow.end_run()`, by autologging, or when
the process ends. All of them come to `mlflow.end_run`, which then tells the run's monitor of system
metrics to finish: there we stand in (`docs/decisions/013-end-of-a-run.md`). What MLflow never ends,
such as the run of another thread, is finished when the process ends.
"""

import atexit
import os
import sys
import threading
import warnings
from dataclasses import replace
from functools import cache
from typing import Any

from audioset.errors import AudiosetError
from audioset.records.split_report import SplitOptions
from audioset.records.view import View
from audioset.storage.store import Store
from audioset.tracking.client.active_runs import active_run_ids
from audioset.tracking.client.client import mlflow_call, open_client
from audioset.tracking.client.dataset_input import TRAINING_CONTEXT
from audioset.tracking.client.spare_registry import SPARE_VARIABLE, forget_registrations
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.published.links import link_run
from audioset.tracking.published.version_run import log_version
from audioset.tracking.run.circumstances import log_circumstances
from audioset.tracking.run.kept_receipt import KeptReceipt

_followed: dict[str, "FollowedRun"] = {}  # by run id, until they end
_follow_lock = threading.RLock()


class FollowedRun:
    """A run that goes on: its receipt is kept, and its models are linked at its end."""

    def __init__(
        self,
        run_id: str,
        tracking: Tracking,
        store: Store,
        split_options: SplitOptions,
        *,
        ours: bool,
    ) -> None:
        self._run_id = run_id
        self._tracking = tracking
        self._store = store
        self._split_options = split_options
        self._ours = ours
        self._process = os.getpid()
        self._views: list[View] = []
        self._explained = False
        self._receipt: KeptReceipt | None = KeptReceipt(
            run_id, tracking, around_ids=active_run_ids()
        )
        self._monitor = _stand_in(run_id, self)  # MLflow's own, when system metrics are logged

    def add(self, view: View, context: str) -> None:
        """Take note of a version that the run pinned; the first for training explains the run."""
        if view not in self._views:
            self._views.append(view)
        if context == TRAINING_CONTEXT:
            self._explain(view)

    def mark_gap(self, why: str) -> None:
        """Say that clips are consumed for this run where nobody notes them."""
        if self._receipt is not None:
            self._receipt.mark_gap(why)

    def finish(self) -> None:
        """Do all that is due; called when the run has ended. Never raises but for Ctrl-C."""
        try:
            if self._monitor is not None:
                self._monitor.finish()
        finally:
            _followed.pop(self._run_id, None)
            self.settle()

    def settle(self) -> None:
        """Log what was consumed and link what was registered."""
        if self._process == os.getpid():  # else a copy, in a process that was forked
            self.finish_receipt()
            self.link()

    def finish_receipt(self) -> None:
        """Log the receipt for the last time; once."""
        receipt, self._receipt = self._receipt, None
        if receipt is not None:
            receipt.finish()

    def link(self) -> None:
        """Link what the run registered with the versions that it pinned."""
        if not self._views:
            return
        try:
            self._explain(self._views[0])
            if SPARE_VARIABLE in os.environ:  # links to models that are thrown away mislead
                with mlflow_call(self._tracking):
                    forget_registrations(open_client(self._tracking), self._run_id)
                return
            # The report reads clips and draws: `audioset log` adds it, not the end of a training.
            tracking = replace(self._tracking, logs_reports=False)
            for view in self._views:
                log_version(view.record, tracking, self._store, self._split_options)
            with mlflow_call(self._tracking):
                link_run(open_client(self._tracking), self._run_id)
        except Exception as error:  # noqa: BLE001  it may run inside of the user's own end_run
            self.warn(error)

    def warn(self, error: Exception) -> None:
        """Tell what is missing: the training is done and its models are saved, so it stands."""
        names = ", ".join(view.name for view in self._views)
        warnings.warn(
            f"the models of MLflow run {self._run_id} are not yet linked with {names}: {error}; "
            "catch up with: audioset log",
            stacklevel=4,
        )

    def end_with_process(self) -> None:
        """Settle, and say when it was our run that an error ended: MLflow calls it finished."""
        self.leave()
        self.settle()
        if self._ours and (status := _status_of_process()) != "FINISHED":
            _end_run(self._run_id, self._tracking, status)

    def leave(self) -> None:
        """Let MLflow end the run without us."""
        _followed.pop(self._run_id, None)
        monitors = _monitors()
        if monitors.get(self._run_id) is self:
            del monitors[self._run_id]
            if self._monitor is not None:
                monitors[self._run_id] = self._monitor

    def _explain(self, view: View) -> None:
        if not self._explained:
            self._explained = True
            log_circumstances(self._run_id, view, self._tracking, self._store)


def follow_run(
    run_id: str,
    tracking: Tracking,
    store: Store,
    split_options: SplitOptions,
    *,
    ours: bool = False,
) -> FollowedRun:
    """Keep the receipt of a run from now on, and do the rest when the run ends.

    To repeat it is harmless.

    Args:
        run_id: of a run that goes on; nothing is pinned in it yet, unless it is taken up again.
        tracking: where MLflow is.
        store: of the versions.
        split_options: what splits must not share.
        ours: the user did not start it.
    """
    with _follow_lock:  # two threads may pin in one run at once
        if run_id not in _followed:
            _finish_at_exit()
            _followed[run_id] = FollowedRun(run_id, tracking, store, split_options, ours=ours)
        return _followed[run_id]


def is_followed(run_id: str) -> bool:
    """Tell whether a version is pinned in a run that goes on in this process."""
    return run_id in _followed


def end_followed_run(run_id: str, tracking: Tracking, status: str) -> None:
    """End a run of ours; no error of MLflow hides the training's own.

    Args:
        run_id: of the active run.
        tracking: where MLflow is.
        status: FINISHED, FAILED or KILLED.
    """
    followed = _followed.get(run_id)
    if followed is None:  # it could not be pinned, or the training ended it by itself
        _end_run(run_id, tracking, status)
        return
    followed.leave()
    followed.finish_receipt()
    error = _end_run(run_id, tracking, status)
    if error is not None:
        followed.warn(error)
    else:
        followed.link()


def settle_run(run_id: str) -> None:
    """Do what is due at the end of a run that MLflow's own functions never end."""
    followed = _followed.get(run_id)
    if followed is not None:
        followed.leave()
        followed.settle()


def mark_gap(run_id: str, why: str) -> None:
    """Say that clips are consumed for a run where nobody notes them.

    Args:
        run_id: of the run.
        why: in a few words.
    """
    if run_id in _followed:
        _followed[run_id].mark_gap(why)


def _end_run(run_id: str, tracking: Tracking, status: str) -> AudiosetError | None:
    """End a run if it is the active one; gives what MLflow had against it."""
    try:
        with mlflow_call(tracking):
            import mlflow

            active = mlflow.active_run()
            if active is not None and active.info.run_id == run_id:
                mlflow.end_run(status)
    except AudiosetError as error:
        return error
    return None


def _status_of_process() -> str:
    """Tell how the process ends; an error that a person saw at a prompt did not end it."""
    error = getattr(sys, "last_type", None)
    if error is None or hasattr(sys, "ps1"):
        return "FINISHED"
    return "KILLED" if issubclass(error, KeyboardInterrupt) else "FAILED"


def _stand_in(run_id: str, followed: FollowedRun) -> Any | None:
    """Let MLflow tell us when it ends a run; gives the monitor that stood there."""
    monitors = _monitors()
    before = monitors.get(run_id)
    monitors[run_id] = followed
    return before


def _monitors() -> dict[str, Any]:
    """Give MLflow's monitors by run id; where it has none, only the end of the process is seen."""
    from mlflow.tracking import fluent

    monitors: dict[str, Any] = getattr(fluent, "run_id_to_system_metrics_monitor", {})
    return monitors


@cache
def _finish_at_exit() -> None:
    """Come before MLflow's own end: what is registered last is called first."""
    atexit.register(_finish_all)


def _finish_all() -> None:
    for followed in list(_followed.values()):
        followed.end_with_process()
