"""Recordings for many machines to cut, each of its own, and what one process makes of them."""

from pathlib import Path

import pytest

import audioset
from audioset.workspace import Workspace
from tests.scale.jobs import NUM_TALKS
from tests.servers import s3_url  # noqa: F401  a fixture
from tests.sounds import SPEECH_RATE, spoken, write_audio


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of recordings of the same words, each at another level."""
    folder = tmp_path_factory.mktemp("sources") / "videos"
    folder.mkdir()
    samples, _ = spoken()
    for number in range(NUM_TALKS):
        write_audio(folder / f"talk{number}.wav", samples * (1 - number / 100), SPEECH_RATE)
    return folder


@pytest.fixture(scope="module")
def alone(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace that is a folder, into which one process cut them."""
    ws = audioset.init(tmp_path_factory.mktemp("alone") / "talks")
    ws.cut(videos, into_store=True, workers=1)
    return ws


@pytest.fixture
def address(
    s3_url: str,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """Address of a new workspace on object storage, of the same name."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    audioset.init(f"{s3_url}/talks")
    return f"{s3_url}/talks"
