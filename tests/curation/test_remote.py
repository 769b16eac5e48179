"""Sources on a real object store: found by URL, fetched, cut, and not fetched again."""

from pathlib import Path

import pytest

import audioset
from audioset.errors import NotFoundError
from audioset.records.manifest import clips_from_table
from audioset.storage.store import open_store
from audioset.storage.tables import read_manifest
from tests.servers import s3_url  # noqa: F401  a fixture
from tests.sounds import SPEECH_RATE, spoken, write_audio, write_speech


@pytest.fixture
def talks(s3_url: str, tmp_path: Path) -> str:  # noqa: F811
    url = f"{s3_url}/{tmp_path.name}"
    store = open_store(url)
    write_speech(tmp_path / "a.wav")
    store.put_content("day one/a.wav", tmp_path / "a.wav")
    store.put_content("day one/notes.txt", b"not media")
    store.put_content("day two/broken.mp4", b"not media either")
    return url


def test_a_folder_on_s3_is_cut_and_known_again(talks: str, tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "work", name="scots")
    local = audioset.init(tmp_path / "local", name="scots")
    report = ws.cut([f"{talks}/day one/"])
    assert [source.status for source in report.sources] == ["cut"]
    assert report.sources[0].path == f"{talks}/day one/a.wav"
    local.cut([tmp_path / "a.wav"])
    names = [{path.name: path.read_bytes() for path in s.clips_dir.iterdir()} for s in (ws, local)]
    assert names[0] == names[1]
    assert not list(ws.folder.glob(".fetched-*"))
    again = ws.cut([f"{talks}/day one/*.wav"])
    assert [source.status for source in again.sources] == ["unchanged"]
    rows = list(clips_from_table(read_manifest(next(ws.manifests_dir.iterdir()))))
    assert rows[0].source_name == "a.wav"


def test_what_cannot_be_used_is_named_by_its_url(talks: str, tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "work", name="scots")
    report = ws.cut([f"{talks}/day two/broken.mp4", f"{talks}/day one/a.wav"])
    assert [source.status for source in report.sources] == ["failed", "cut"]
    assert (report.failed[0].error or "").startswith(
        f"{talks}/day two/broken.mp4: not a media file"
    )
    with pytest.raises(NotFoundError, match="no media at"):
        ws.cut([f"{talks}/day three/"])


def test_many_short_ones_at_a_url_are_no_folder_of_ready_clips(
    s3_url: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    store = open_store(s3_url)
    samples, _ = spoken()
    for number in range(6):
        path = write_audio(tmp_path / f"{number}.wav", samples * (1 - number / 9), SPEECH_RATE)
        store.put_content(f"videos/{number}.wav", path)
    report = audioset.init(tmp_path / "work").cut(f"{s3_url}/videos/")
    assert [source.status for source in report.sources] == ["cut"] * 6
    assert not report.notes
