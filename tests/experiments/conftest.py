"""An empty MLflow database for every test of searches, and a trainer that trials report to.

Importing MLflow takes seconds. A trial here is a real process that trains nothing; what it has to
log it says over a socket, and the tests' own process logs it to the trial's run, with MLflow.
"""

import json
import shutil
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import audioset
from audioset.experiments.search.space import TrialCommand, parse_param
from audioset.experiments.search.study import open_study
from audioset.records.search_report import SearchOptions
from audioset.tracking.client.client import mlflow_call, prepare_backend
from audioset.workspace import Workspace
from tests.tracking.conftest import _elsewhere, _template, made_once, published
from tests.tracking.trained import trained
from tests.workspaces import changed

# Fixtures of the tests of tracking.
__all__ = ["_elsewhere", "_template", "made_once", "published", "trained"]

pytest.importorskip("optuna")

# What the script of a trial may say; {body} follows.
SCRIPT = """\
import json, os, pathlib, socket, sys, time
values = dict(zip((word[2:] for word in sys.argv[1::2]), sys.argv[2::2]))

def log(metric, value, step=0):
    with socket.socket(socket.AF_UNIX) as link:
        link.connect({address!r})
        said = dict(run=os.environ["MLFLOW_RUN_ID"], metric=metric, value=value, step=step)
        link.sendall(json.dumps(said).encode() + b"\\n")
        link.recv(1)  # it is logged

{body}
"""


@dataclass(frozen=True)
class Trainer:
    """A workspace, and scripts whose metrics are logged to its MLflow.

    Attributes:
        ws: the workspace.
        folder: of the scripts.
        address: that scripts report to.
    """

    ws: Workspace
    folder: Path
    address: str

    def script(self, body: str, name: str = "train") -> str:
        """Write a script; `values` are its options, `log(metric, value, step)` logs."""
        path = self.folder / f"{name}.py"
        path.write_text(SCRIPT.format(address=self.address, body=body), encoding="utf-8")
        return str(path)


@pytest.fixture(scope="session")
def _empty_backend(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("search") / "template"
    made = audioset.init(folder, name="scots")
    ws = changed(made, tracking=f"sqlite:///{folder}/mlflow.db")
    with mlflow_call(ws.tracking):
        prepare_backend(ws.tracking)
    command = TrialCommand(("any",), (parse_param("x", "0..1"),))
    with open_study("any", command, SearchOptions(metric="any"), ws.working):
        return folder  # with its tables


@pytest.fixture
def trainer(
    _empty_backend: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Trainer]:
    import mlflow

    workspace = tmp_path / "scots"
    shutil.copytree(_empty_backend, workspace)
    ws = audioset.open_workspace(workspace=workspace)
    client = mlflow.MlflowClient(ws.settings.tracking)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            said = json.loads(self.rfile.readline())
            client.log_metric(said["run"], said["metric"], said["value"], step=said["step"])
            self.wfile.write(b".")

    address = str(tmp_path / "trainer")
    with socketserver.ThreadingUnixStreamServer(address, Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        monkeypatch.chdir(tmp_path)
        try:
            yield Trainer(ws, tmp_path, address)
        finally:
            server.shutdown()
            thread.join()
