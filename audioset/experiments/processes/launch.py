"""Start a training in a process group of its own, with its output in a file, and stop it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from audioset.hiding import hide
from audioset.machine import KILL, signal_tree
from audioset.storage.store import Store
from audioset.tracking.client import Tracking

STOP_SECONDS = 10.0  # a training gets so long to write its checkpoint, then it is killed
_STOP_POLL_SECONDS = 0.05
POLL_SECONDS = 0.1  # between looks at a training that goes on
_LAST_LINES = 12
_LAST_CHARACTERS = 600
_CHILD = Path(__file__).with_name("child.py")


@dataclass(frozen=True, slots=True)
class Training:
    """A training that was started.

    Attributes:
        process: the leader of its own process group.
        log_path: file with everything that it said.
    """

    process: "subprocess.Popen[bytes]"
    log_path: Path

    def exit_code(self) -> int | None:
        """Give the exit code, minus the signal that ended it; None while it runs."""
        return self.process.poll()


def start(
    words: Sequence[str], *, environment: Mapping[str, str], log_path: Path, folder: Path
) -> Training:
    """Start a command; Ctrl-C in the terminal does not reach it, the death of this process does.

    Args:
        words: program and arguments.
        environment: all of it.
        log_path: of its output; a file there is replaced.
        folder: in which it runs.
    """
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_CHILD), str(os.getpid()), *words],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    return Training(process, log_path)


def stop(trainings: Iterable[Training], *, first: signal.Signals = signal.SIGTERM) -> None:
    """Ask trainings to end, and kill those that do not; comes back when all have ended."""
    waiting = [training for training in trainings if training.exit_code() is None]
    for number in dict.fromkeys((first, signal.SIGTERM, KILL)):
        for training in waiting:
            signal_tree(training.process.pid, number)
        deadline = time.monotonic() + STOP_SECONDS
        while waiting and time.monotonic() < deadline:
            waiting = [training for training in waiting if training.exit_code() is None]
            time.sleep(_STOP_POLL_SECONDS)


def run_environment(
    tracking: Tracking, store: Store, run_id: str, experiment_id: str
) -> dict[str, str]:
    """Give the environment of a training that is to go on in an MLflow run, on this store.

    `audioset.training_run` and `mlflow.start_run()` both take the run from there.
    """
    ours = {
        "AUDIOSET_WORKSPACE": str(tracking.folder),
        "AUDIOSET_STORE": store.url,
        "AUDIOSET_TRACKING": tracking.uri,
        "MLFLOW_TRACKING_URI": tracking.uri,
        "MLFLOW_EXPERIMENT_ID": experiment_id,
        "MLFLOW_RUN_ID": run_id,
        "PYTHONUNBUFFERED": "1",  # a killed training's last words are in its log too
    }
    others = {name: text for name, text in os.environ.items() if name != "MLFLOW_EXPERIMENT_NAME"}
    return {**others, **ours}


def last_words(log_path: Path) -> str:
    """Give the end of a training's output in one line, for a message."""
    try:
        text = log_path.read_bytes()[-8 * _LAST_CHARACTERS :].decode(errors="replace")
    except OSError:
        return "it said nothing"
    lines = [" ".join(line.split()) for line in hide(text).splitlines()]
    said = " | ".join([line for line in lines if line][-_LAST_LINES:])
    return (
        f"…{said[-_LAST_CHARACTERS:]}"
        if len(said) > _LAST_CHARACTERS
        else said or "it said nothing"
    )
