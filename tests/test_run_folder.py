"""What a run starts and writes ends with it, also when it is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.processes import is_alive
from tests.run_folder import MARK

PROJECT = Path(__file__).parents[1]
# Starts a server that ends for no kind word, tells about it, and waits to be killed.
RUN = """
import subprocess, sys, time
from tests.run_folder import left_over, remove_at_end, server_folder

folder = server_folder("stubborn")
code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True)"
server = subprocess.Popen(
    [sys.executable, "-c", code + "; time.sleep(3600)"], stdout=subprocess.PIPE, text=True,
    start_new_session=True,
)
server.stdout.readline()
remove_at_end(sys.argv[1])
print(server.pid, folder, flush=True)
if sys.argv[2] == "killed":
    time.sleep(3600)
print(*left_over(patience_seconds=0), sep=chr(10), flush=True)
"""


@pytest.fixture
def run(tmp_path: Path, request: pytest.FixtureRequest) -> "subprocess.Popen[str]":
    """Start a run of its own, which this one knows nothing of."""
    (tmp_path / "outside.sock").touch()
    environment = {name: value for name, value in os.environ.items() if name != MARK}
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(tmp_path / "*.sock"), request.param],
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        env={**environment, "PYTHONPATH": "."},
    )


def wait_until_gone(pid: int, *paths: Path) -> None:
    while is_alive(pid) or any(path.exists() for path in paths):
        time.sleep(0.05)


@pytest.mark.parametrize("run", ["killed"], indirect=True)
def test_nothing_is_left_when_a_run_is_killed(run: "subprocess.Popen[str]", tmp_path: Path) -> None:
    assert run.stdout is not None
    pid, folder = run.stdout.readline().split()
    assert is_alive(int(pid))
    run.send_signal(signal.SIGKILL)
    run.communicate()
    wait_until_gone(int(pid), Path(folder).parent, tmp_path / "outside.sock")


@pytest.mark.parametrize("run", ["forgetful"], indirect=True)
def test_what_a_run_forgot_is_named_and_ended(run: "subprocess.Popen[str]", tmp_path: Path) -> None:
    first, *left = run.communicate()[0].splitlines()
    pid, folder = first.split()
    assert left[0] == folder
    assert left[1].startswith(f"process {pid}: {sys.executable}")
    wait_until_gone(int(pid), Path(folder).parent, tmp_path / "outside.sock")
