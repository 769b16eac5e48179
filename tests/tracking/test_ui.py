"""MLflow's own pages: started on the workspace's backend, stopped with all their processes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import mlflow
import pytest

from audioset.errors import InvalidInputError, NotFoundError, TrackingError
from audioset.records.version import VersionRecord
from audioset.tracking.client.tracking import Tracking
from audioset.tracking.client.ui import _GUARD, _command, start_ui
from audioset.tracking.lineage.trace import trace
from audioset.tracking.published.mirror import log_missing
from audioset.tracking.published.version_run import log_version
from audioset.tracking.run.pins import pinned_run
from audioset.workspace import Workspace
from tests.processes import is_alive
from tests.tracking.conftest import Published
from tests.tracking.test_lineage import register_model
from tests.workspaces import changed

# MLflow says this of its own functions when its pyfunc module is imported.
pytestmark = pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def get(url: str, **body: object) -> bytes:
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return bytes(answer.read())


def group_is_alive(process_id: int) -> bool:
    try:
        os.killpg(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_pages_show_the_workspace_and_serve_a_team(published: Published) -> None:
    run_id = log_version(
        published.record, published.ws.tracking, published.ws.store, published.ws.split_options
    )
    second = published.publish_more()
    with start_ui(published.ws.tracking, port=free_port(), dataset="scots") as ui:
        assert ui.process is not None
        assert ui.page == f"{ui.url}/#/experiments/1/runs", "those of versions: none was trained"
        process_id = ui.process.pid
        assert b"<title>MLflow</title>" in get(ui.url)
        found = json.loads(
            get(f"{ui.url}/api/2.0/mlflow/runs/search", experiment_ids=["1"], max_results=10)
        )
        assert [run["info"]["run_id"] for run in found["runs"]] == [run_id]
        card = get(f"{ui.url}/get-artifact?path=dataset_card.md&run_uuid={run_id}")
        assert card.decode().startswith("# scots@v1")
        over_http = changed(published.ws, tracking=ui.url)
        train_over_http(second, over_http)
        trained = over_http.tracking
        assert start_ui(trained, dataset="scots").page == f"{ui.url}/#/experiments/2/runs"
        assert start_ui(trained, dataset="nobody").page == ui.url
    assert ui.process.poll() is not None
    assert not group_is_alive(process_id)
    ui.stop()
    # What went through the server is in the workspace's own database.
    assert [model.name for model in published.trace("scots@v2").models] == ["speakers"]


def train_over_http(record: VersionRecord, ws: Workspace) -> None:
    with pinned_run(record, ws.tracking, ws.store, ws.split_options):
        register_model()
    mlflow.MlflowClient(ws.settings.tracking).set_registered_model_alias("speakers", "best", "1")
    for subject in ("scots@v2", "models:/speakers@best", "models:/speakers/1"):
        found = trace(subject, ws.tracking, ws.store)
        assert [str(version.pin.ref) for version in found.versions] == ["scots@v2"]
        assert [model.aliases for model in found.models] == [("best",)]
    for subject in ("models:/speakers@worst", "models:/nobody/1", "0" * 32):
        with pytest.raises(NotFoundError):
            trace(subject, ws.tracking, ws.store)
    report = log_missing(ws.tracking, ws.store, ws.name, ws.split_options)
    assert (report.logged, report.num_models) == ((), 1)


def kill(process: "subprocess.Popen[str]") -> None:
    process.kill()


def close_terminal(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGHUP)


def press_ctrl_c_twice(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)  # it is stopping the server
    process.send_signal(signal.SIGINT)


@pytest.mark.parametrize(
    "end",
    [
        kill,
        subprocess.Popen.terminate,
        close_terminal,
        press_ctrl_c_twice,
    ],
)
@pytest.mark.slow  # each starts a server of its own
def test_no_server_is_left_however_the_command_ends(
    published: Published, end: "Callable[[subprocess.Popen[str]], None]"
) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "audioset", "ui", "--port", str(port)],
        cwd=published.ws.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith(f"http://127.0.0.1:{port}")
    words = ["pgrep", "-f", f"mlflow.*{port}"]
    servers = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    assert len(servers) > 1, "the guard, and the server"
    end(process)
    process.wait()
    while any(is_alive(int(pid)) for pid in servers):  # a server that stays hangs the test
        time.sleep(0.1)
    process.stdout.close()


# Starts what the guard guards as `start_ui` does, says the ids of all, and waits.
PARENT = """
import subprocess, sys, time
workers = "sleep 1000 & sleep 1000 & echo $$ $! $PPID; wait"
command = [sys.executable, "-I", "-S", sys.argv[1], "sh", "-c", workers]
guard = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
time.sleep(1000)
"""


@pytest.mark.parametrize("end", [kill, subprocess.Popen.terminate, close_terminal])
def test_the_guard_ends_all_that_it_guards_with_its_parent(
    end: "Callable[[subprocess.Popen[str]], None]",
) -> None:
    command = [sys.executable, "-I", "-S", "-c", PARENT, str(_GUARD)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    guarded = process.stdout.readline().split()
    assert len(guarded) == 3
    end(process)
    process.wait()
    while any(is_alive(int(pid)) for pid in guarded):
        time.sleep(0.05)
    process.stdout.close()


def test_no_password_stands_on_a_command_line(published: Published, tmp_path: Path) -> None:
    tracking = Tracking("postgresql+psycopg://ada:hunter22@db/x", tmp_path)
    assert not any("hunter22" in word for word in _command(tracking, "127.0.0.1", 5000))
    assert "hunter22" not in repr(tracking)


def test_a_taken_port_is_said_before_anything_starts(published: Published) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InvalidInputError, match=f"cannot listen at 127.0.0.1:{port}"):
            start_ui(published.ws.tracking, port=port)
    with pytest.raises(InvalidInputError, match="from 1 to 65535; got 0"):
        start_ui(published.ws.tracking, port=0)


def test_a_server_of_the_team_is_only_named(published: Published) -> None:
    ui = start_ui(changed(published.ws, tracking="https://mlflow.example").tracking)
    assert (ui.url, ui.process, ui.page) == ("https://mlflow.example", None, ui.url)
    ui.wait()
    ui.stop()
    secret = changed(published.ws, tracking="https://ada:hunter22@mlflow.example").tracking
    assert start_ui(secret).url == "https://ada:***@mlflow.example"


def test_a_backend_that_cannot_be_used_is_a_tracking_error(published: Published) -> None:
    ws = changed(published.ws, tracking="sqlite:////proc/nowhere/mlflow.db")
    with pytest.raises(TrackingError, match="MLflow at sqlite"):
        start_ui(ws.tracking, port=free_port())
