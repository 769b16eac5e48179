"""A transcription that is killed, or whose model cannot be loaded, leaves whole manifests only."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import audioset
from audioset.cli.app import run as command
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.manifest import Clip, clips_from_table
from audioset.storage.tables import list_manifests, read_manifest
from audioset.workspace import Workspace
from tests.plugin_packages import install
from tests.processes import is_alive
from tests.workspaces import add_source

# Writes down that it heard a clip, or in which process it was loaded; hears no more after so many.
SLOW = """
import os, time
from audioset.plugins import Hypothesis

def note(word):
    with open(os.environ["SLOW_LOG"], "a+") as file:
        file.write(word + "\\n")
        file.seek(0)
        return file.read().split().count(word)

class Slow:
    name, version = "slow", "1"

    def transcribe(self, sounds, languages):
        for _ in sounds:
            if note("heard") >= float(os.environ.get("SLOW_STOPS", "inf")):
                time.sleep(3600)
        return [Hypothesis("aye", 0.5) for _ in sounds]

def open_slow(weights, threads):
    note("loaded")
    note(f"process:{os.getpid()}")
    if os.environ.get("SLOW_BROKEN"):
        raise RuntimeError("no weights")
    return Slow()
"""
CLIPS_EACH, NUM_MANIFESTS = 4, 5
NUM_CLIPS = CLIPS_EACH * NUM_MANIFESTS


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    install(
        tmp_path / "slow",
        monkeypatch,
        package="slow",
        code=SLOW,
        points="[audioset.transcribers]\nslow = slow:open_slow\n",
    )
    monkeypatch.setenv("SLOW_LOG", str(tmp_path / "log.txt"))
    monkeypatch.setenv("AUDIOSET_WORKSPACE", str(tmp_path / "scots"))
    return tmp_path / "log.txt"


@pytest.fixture
def workspace(tmp_path: Path, log: Path) -> Workspace:
    ws = audioset.init(tmp_path / "scots")
    for number in range(NUM_MANIFESTS):
        add_source(ws, f"talk {number}.mp4", CLIPS_EACH, speaker="isla")
    return ws


def noted(log: Path, word: str) -> int:
    return log.read_text().split().count(word) if log.exists() else 0


def processes(log: Path) -> list[int]:
    found = [word.partition(":") for word in log.read_text().split()]
    return [int(pid) for word, _, pid in found if word == "process"]


def manifests(ws: Workspace) -> dict[str, list[Clip]]:
    """All manifests; reading one that is not whole fails."""
    paths = list_manifests(ws.manifests_dir)
    return {path.name: list(clips_from_table(read_manifest(path))) for path in paths}


def without_texts(ws: Workspace) -> int:
    return sum(clip.text is None for clips in manifests(ws).values() for clip in clips)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_killed_run_leaves_whole_manifests_and_the_next_writes_what_is_left(
    workspace: Workspace, log: Path, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    # Two processes at two manifests have written one of these when so many clips were heard.
    stops = 2 * CLIPS_EACH + 1
    monkeypatch.setenv("SLOW_STOPS", str(stops))
    words = [sys.executable, "-m", "audioset", "transcribe", "--model", "slow"]
    words += ["--clips-at-once", "1"]
    running = subprocess.Popen([*words, "--workers", workers], stderr=subprocess.DEVNULL)
    while without_texts(workspace) == NUM_CLIPS or noted(log, "heard") < stops:
        assert running.poll() is None
        time.sleep(0.02)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    while any(is_alive(pid) for pid in processes(log)):  # nobody goes on in secret
        time.sleep(0.02)
    heard, left = noted(log, "heard"), without_texts(workspace)
    assert 0 < left < NUM_CLIPS
    assert left % CLIPS_EACH == 0  # a manifest has all of its texts, or none yet
    monkeypatch.delenv("SLOW_STOPS")
    report = workspace.transcribe(model="slow")
    assert report.num_written == left == noted(log, "heard") - heard
    assert report.num_kept == NUM_CLIPS - left
    assert without_texts(workspace) == 0
    assert all(
        [clip.speaker for clip in clips] == ["isla"] * CLIPS_EACH
        for clips in manifests(workspace).values()
    )


@pytest.mark.parametrize("workers", [1, 2])
def test_a_model_that_cannot_be_loaded_is_told_once_and_soon(
    workspace: Workspace, log: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setenv("SLOW_BROKEN", "1")
    with pytest.raises(InvalidInputError) as told:
        workspace.transcribe(model="slow", workers=workers)
    why = "the transcriber 'slow' cannot load its model: RuntimeError: no weights"
    assert str(told.value) == why
    assert noted(log, "loaded") <= 2 * workers  # those at work, and those that were next
    assert without_texts(workspace) == NUM_CLIPS


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("nobody", "no transcriber 'nobody' is installed"),
        ("slow:./nowhere", r"no folder nowhere; --model \(model= in Python\) names one"),
        ("./nowhere", "no folder nowhere"),
        ("models:/asr@best", "asr"),
    ],
)
def test_a_wrong_model_is_told_also_when_no_text_is_missing(
    tmp_path: Path, log: Path, model: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ws = audioset.init(tmp_path / "scots")
    add_source(ws, "talk.mp4", 1, text="aye", text_source="human")
    with pytest.raises(NotFoundError, match=why):
        ws.transcribe(model=model)
    assert command(["transcribe", "--model", model]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert not log.exists()  # and no model was loaded for it
