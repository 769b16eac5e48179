"""The second day with a workspace on object storage: names and caches are not what they were."""

import shutil
from pathlib import Path

import pytest

import audioset
from audioset.storage.store import open_store
from tests.scale.jobs import manifests_at


@pytest.fixture
def folder(videos: Path, tmp_path: Path) -> Path:
    """Two of the recordings, in a folder in which files may be moved."""
    made = tmp_path / "videos"
    made.mkdir()
    for name in ("talk0.wav", "talk1.wav"):
        shutil.copy(videos / name, made)
    return made


def news(report: audioset.CutReport) -> list[tuple[str, str, str | None]]:
    return [
        (Path(source.path).name, source.status, source.news.kind if source.news else None)
        for source in report.sources
    ]


def test_a_renamed_source_is_told_and_not_cut_again(
    address: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audioset.open_workspace(address).cut(folder)
    before = manifests_at(address)
    (folder / "talk0.wav").rename(folder / "final.wav")
    report = audioset.open_workspace(address).cut(folder)
    assert news(report) == [
        ("final.wav", "unchanged", "renamed"),
        ("talk1.wav", "unchanged", None),
    ]
    assert manifests_at(address) == before
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other machine"))
    (folder / "talk1.wav").rename(folder / "talk one.wav")
    report = audioset.open_workspace(address).cut(folder)
    assert [status for _, status, _ in news(report)] == ["unchanged", "unchanged"]
    assert manifests_at(address) == before


def test_a_renamed_source_at_a_url_is_told_and_not_cut_again(address: str, folder: Path) -> None:
    store = open_store(address.removesuffix("/talks"))
    store.put_content("videos/talk0.wav", folder / "talk0.wav")
    urls = f"{store.url}/videos/"
    audioset.open_workspace(address).cut(urls)
    before = audioset.open_workspace(address).to_pandas()
    store.put_content("videos/final.wav", folder / "talk0.wav")
    store.delete("videos/talk0.wav")
    report = audioset.open_workspace(address).cut(urls)
    assert news(report) == [("final.wav", "unchanged", "renamed")]
    assert audioset.open_workspace(address).to_pandas().equals(before)
    assert audioset.open_workspace(address).status().sources.here.new_files == ()


@pytest.mark.parametrize(
    "what", ["deleted", pytest.param("moved", marks=pytest.mark.slow), "damaged"]
)
def test_what_was_kept_here_may_go_at_any_time(
    address: str, folder: Path, tmp_path: Path, what: str
) -> None:
    audioset.open_workspace(address).cut(folder / "talk0.wav")
    ws = audioset.open_workspace(address)
    cache = tmp_path / "cache"
    if what == "deleted":
        shutil.rmtree(cache)
    elif what == "moved":
        cache.rename(tmp_path / "cache before")
    else:  # as a full disk leaves it
        for path in cache.rglob("objects/*"):
            path.unlink()
            path.write_bytes(b"")
    report = ws.cut(folder)  # which had begun before
    assert [status for _, status, _ in news(report)] == ["unchanged", "cut"]
    clips = set(ws.to_pandas().clip_id)
    again = audioset.open_workspace(address)
    assert set(again.to_pandas().clip_id) == clips
    (folder / "talk0.wav").rename(folder / "final.wav")
    assert {status for _, status, _ in news(again.cut(folder))} == {"unchanged"}
