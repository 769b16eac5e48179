"""The MLflow run of somebody else's trainer, for the callbacks of Lightning and of Hugging Face."""

from collections.abc import Mapping
from dataclasses import replace

from audioset.records.split_report import SplitOptions
from audioset.records.view import View
from audioset.storage.store import Store
from audioset.tracking.client.client import mlflow_call
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.run.pins import log_pin, log_pin_in
from audioset.tracking.run.run_end import end_followed_run, mark_gap, settle_run


class TrainerRun:
    """Pins a view in the run of a trainer when it begins, and does what is due when it ends.

    Args:
        view: what the run uses.
        tracking: where a run goes that we start.
        store: of the versions.
        split_options: what splits must not share.
        tags: more tags for the run.
    """

    def __init__(
        self,
        view: View,
        tracking: Tracking,
        store: Store,
        split_options: SplitOptions,
        tags: Mapping[str, str],
    ) -> None:
        self._view = view
        self._tracking = tracking
        self._store = store
        self._split_options = split_options
        self._tags = dict(tags)
        self._run_id: str | None = None  # of a run that nobody ends but us
        self._is_ours = False

    def begin(self, logger_run: tuple[str, str] | None = None, *, num_processes: int = 1) -> None:
        """Pin in the run of the trainer's logger, else in the active run, else in one of ours.

        Args:
            logger_run: id and tracking URI of a run that is known to its logger alone.
            num_processes: that train together; only this one notes what it consumes.

        Raises:
            TrackingError: MLflow did not answer or refused.
        """
        with mlflow_call(self._tracking):
            import mlflow
        record, active = self._view.record, mlflow.active_run()
        if logger_run is None or (active is not None and active.info.run_id == logger_run[0]):
            log_pin(
                record,
                self._tracking,
                self._store,
                self._split_options,
                view=self._view,
                tags=self._tags,
            )
            run_id = mlflow.active_run().info.run_id
            self._is_ours = active is None
            self._run_id = run_id if active is None else None
        else:
            run_id, uri = logger_run
            log_pin_in(
                run_id,
                record,
                replace(self._tracking, uri=uri),
                self._store,
                self._split_options,
                view=self._view,
                tags=self._tags,
            )
            self._run_id = run_id
        if num_processes > 1:
            mark_gap(run_id, f"{num_processes} processes trained together, and one of them noted")

    def end(self, status: str) -> None:
        """Log the receipt and the links, unless the run goes on; once.

        Args:
            status: FINISHED, FAILED or KILLED, for a run of ours.
        """
        run_id, self._run_id = self._run_id, None
        if run_id is None:
            return
        if self._is_ours:
            end_followed_run(run_id, self._tracking, status)
        else:
            settle_run(run_id)
