"""Processes by their numbers: whose they are, and whether they still are what they were."""

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def this_process() -> dict[str, Any]:
    """Describe this process so that others can tell whether it still lives."""
    return {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "start": _start_of(os.getpid()),
    }


def is_here(process: Mapping[str, Any]) -> bool:
    """Tell whether a described process is, or was, one of this machine."""
    return process.get("host") == socket.gethostname()


def is_another_alive(process: Mapping[str, Any]) -> bool:
    """Tell whether a described process of this machine lives, and is not this one."""
    return process != this_process() and _start_of(process["pid"]) == process["start"]


def goes_on_in(process: int, run_id: str) -> bool:
    """Tell whether a process was started for an MLflow run; its number may be another's by now."""
    try:
        environment = Path(f"/proc/{process}/environ").read_bytes()
    except OSError:
        return False
    return f"MLFLOW_RUN_ID={run_id}".encode() in environment.split(b"\0")


def _start_of(process: int) -> str:
    """Tell when a process began, so that another with its number is not taken for it."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        if Path("/proc/self").exists():
            return ""  # there is none
        try:
            os.kill(process, 0)
        except OSError:
            return ""
        return "unknown"  # it lives, and this system does not tell since when
    return stat.rpartition(")")[2].split()[19]
