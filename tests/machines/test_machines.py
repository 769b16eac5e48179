"""The walk on computers and drives that lack what this one has."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sounds import tone, write_audio

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def poor_drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build what stands between a program and its drive. CI has a compiler, so this never skips."""
    library = tmp_path_factory.mktemp("drive") / "poor_drive.so"
    words = ["cc", "-shared", "-fPIC", "-o", str(library), str(HERE / "poor_drive.c")]
    subprocess.run([*words, "-ldl"], check=True)
    return library


def walk(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    folder.mkdir()
    for number, name in enumerate(["Köln.wav", "b.wav"]):
        write_audio(folder / name, tone(300 + number, 3.0, 16000), 16000)
    done = subprocess.run(
        [sys.executable, str(HERE / "walk.py"), str(folder), *words],
        env={**os.environ, "PYTHONUTF8": "1", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.split()) == (0, ["begun", "arrived"]), done.stderr
    return done


def test_a_clip_goes_its_way_on_a_system_with_fewer_names(tmp_path: Path) -> None:
    done = walk(tmp_path / "scots", PYTHONPATH=str(HERE / "fewer_names"))
    assert done.stderr.count("has no locks") == 1  # for there is no fcntl


def test_a_clip_goes_its_way_on_a_drive_that_can_do_little(
    tmp_path: Path, poor_drive: Path
) -> None:
    done = walk(tmp_path / "scots", LD_PRELOAD=str(poor_drive))
    assert done.stderr.count("a power loss may take the newest files") == 1
    assert done.stderr.count("has no locks") == 1
    assert not list((tmp_path / "scots").rglob("*.claim*"))


@pytest.mark.slow
@pytest.mark.parametrize("lack", ["names", "drive"])
def test_training_pages_and_searches_work_there_too(
    tmp_path: Path, poor_drive: Path, lack: str
) -> None:
    variables = {"LD_PRELOAD": str(poor_drive)}
    if lack == "names":
        variables = {"PYTHONPATH": str(HERE / "fewer_names")}
    walk(tmp_path / "scots", "whole", **variables)
