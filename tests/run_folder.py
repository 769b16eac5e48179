"""What a run of the tests starts and writes ends with it, however it ends: also after kill -9.

Every process that a run starts inherits a mark, and makes its temporary files in the folder of the
run. A watcher outside of the run waits for its end, then ends who still bears the mark, and removes
the folder. Who starts a server also stops it (`AT_END`): `left_over` tells what was forgotten.

    python tests/run_folder.py FOLDER PID

is the watcher.
"""

import atexit
import glob
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

# Stops the servers of this process: with the session of pytest, else with the process.
AT_END = ExitStack()
atexit.register(AT_END.close)
_KEPT: list[object] = []  # open for as long as this process lives
MARK = "TESTS_RUN"
_SERVER, _PATTERNS = "server-", "remove-at-end"
_LOOK_SECONDS, _GRACE_SECONDS = 1.0, 5.0
# These end by themselves when the process ends that they help; the first for no signal before.
_TRACKER, _FORK_SERVER = "multiprocessing.resource_tracker", "multiprocessing.forkserver"


def begin_run() -> Path:
    """Give the folder of this run; the first process that asks makes it and starts the watcher."""
    if MARK in os.environ:
        return Path(os.environ[MARK])
    usual = tempfile.gettempdir()
    folder = tempfile.mkdtemp(prefix="audioset-")
    Path(folder).chmod(0o711)  # the server of PostgreSQL runs as another user
    watcher = subprocess.Popen(
        [sys.executable, "-I", __file__, folder, str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    _KEPT.append(watcher)
    # The folders of failed tests are for reading: they stay where pytest puts them.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", usual)
    os.environ.update({MARK: folder, "TMPDIR": folder})
    tempfile.tempdir = None  # so that it is looked up again
    return Path(folder)


def server_folder(name: str) -> Path:
    """Make the folder of a server, which whoever starts it removes."""
    return Path(tempfile.mkdtemp(prefix=f"{_SERVER}{name}-", dir=begin_run()))


def remove_at_end(pattern: str) -> None:
    """Let the watcher remove files outside of the folder of the run."""
    with (begin_run() / _PATTERNS).open("a", encoding="utf-8") as file:
        file.write(f"{pattern}\n")


def left_over(*, patience_seconds: float = 120) -> list[str]:
    """Name the folders of servers and the processes of this run that stay; some are just ending."""
    give_up = time.monotonic() + patience_seconds
    while (left := _left_over(begin_run())) and time.monotonic() < give_up:
        time.sleep(0.1)
    return left


def _left_over(folder: Path) -> list[str]:
    return [
        *(str(path) for path in folder.glob(f"{_SERVER}*")),
        *(
            f"process {pid}: {command}"
            for pid, command in _marked(str(folder)).items()
            if pid != os.getpid() and _FORK_SERVER not in command
        ),
    ]


def _marked(folder: str) -> dict[int, str]:
    """Give the command lines of the processes that bear the mark, by process id."""
    everyone = _processes() if Path("/proc/self/environ").exists() else _processes_by_ps()
    return {
        pid: command
        for pid, command, environment in everyone
        if f"{MARK}={folder}" in environment and _TRACKER not in command
    }


def _processes() -> Iterator[tuple[int, str, str]]:
    """Give id, command line and environment of every process that this user may look at."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # ended meanwhile, or of another user
            command, environment = (
                (process / name).read_bytes().replace(b"\0", b" ").decode(errors="replace")
                for name in ("cmdline", "environ")
            )
            yield int(process.name), command, environment


def _processes_by_ps() -> Iterator[tuple[int, str, str]]:
    """The same without /proc; the command line is followed by the environment."""
    words = ["ps", "-A", "-E", "-ww", "-o", "pid=,command="]
    lines = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    for line in lines.splitlines():
        pid, _, command = line.strip().partition(" ")
        yield int(pid), command, command


def _watch(folder: str, parent: int) -> None:
    """Wait for the end of the run, which closes the pipe; a child of it may hold that open."""
    while os.getppid() == parent:
        if select.select([sys.stdin], [], [], _LOOK_SECONDS)[0]:
            break
    # PostgreSQL takes its shared memory with it when it is asked, not when it is killed.
    for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
        for pid in _marked(folder):
            with suppress(OSError):
                os.kill(pid, sign)
        give_up = time.monotonic() + _GRACE_SECONDS
        while _marked(folder) and time.monotonic() < give_up:
            time.sleep(0.1)
    with suppress(FileNotFoundError):
        for pattern in (Path(folder) / _PATTERNS).read_text(encoding="utf-8").splitlines():
            for path in glob.glob(pattern):  # noqa: PTH207  pathlib knows no absolute patterns
                Path(path).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    _watch(sys.argv[1], int(sys.argv[2]))
