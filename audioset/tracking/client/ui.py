"""MLflow's own pages on the workspace's backend: started as a child, or found on a server.

Between us and the server stands `guard.py`, which ends it when we end, however that happens.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from audioset.errors import InvalidInputError, TrackingError
from audioset.hiding import hide
from audioset.tracking.client.client import (
    NO_TELEMETRY,
    mlflow_call,
    open_client,
)
from audioset.tracking.client.dataset_input import experiment_name, training_experiment
from audioset.tracking.client.questions import mlflow_questions
from audioset.tracking.client.tracking import Tracking, artifact_root, is_server

_START_SECONDS = 600  # a new database on a busy machine takes over a minute
_GUARD = Path(__file__).with_name("guard.py")
_BACKEND = "MLFLOW_BACKEND_STORE_URI"  # read by MLflow's server
# Keeps the server to two processes; it runs no jobs for audioset.
_NO_JOBS = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}


@dataclass(frozen=True, slots=True)
class MlflowUi:
    """MLflow's pages, ready to be opened. A context manager: leaving it stops the child.

    Attributes:
        url: of the server.
        process: the child that serves them; None when a server of the team does.
        page: to open in a browser: that of the runs of the dataset, where it has any.
    """

    url: str
    process: "subprocess.Popen[bytes] | None"
    page: str = ""

    def wait(self) -> None:
        """Wait until the user stops the child with Ctrl-C.

        Raises:
            TrackingError: the server ended by itself.
        """
        if self.process is None:
            return
        try:
            code = self.process.wait()
        except KeyboardInterrupt:
            self.stop()
        else:
            raise TrackingError(f"MLflow's server at {self.url} ended by itself (exit code {code})")

    def stop(self) -> None:
        """Stop the child and all of its workers."""
        if self.process is None or self.process.stdin is None:
            return
        self.process.stdin.close()
        self.process.wait()

    def __enter__(self) -> "MlflowUi":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def start_ui(
    tracking: Tracking,
    *,
    port: int = 5000,
    host: str = "127.0.0.1",
    dataset: str | None = None,
) -> MlflowUi:
    """Start MLflow's pages and give them when they answer.

    When the workspace's tracking URI is that of a server, nothing is started.

    Args:
        tracking: where MLflow is.
        port: to listen at.
        host: address to listen at; MLflow asks nobody for a password, so think before you widen it.
        dataset: whose runs are to be seen first: trainings, else versions.

    Raises:
        InvalidInputError: the port is taken or not allowed.
        TrackingError: MLflow did not start; the text has its last words.
    """
    if is_server(tracking.uri):
        url = hide(tracking.uri, tracking.uri)
        return MlflowUi(url, None, _page_of(url, tracking, dataset))
    _require_free(host, port)
    with mlflow_call(tracking):
        open_client(tracking)  # makes the database, and finds out at once when that is impossible
    url = f"http://{host}:{port}"
    page = _page_of(url, tracking, dataset)
    log_path = Path(tempfile.gettempdir()) / f"audioset-mlflow-{os.getpid()}-{port}.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_GUARD), *_command(tracking, host, port)],
            # MLflow writes to its current folder unless told otherwise, and perhaps even then.
            cwd=tracking.folder,
            # Everybody may read a command line, which is no place for passwords.
            env={**NO_TELEMETRY, **_NO_JOBS, **os.environ, _BACKEND: tracking.uri},
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.PIPE,  # ends with us
            start_new_session=True,  # so that the guard reaches its workers, and Ctrl-C only us
        )
    ui = MlflowUi(url, process, page)
    try:
        _await_answer(ui, process, log_path)
    except BaseException:
        ui.stop()
        raise
    finally:
        log_path.unlink(missing_ok=True)
    return ui


def _page_of(url: str, tracking: Tracking, dataset: str | None) -> str:
    """Give the address of the runs of a dataset; that of the server where it has none yet."""
    names = (training_experiment(dataset), experiment_name(dataset)) if dataset else ()
    with suppress(TrackingError), mlflow_questions(tracking) as client:
        for name in names:
            found = client.get_experiment_by_name(name)
            if found is not None:
                return f"{url}/#/experiments/{found.experiment_id}/runs"
    return url


def _command(tracking: Tracking, host: str, port: int) -> list[str]:
    root = artifact_root(tracking) or ""
    return [
        sys.executable,
        "-m",
        "mlflow",
        "server",
        "--default-artifact-root",
        root,
        "--artifacts-destination",
        root,
        "--host",
        host,
        "--port",
        str(port),
        "--workers",
        "1",
    ]


def _await_answer(ui: MlflowUi, process: "subprocess.Popen[bytes]", log_path: Path) -> None:
    give_up = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise TrackingError(f"MLflow's server ended at once: {_last_words(log_path)}")
        try:
            with urllib.request.urlopen(f"{ui.url}/health", timeout=5):  # noqa: S310  http only
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise TrackingError(
        f"MLflow's server did not answer within {_START_SECONDS} s: {_last_words(log_path)}"
    )


def _require_free(host: str, port: int) -> None:
    if not 1 <= port <= 65535:
        raise InvalidInputError(f"port must be from 1 to 65535; got {port}")
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise InvalidInputError(
            f"cannot listen at {host}:{port} ({error.strerror}); choose another port"
        ) from error


def _last_words(log_path: Path) -> str:
    lines = log_path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return hide(lines[-1]) if lines else "it said nothing"
