"""`audioset` and `python` that begin at once: a process has loaded all, and forks for each command.

The shell finds them in a folder that comes first in its PATH. Each is a real process with its own
arguments, folder, environment and streams; only the seconds in which libraries are loaded are not
spent again and again. To load all takes ten CPU seconds, so a run of the tests has one such
process: whoever needs it first starts it, and it ends with the last who keeps its line open.

    python -m tests.typed.programs FOLDER

is the process that forks. It loads all and opens nothing.
"""

import array
import fcntl
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from tests.mlflow_template import make_template
from tests.run_folder import AT_END, begin_run

PROJECT = Path(__file__).parents[2]
_LIBRARIES = (
    "mlflow.sklearn",
    "sklearn.neighbors",
    "sklearn.metrics",
    "librosa.feature.spectral",
    "matplotlib.pyplot",
    "optuna",
    "skops.io",  # in which MLflow writes models
)
_NOT_LOADED = (
    "audioset.tracking.trainers.",
    "audioset.training.huggingface",
    "audioset.training.torch_",
)
# What is typed says what is to be run, and hands over its streams; then it waits for the status.
_CLIENT = """\
#!{python} -IS
import array, json, os, signal, socket, sys
with socket.socket(socket.AF_UNIX) as asked:
    asked.connect({address!r})
    words = [os.path.basename(sys.argv[0]), *sys.argv[1:]]
    wish = json.dumps([words, os.getcwd(), dict(os.environ)]).encode() + b"\\n"
    streams = array.array("i", [0, 1, 2])
    asked.sendmsg([wish[:1]], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, streams)])
    asked.sendall(wish[1:])
    told = asked.makefile()
    child = int(told.readline())
    signal.signal(signal.SIGINT, lambda number, frame: os.kill(child, number))
    sys.exit(int(told.readline() or 70))
"""
# A program is forked; what is another wish of Python, such as a worker process, is Python's own.
_OTHERS = """\
import os, sys
if sys.argv[1] != "-m" and not sys.argv[1].endswith(".py"):
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
"""


@contextmanager
def quick_programs() -> Iterator[Path]:
    """Give a folder with the programs, which work for as long as this is open."""
    folder = begin_run() / "programs"
    folder.mkdir(exist_ok=True)
    with _line(folder):
        yield folder / "bin"


def _line(folder: Path) -> socket.socket:
    """Give a line to the process that forks; one is started where none answers."""
    with (folder / "starting").open("w") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        line = _call(folder)
        if line is None:
            _start(folder)
            line = _call(folder)
        assert line is not None, "the process that forks has ended"
        return line


def _call(folder: Path) -> socket.socket | None:
    line = socket.socket(socket.AF_UNIX)
    with suppress(OSError):  # nobody listens, or hangs up as it ends
        line.connect(str(folder / "lines"))
        if line.recv(1):
            return line
    line.close()
    return None


def _start(folder: Path) -> None:
    """Write the programs, and start what forks them; returns when it listens."""
    bin_folder = folder / "bin"
    bin_folder.mkdir(exist_ok=True)
    for name in ("audioset", "python"):
        text = _CLIENT if name == "audioset" else _CLIENT.replace("\n", f"\n{_OTHERS}", 1)
        program = bin_folder / name
        program.write_text(text.format(python=sys.executable, address=str(folder / "forks")))
        program.chmod(0o755)
    command = [sys.executable, "-m", "tests.typed.programs", str(folder)]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout as told:
        assert told.readline() == b"ready\n"
    AT_END.callback(process.wait)


def _serve(folder: Path) -> None:
    _load()
    sys.executable = str(folder / "bin" / "python")  # so that a command forks others, too
    with _listen(folder / "forks") as forks, _listen(folder / "lines") as lines:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        _answer(forks, lines)


def _listen(address: Path) -> socket.socket:
    address.unlink(missing_ok=True)  # of one that has ended
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(address))
    listening.listen()
    return listening


def _answer(forks: socket.socket, lines: socket.socket) -> None:
    """Fork for whoever asks, until the last line is closed."""
    is_open: list[socket.socket] = []
    while True:
        for ready in select.select([forks, lines, *is_open], [], [])[0]:
            if ready is lines:
                is_open.append(lines.accept()[0])
                is_open[-1].sendall(b"+")
            elif ready is forks:
                _fork(forks, [lines, *is_open])
            else:
                is_open.remove(ready)
                ready.close()
        if not is_open:
            return


def _fork(forks: socket.socket, others: list[socket.socket]) -> None:
    asked, _ = forks.accept()
    with suppress(ChildProcessError):  # who looked after a command that has ended
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    if os.fork() == 0:
        for each in (forks, *others):
            each.close()
        _look_after(asked)
    asked.close()


def _load() -> None:
    """Load what commands and pages load, but not what few have and takes longer than all of it."""
    import audioset

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in _LIBRARIES:
            importlib.import_module(name)
        for module in pkgutil.walk_packages(audioset.__path__, "audioset."):
            if not module.name.startswith(_NOT_LOADED) and not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    importlib.import_module("mlflow.utils.requirements_utils")._init_modules_to_packages_map()
    make_template()
    gc.freeze()  # else each fork would copy what its garbage collector looks through


def _look_after(asked: socket.socket) -> NoReturn:
    """Start one command, and tell its status."""
    streams = array.array("i")
    first, given, _, _ = asked.recvmsg(1, socket.CMSG_LEN(3 * streams.itemsize))
    streams.frombytes(given[0][2])
    with asked.makefile("rb") as rest:
        words, folder, environment = json.loads(first + rest.readline())
    child = os.fork()
    if child == 0:
        _become(words, folder, environment, list(streams))
    asked.sendall(f"{child}\n".encode())
    _, ended = os.waitpid(child, 0)
    with suppress(OSError):
        asked.sendall(f"{os.waitstatus_to_exitcode(ended) % 256}\n".encode())
    os._exit(0)


def _become(
    words: list[str], folder: str, environment: dict[str, str], streams: list[int]
) -> NoReturn:
    status = 70
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        sys.stdin, sys.stdout, sys.stderr = (
            os.fdopen(number, mode, encoding="utf-8", closefd=False)
            for number, mode in ((0, "r"), (1, "w"), (2, "w"))
        )
        status = _run(words)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  as Python ends
        traceback.print_exc()
        status = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _run(words: list[str]) -> int:
    name, *rest = words
    if name == "audioset":
        from audioset.cli.app import main

        sys.argv = words
        main()
    elif rest[0] == "-m":
        sys.argv = rest[1:]
        runpy.run_module(rest[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv, sys.orig_argv = rest, [sys.executable, *rest]
        sys.path.insert(0, str(Path(rest[0]).parent))
        runpy.run_path(rest[0], run_name="__main__")
    return 0


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
