"""Processes by their numbers: whose they are, and whether they still are what they were."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from audioset.machine import is_alive, process_space


def this_process() -> dict[str, Any]:
    """Describe this process so that others can tell whether it still lives."""
    return {
        "host": socket.gethostname(),
        "space": process_space(),
        "pid": os.getpid(),
        "start": _start_of(os.getpid()),
    }


def is_here(process: Mapping[str, Any]) -> bool:
    """Tell whether the number of a described process means a process of this machine.

    One of another container, or from before the machine was started anew, has a number that means
    nothing here; nor has one that was described before its surroundings were noted.
    """
    return process.get("space") == process_space()


def is_another_alive(process: Mapping[str, Any]) -> bool:
    """Tell whether a described process of this machine lives, and is not this one."""
    return process != this_process() and _start_of(process["pid"]) == process["start"]


def goes_on_in(process: int, run_id: str) -> bool:
    """Tell whether a process was started for an MLflow run; its number may be another's by now."""
    import psutil

    with suppress(psutil.Error):
        return bool(psutil.Process(process).environ().get("MLFLOW_RUN_ID") == run_id)
    return False


def _start_of(process: int) -> str:
    """Tell when a process began, so that another with its number is not taken for it."""
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]
    # It is gone; or it lives on a system that does not tell since when, whatever its clock does.
    return "unknown" if is_alive(process) else ""
