"""What MLflow keeps once for all threads of a process: where it is, and environment variables."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from audioset.errors import TrackingError
from audioset.tracking.client.active_runs import active_elsewhere
from audioset.tracking.client.client import shown_uri
from audioset.tracking.client.tracking import Tracking

_RUN_VARIABLES = ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME")

_lock = threading.Lock()
_num_changing = 0  # runs that have changed the environment
_before: dict[str, str | None] = {}


@contextmanager
def restored_environment() -> Iterator[None]:
    """Undo what is set for the run and its child processes.

    MLflow puts its tracking URI into the environment, and would so change the settings of the next
    workspace that is opened in this process. The environment belongs to all threads: the last run
    that ends brings back what was there before the first.
    """
    global _num_changing  # noqa: PLW0603
    with _lock:
        if not _num_changing:
            _before.update({name: os.environ.get(name) for name in _RUN_VARIABLES})
        _num_changing += 1
    try:
        yield
    finally:
        with _lock:
            _num_changing -= 1
            if not _num_changing:
                for name, value in _before.items():
                    os.environ.pop(name, None)
                    if value is not None:
                        os.environ[name] = value


def require_one_place(tracking: Tracking, uri: str) -> None:
    """Require that no run of another thread is at another place: MLflow would look for it here.

    Args:
        tracking: where a run is to start.
        uri: that MLflow uses at the moment.

    Raises:
        TrackingError: one is.
    """
    elsewhere = active_elsewhere()
    if elsewhere and uri != tracking.uri:
        raise TrackingError(
            f"the MLflow run {elsewhere[0]} goes on in another thread at {shown_uri(uri)}, and "
            "MLflow has one place for all threads of a process; train on "
            f"{shown_uri(tracking.uri)} after it, or in a process of its own"
        )
