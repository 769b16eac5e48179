"""The same bytes are the same source, whatever they are called and wherever they lie."""

import shutil
from pathlib import Path
from unicodedata import normalize

import pytest

import audioset
from audioset.cli.app import run
from audioset.curation.sources import read_source_states
from audioset.curation.workspace.effective import read_effective
from audioset.errors import NotFoundError
from audioset.storage.store import open_store
from audioset.workspace import Workspace
from tests.curation.test_sources import cut, talk
from tests.servers import s3_url  # noqa: F401  a fixture


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace beside a folder with one talk that was cut, a clip of it accepted."""
    root = tmp_path_factory.mktemp("renamed")
    ws = audioset.init(root / "scots")
    cut(ws, talk(root / "videos" / "talk.wav"))
    first = read_effective(ws.working)["clip_id"][0].as_py()
    ws.decide(audioset.Decision("clip", first, "text", "hello"), by="mairi")
    return root


@pytest.fixture
def ws(made: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    ws = audioset.open_workspace(tmp_path / "scots")
    shutil.rmtree(ws.folder / "places")
    cut(ws, tmp_path / "videos")
    return ws


@pytest.fixture
def videos(ws: Workspace) -> Path:
    return ws.folder.parent / "videos"


def news(report: audioset.CutReport) -> list[tuple[str, str, str | None]]:
    return [(Path(s.path).name, s.status, s.news.kind if s.news else None) for s in report.sources]


def rows(ws: Workspace) -> list[tuple[str, str | None]]:
    table = read_effective(ws.working).select(["clip_id", "text"])
    return [(row["clip_id"], row["text"]) for row in table.to_pylist()]


def test_a_renamed_source_keeps_ids_clips_and_decisions(ws: Workspace, videos: Path) -> None:
    before = rows(ws)
    assert ws.publish(track=False).record.version == 1
    (videos / "talk.wav").rename(videos / "talk-final.wav")
    report = cut(ws, videos)
    assert news(report) == [("talk-final.wav", "unchanged", "renamed")]
    assert rows(ws) == before
    assert ws.publish(track=False).unchanged
    assert news(cut(ws, videos)) == [("talk-final.wav", "unchanged", None)]  # told once
    other = {"by": "silence", "silence_dbfs": -40, "pad_seconds": 0.02}
    again = ws.cut(videos, options=other, yes=True)
    assert news(again) == [("talk-final.wav", "cut", None)]
    assert {clip_id.rsplit("-", 2)[0] for clip_id, _ in rows(ws)} == {
        before[0][0].rsplit("-", 2)[0]
    }


def test_a_moved_folder_is_told_once_and_nothing_is_cut(ws: Workspace, videos: Path) -> None:
    before = rows(ws)
    moved = videos.rename(videos.with_name("films"))
    assert news(cut(ws, moved)) == [("talk.wav", "unchanged", "moved")]
    assert news(cut(ws, moved)) == [("talk.wav", "unchanged", None)]
    assert rows(ws) == before


def test_a_copy_is_cut_once_in_one_call_and_in_two(ws: Workspace, videos: Path) -> None:
    before = rows(ws)
    shutil.copy(videos / "talk.wav", videos / "copy of talk.wav")
    both = cut(ws, videos)
    assert news(both) == [("copy of talk.wav", "copy", "copy"), ("talk.wav", "unchanged", None)]
    assert both.num_clips == len(before)
    assert news(cut(ws, videos / "copy of talk.wav")) == [("copy of talk.wav", "unchanged", "copy")]
    assert news(cut(ws, videos / "talk.wav")) == [("talk.wav", "unchanged", None)]
    assert rows(ws) == before
    assert ws.publish(track=False).record.num_clips == len(before)


def test_two_new_files_of_the_same_bytes_are_one_source(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "scots")
    talk(tmp_path / "videos" / "a (1).wav")
    shutil.copy(tmp_path / "videos" / "a (1).wav", tmp_path / "videos" / "a.wav")
    talk(tmp_path / "videos" / "b.wav", hz=800)  # as large, and another
    assert news(cut(ws, tmp_path / "videos")) == [
        ("a (1).wav", "copy", "copy"),
        ("a.wav", "cut", None),
        ("b.wav", "cut", None),
    ]
    assert len(rows(ws)) == 4


def test_a_copy_of_what_cannot_be_used_fails_as_well(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "scots")
    for name in ("a.wav", "aa.wav"):
        (tmp_path / name).write_bytes(b"no sound at all")
    report = cut(ws, tmp_path / "a.wav", tmp_path / "aa.wav")
    assert [source.status for source in report.sources] == ["failed", "failed"]
    assert "the same bytes as" in (report.sources[1].error or "")


def test_links_case_and_unicode_forms_are_no_new_sources(ws: Workspace, videos: Path) -> None:
    before = rows(ws)
    (videos / "link.wav").symlink_to(videos / "talk.wav")
    assert news(cut(ws, videos / "link.wav")) == [("link.wav", "unchanged", None)]
    (videos / "link.wav").unlink()
    (videos / "talk.wav").rename(videos / "TALK.wav")
    assert news(cut(ws, videos))[0][:2] == ("TALK.wav", "unchanged")
    composed, apart = normalize("NFC", "caillé.wav"), normalize("NFD", "caillé.wav")
    (videos / "TALK.wav").rename(videos / composed)
    assert news(cut(ws, videos)) == [(composed, "unchanged", "renamed")]
    (videos / composed).rename(videos / apart)
    assert news(cut(ws, videos)) == [(apart, "unchanged", None)]
    assert rows(ws) == before


def test_two_names_that_change_places_stay_with_their_bytes(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "scots")
    one, two = tmp_path / "videos" / "one.wav", tmp_path / "videos" / "two.wav"
    talk(one)
    talk(two, hz=800)
    cut(ws, tmp_path / "videos")
    before = rows(ws)
    one.rename(tmp_path / "aside")
    two.rename(one)
    (tmp_path / "aside").rename(two)
    report = cut(ws, tmp_path / "videos")
    assert [source.status for source in report.sources] == ["unchanged", "unchanged"]
    assert rows(ws) == before
    assert all(state.state == "here" for state in read_source_states(ws.working).sources)


def test_what_is_gone_is_told_and_its_clips_stay(
    ws: Workspace, videos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = rows(ws)
    talk(videos / "new.wav", hz=900)
    (videos / "talk.wav").unlink()
    report = cut(ws, videos)
    assert [(source.name, source.path) for source in report.missing] == [
        ("talk.wav", str(videos / "talk.wav"))
    ]
    assert set(before) < set(rows(ws))
    assert run(["cut", str(videos), "--workspace", str(ws.folder), "--by", "silence"]) == 0
    assert (
        "1 source of this folder is not there any more: talk.wav; the clips stay"
        in capsys.readouterr().err
    )
    assert cut(ws, videos / "new.wav").missing == ()  # nobody asked for the folder


def test_a_workspace_that_holds_a_recording_twice_says_so(
    ws: Workspace, videos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As earlier releases left it: one manifest per name."""
    other = audioset.init(ws.folder.parent / "other")
    shutil.copy(videos / "talk.wav", videos / "talk-final.wav")
    cut(other, videos / "talk-final.wav")
    for path in [*other.manifests_dir.iterdir(), *other.clips_dir.iterdir()]:
        shutil.copy(path, ws.folder / path.parent.name)
    (videos / "talk.wav").unlink()
    report = cut(ws, videos)
    assert news(report) == [("talk-final.wav", "unchanged", "renamed")]
    assert [[s.name for s in same] for same in report.doubles] == [["talk.wav", "talk-final.wav"]]
    run(["cut", str(videos), "--workspace", str(ws.folder), "--by", "silence"])
    assert "the recording is the same: talk.wav (talk-" in capsys.readouterr().err
    twice = report.doubles[0][1].source_id
    ws.remove(twice, yes=True)
    left = cut(ws, videos)
    assert left.doubles == ()
    assert [source.status for source in left.sources] == ["unchanged"]


