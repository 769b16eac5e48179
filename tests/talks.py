"""Recordings for many machines to cut, each of its own, and what one process makes of them."""

import subprocess
import sys
from pathlib import Path

import audioset
from audioset.storage.store import open_store
from audioset.workspace import Workspace
from tests.sounds import SPEECH_RATE, spoken, write_audio


def make_talks(folder: Path, count: int) -> Path:
    """Write recordings of the same words, each at another level; give their folder."""
    folder.mkdir(parents=True)
    samples, _ = spoken()
    for number in range(count):
        write_audio(folder / f"talk{number}.wav", samples * (1 - number / 100), SPEECH_RATE)
    return folder


def cut_alone(videos: Path, folder: Path) -> Workspace:
    """Cut them in one process, into a workspace that is a folder and is named `talks`."""
    ws = audioset.init(folder / "talks")
    ws.cut(videos, into_store=True, workers=1)
    return ws


def manifests_at(address: str) -> dict[str, bytes]:
    """Give the manifests of a workspace on object storage."""
    store = open_store(address)
    return {each.key: store.get(each.key) for each in store.list_objects("manifests")}


def manifests_in(ws: Workspace) -> dict[str, bytes]:
    """Give the manifests of a workspace, as `manifests_at` does."""
    return {f"manifests/{path.name}": path.read_bytes() for path in ws.manifests_dir.iterdir()}


def start(*words: str | Path) -> subprocess.Popen[bytes]:
    """Start a command."""
    command = [sys.executable, "-m", "audioset", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
