"""Processes that a test did not start itself, and so cannot wait for."""

import subprocess


def is_alive(pid: int) -> bool:
    """A process whose parent was killed is nobody's to wait for, so a zombie is as good as gone."""
    words = ["ps", "-o", "stat=", "-p", str(pid)]
    state = subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()
    return bool(state) and not state.startswith("Z")
