"""Sources as files: where they lie on this machine, and how they are found there today."""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import audioset
from audioset.curation.sources import SourcePlaces, place_of, read_source_states, remember
from audioset.curation.sources.places import places_path
from audioset.machine import machine_name
from audioset.records.source_state import SourcePlace, SourcesHere
from audioset.workspace import Workspace
from tests.sounds import noise, silence, tone, write_audio

RATE = 8000


def talk(path: Path, *, hz: float = 300) -> Path:
    """Write two short sounds with a pause between them; another pitch is another recording."""
    path.parent.mkdir(parents=True, exist_ok=True)
    gap, sound = silence(0.6, RATE), tone(hz, 0.5, RATE)
    samples = np.concatenate([gap, sound, gap, sound, gap])
    return write_audio(path, samples + noise(2.8, RATE, level=0.0003, seed=3), RATE)


def cut(ws: Workspace, *words: Path) -> audioset.CutReport:
    return ws.cut(list(words), options={"by": "silence", "silence_dbfs": -40})


def states(ws: Workspace) -> dict[str, str]:
    return {source.name: source.state for source in read(ws).sources}


def read(ws: Workspace) -> SourcesHere:
    return read_source_states(ws.working)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace beside a folder of two talks that were cut."""
    root = tmp_path_factory.mktemp("sources")
    talk(root / "videos" / "one.wav", hz=300)
    talk(root / "videos" / "two.wav", hz=500)
    report = cut(audioset.init(root / "scots"), root / "videos")
    assert [source.num_clips for source in report.sources] == [2, 2]
    return root


@pytest.fixture
def ws(made: Path, tmp_path: Path) -> Workspace:
    """The same at another place, where it was cut, too: places outside are absolute."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    path = places_path(tmp_path / "scots")
    path.write_text(path.read_text().replace(str(made), str(tmp_path)))
    return audioset.open_workspace(tmp_path / "scots")


def test_a_cut_remembers_where_its_sources_lie(ws: Workspace) -> None:
    found = SourcePlaces.read(ws.folder)
    videos = ws.folder.parent / "videos"
    assert sorted(place.path for place in found.by_sha256.values()) == [
        str(videos / "one.wav"),
        str(videos / "two.wav"),
    ]
    assert found.folders == (str(videos),)
    assert found.at(videos / ".." / "videos" / "one.wav")
    assert states(ws) == {"one.wav": "here", "two.wav": "here"}
    assert read(ws).new_files == ()


def test_sources_are_found_changed_renamed_missing_and_new(ws: Workspace) -> None:
    videos = ws.folder.parent / "videos"
    (videos / "one.wav").rename(videos / "uno.wav")
    assert {s.name: (s.state, s.path, s.was) for s in read(ws).sources} == {
        "one.wav": ("renamed", str(videos / "uno.wav"), str(videos / "one.wav")),
        "two.wav": ("here", str(videos / "two.wav"), None),
    }
    assert read(ws).new_files == ()  # a new name is no new file
    (videos / "uno.wav").unlink()
    assert states(ws)["one.wav"] == "missing"
    talk(videos / "two.wav", hz=700)
    assert states(ws)["two.wav"] == "changed"
    talk(videos / "sub" / "three.wav", hz=900)
    assert read(ws).new_files == (str(videos / "sub" / "three.wav"),)


def test_a_file_that_was_only_touched_is_here(ws: Workspace) -> None:
    os.utime(ws.folder.parent / "videos" / "one.wav", (1, 1))
    assert states(ws)["one.wav"] == "here"


def test_another_machine_finds_sources_by_their_name_and_hash(ws: Workspace) -> None:
    path = places_path(ws.folder)
    path.rename(path.with_name("other-01234567.json"))
    assert set(states(ws).values()) == {"unknown"}
    remember(ws.folder, (), folders=[ws.folder.parent / "videos"])
    assert set(states(ws).values()) == {"here"}


def test_a_damaged_file_of_places_is_told_and_no_error(ws: Workspace) -> None:
    for damage in (b"{", b"[]", b'{"sources": {"a": 1}, "folders": []}', b"\xff\x00"):
        places_path(ws.folder).write_bytes(damage)
        found = read(ws)
        assert {source.state for source in found.sources} == {"unknown"}
        assert "it is damaged" in found.notes[0]
    report = cut(ws, ws.folder.parent / "videos")
    assert "it is damaged" in report.notes[0]
    assert {source.status for source in report.sources} == {"unchanged"}
    assert read(ws).notes == ()
    assert set(states(ws).values()) == {"here"}


def test_a_folder_that_cannot_be_written_loses_a_hint_only(ws: Workspace) -> None:
    shutil.rmtree(ws.folder / "places")
    (ws.folder / "places").write_text("in the way")
    report = cut(ws, ws.folder.parent / "videos")
    assert report.num_clips == 4
    assert not report.failed
    assert "not remembered" in report.notes[0]


def test_cuts_at_the_same_moment_lose_nothing_of_each_other(tmp_path: Path) -> None:
    def add(number: int) -> None:
        place = SourcePlace(
            sha256=f"{number:064x}", path=f"/talks/{number}.mp4", size_bytes=1, modified_ns=2
        )
        assert remember(tmp_path, [place], folders=[f"/talks/{number}"]) is None

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    found = SourcePlaces.read(tmp_path)
    assert len(found.by_sha256) == len(found.folders) == 40
    assert found.note is None


def test_places_inside_of_a_workspace_move_with_it(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "scots")
    cut(ws, talk(ws.folder / "videos" / "one.wav"))
    ws.folder.rename(tmp_path / "moved")
    moved = audioset.open_workspace(tmp_path / "moved")
    assert [s.path for s in read(moved).of("here")] == [str(moved.folder / "videos" / "one.wav")]


def test_names_that_are_no_unicode_are_kept(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.wav")
    try:
        path.write_bytes(b"1")
    except OSError:
        pytest.skip("this drive knows Unicode names only")
    place = place_of(path, "00")
    assert place is not None
    remember(tmp_path, [place])
    assert SourcePlaces.read(tmp_path).by_sha256 == {"00": place}


def test_clips_of_the_workspace_are_no_new_files(ws: Workspace) -> None:
    cut(ws, ws.folder.parent)
    ws.publish(track=False)
    ws.remove("one.wav", yes=True)
    assert list((ws.folder / "removed").rglob("*.flac"))
    (ws.folder.parent / "videos" / "one.wav").unlink()
    assert read(ws).new_files == ()


def test_an_import_remembers_its_files(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "scots")
    talk(tmp_path / "wavs" / "a.wav")
    (tmp_path / "table.csv").write_text("file,text\na.wav,hello\n")
    ws.import_folder(tmp_path / "wavs", metadata=tmp_path / "table.csv")
    assert states(ws) == {"a.wav": "here"}
    (tmp_path / "wavs" / "a.wav").rename(tmp_path / "wavs" / "b.wav")
    assert states(ws) == {"a.wav": "renamed"}


def test_places_are_of_this_machine_and_never_published(ws: Workspace) -> None:
    (path,) = (ws.folder / "places").glob("*.json")
    assert path.stem == machine_name()
    assert machine_name() == machine_name.__wrapped__()
    json.loads(path.read_text("ascii"))
    ws.publish(track=False)
    published = [p.read_bytes() for p in (ws.folder / "store").rglob("*") if p.is_file()]
    assert not any(str(ws.folder.parent).encode() in data for data in published)