def test_a_source_is_found_by_its_id_under_whatever_name(
    ws: Workspace, videos: Path, tmp_path: Path
) -> None:
    clips = rows(ws)
    source_id = clips[0][0].rsplit("-", 2)[0]
    (ws.clips_dir / f"{clips[1][0]}.flac").unlink()
    (videos / "talk.wav").rename(videos / "final.wav")
    options = {"by": "silence", "silence_dbfs": -40}
    assert news(ws.cut(source_id, options=options)) == [("final.wav", "cut", "renamed")]
    assert (ws.clips_dir / f"{clips[1][0]}.flac").exists()
    elsewhere = tmp_path / "elsewhere" / "deep"
    elsewhere.mkdir(parents=True)
    (videos / "final.wav").rename(elsewhere / "x.wav")
    with pytest.raises(
        NotFoundError, match=r"it lay at .*final\.wav; name the file, .* or the folder"
    ):
        ws.cut(source_id, options=options)
    report = ws.cut([source_id, elsewhere.parent], options=options)
    assert news(report) == [("x.wav", "unchanged", "renamed")]
    assert rows(ws) == clips


def test_what_was_imported_is_not_cut_again(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "scots")
    talk(tmp_path / "wavs" / "a.wav")
    talk(tmp_path / "wavs" / "b.wav", hz=900)
    (tmp_path / "table.csv").write_text("file,text\na.wav,hello\n")
    ws.import_folder(tmp_path / "wavs", metadata=tmp_path / "table.csv", named_only=True)
    (tmp_path / "wavs" / "a.wav").rename(tmp_path / "wavs" / "a2.wav")
    report = cut(ws, tmp_path / "wavs")
    assert news(report) == [("a2.wav", "imported", "imported"), ("b.wav", "cut", None)]
    assert report.num_clips == 3
    assert report.missing == ()
    assert len(rows(ws)) == 3


