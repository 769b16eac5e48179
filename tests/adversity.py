"""Disks that are full or read-only: small file systems of their own, which need root to mount."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(directory: Path, size_bytes: int) -> Iterator[Path]:
    """Mount an empty disk of this size at `directory`; skips the test where that is not allowed."""
    directory.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    options = f"size={size_bytes},mode=755"
    done = _run("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(directory))
    if done.returncode:
        pytest.skip(f"this machine mounts no tmpfs: {done.stderr.strip()}")
    try:
        yield directory
    finally:
        subprocess.run(["umount", str(directory)], check=True)


def remount(directory: Path, options: str) -> None:
    """Change a mounted disk: `ro`, `rw`, `size=…`."""
    done = _run("mount", "-o", f"remount,{options}", str(directory))
    assert done.returncode == 0, done.stderr


def _run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False)
