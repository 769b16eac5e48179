"""The receipt of a run while it goes on."""

import os
import secrets
import tempfile
import threading
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from audioset.errors import AudiosetError
from audioset.records.receipt import Receipt
from audioset.tracking.client.active_runs import active_run_ids
from audioset.tracking.client.client import mlflow_call, open_client
from audioset.tracking.client.dataset_input import DIGEST_TAG
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.run.receipt_files import (
    BROKEN_OFF,
    NOTING_TAG,
    noting_tags,
    upload_receipts,
)
from audioset.tracking.run.receipts import RECEIPT_TAG, tag_receipts
from audioset.versions.consumed import end_noting, mark_gap, noted
from audioset.versions.going_runs import begin_run, end_run

FLUSH_SECONDS = 60.0  # what a run that is killed may lose of its receipt


class KeptReceipt(threading.Thread):
    """Notes which clips are consumed from now on, and logs them as the receipt of a run.

    It is logged every `FLUSH_SECONDS` and by `finish`. Nothing is logged when no clip was read: the
    run may have taken its clips by another way. Several processes may keep receipts of one run, at
    once or one after the other: each logs a file of its own, and a tag says while it goes on.

    Args:
        run_id: of the run.
        tracking: where MLflow is.
        around_ids: of the runs that it is nested in.
    """

    def __init__(self, run_id: str, tracking: Tracking, *, around_ids: Sequence[str] = ()) -> None:
        super().__init__(name="audioset-receipt", daemon=True)
        self._run_id = run_id
        self._tracking = tracking
        self._token = secrets.token_hex(4)
        self._logged: tuple[Receipt, ...] = ()
        self._scratch = tempfile.TemporaryDirectory(
            prefix="audioset-receipt-", ignore_cleanup_errors=True
        )
        self._folder = Path(self._scratch.name)
        self._ended = threading.Event()
        self._process = os.getpid()
        begin_run(self._folder, run_id, around_ids=around_ids, active_ids=active_run_ids)
        with suppress(AudiosetError), mlflow_call(tracking):
            self._begin(open_client(tracking))
        self.start()

    def run(self) -> None:
        """Log now and then what was noted; the thread's own work."""
        while not self._ended.wait(FLUSH_SECONDS):
            with suppress(AudiosetError, OSError):  # the next time may do, and the last time warns
                self._log(complete=False)

    def mark_gap(self, why: str) -> None:
        """Say that others consume clips for this run where nobody notes them."""
        mark_gap(self._folder, why)

    def finish(self) -> None:
        """Note no more, and log for the last time; an error becomes a warning."""
        self._ended.set()
        self.join()
        end_run(self._folder)
        end_noting(self._folder)
        try:
            self._log(complete=True)
        except Exception as error:  # noqa: BLE001  it may run inside of the user's own end_run
            if noted(self._folder, complete=True):
                warnings.warn(
                    f"the receipt of MLflow run {self._run_id} is not logged: {error}; lineage "
                    "answers for it by version, not by clip",
                    stacklevel=4,
                )
        finally:
            self._scratch.cleanup()

    def _begin(self, client: Any) -> None:
        """Say that this process notes; what was complete is so no more."""
        run = client.get_run(self._run_id)
        was_pinned = any(f"{key}.".startswith(f"{DIGEST_TAG}.") for key in run.data.tags)
        if was_pinned and RECEIPT_TAG not in run.data.tags and not noting_tags(run):
            self.mark_gap(BROKEN_OFF)
        client.set_tag(self._run_id, f"{NOTING_TAG}.{self._token}", f"process {self._process}")
        if RECEIPT_TAG in run.data.tags:
            tag_receipts(client, self._run_id)

    def _log(self, *, complete: bool) -> None:
        receipts = noted(self._folder, complete=complete)
        if receipts == self._logged and not complete:
            return
        with mlflow_call(self._tracking):
            client = open_client(self._tracking)
            name = f"receipt-{self._token}.bin"
            if receipts:
                upload_receipts(client, self._run_id, receipts, name=name)
            if complete:
                client.delete_tag(self._run_id, f"{NOTING_TAG}.{self._token}")
            if receipts or complete:
                tag_receipts(client, self._run_id, known={name: receipts})
        self._logged = receipts