def test_an_edited_import_is_not_cut_beside_its_clip(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "scots")
    talk(tmp_path / "wavs" / "a.wav")
    (tmp_path / "table.csv").write_text("file,text\na.wav,hello\n")
    ws.import_folder(tmp_path / "wavs", metadata=tmp_path / "table.csv")
    talk(tmp_path / "wavs" / "a.wav", hz=700)
    (report,) = cut(ws, tmp_path / "wavs").sources
    assert report.status == "kept"
    assert "import its folder again" in (report.error or "")
    assert len(rows(ws)) == 1


def test_many_names_are_told_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ws = audioset.init(tmp_path / "scots")
    for number in range(4):
        talk(tmp_path / "videos" / f"{number}.wav", hz=300 + 100 * number)
    cut(ws, tmp_path / "videos")
    (tmp_path / "videos").rename(tmp_path / "films")
    run(["cut", str(tmp_path / "films"), "--workspace", str(ws.folder), "--by", "silence"])
    assert "4 files lay in another folder before: their clips stay" in capsys.readouterr().err


def test_an_object_under_a_new_key_is_the_same_source(s3_url: str, tmp_path: Path) -> None:  # noqa: F811
    url = f"{s3_url}/{tmp_path.name}"
    store = open_store(url)
    data = talk(tmp_path / "talk.wav").read_bytes()
    store.put_content("talks/talk.wav", data)
    store.put_content("talks/talk copy.wav", data)
    ws = audioset.init(tmp_path / "scots")

    def cut_all() -> audioset.CutReport:
        return ws.cut(f"{url}/talks/", options={"by": "silence", "silence_dbfs": -40})

    assert news(cut_all()) == [("talk copy.wav", "copy", "copy"), ("talk.wav", "cut", None)]
    before = rows(ws)
    store.delete("talks/talk.wav")
    assert news(cut_all()) == [("talk copy.wav", "unchanged", "renamed")]
    assert news(cut_all()) == [("talk copy.wav", "unchanged", None)]
    assert rows(ws) == before
