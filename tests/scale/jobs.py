"""Commands on a workspace that lies on object storage, and what they leave there."""

import subprocess
import sys
from pathlib import Path

from audioset.storage.store import open_store
from audioset.workspace import Workspace

NUM_TALKS = 6


def manifests_at(address: str) -> dict[str, bytes]:
    """Give the manifests of a workspace on object storage."""
    store = open_store(address)
    return {each.key: store.get(each.key) for each in store.list_objects("manifests")}


def manifests_in(ws: Workspace) -> dict[str, bytes]:
    """Give the manifests of a workspace, as `manifests_at` does."""
    return {f"manifests/{path.name}": path.read_bytes() for path in ws.manifests_dir.iterdir()}


def files_in(folder: Path) -> dict[str, bytes]:
    """Give all files of a folder by their names in it."""
    every = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in every}


def start(*words: str | Path) -> subprocess.Popen[bytes]:
    """Start a command."""
    command = [sys.executable, "-m", "audioset", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
