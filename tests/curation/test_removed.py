"""What is removed is out, stays out, and comes back as it was, wherever the process is killed."""

import hashlib
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import audioset
from audioset import Decision
from audioset.cli.app import run
from audioset.curation.workspace.effective import list_clip_ids
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.manifest import manifest_schema
from audioset.storage.tables import read_manifest, write_manifest
from audioset.workspace import Workspace, open_workspace
from tests.sounds import SPEECH_RATE, spoken, write_audio
from tests.workspaces import changed, make_workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    """Three sources of four clips, with what two people decided."""
    ws = make_workspace(tmp_path / "scots", sources=3, clips_per_source=4)
    first, second, *_ = clips_of(ws, 0)
    ws.decide([Decision("clip", first, "text", "said"), Decision("clip", first, "accepted", True)])
    ws.decide(Decision("clip", second, "accepted", False), by="mairi")
    return ws


def source_ids(ws: Workspace) -> list[str]:
    return sorted(path.stem for path in ws.manifests_dir.glob("*.parquet"))


def clips_of(ws: Workspace, number: int) -> list[str]:
    names = sorted(ws.manifests_dir.glob(f"talk-{number}-*.parquet"))
    return [clip_id for path in names for clip_id in read_manifest(path)["clip_id"].to_pylist()]


def state(ws: Workspace) -> dict[str, str]:
    """Hash every manifest and every clip of the workspace."""
    return {
        path.relative_to(ws.folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in (ws.manifests_dir, ws.clips_dir)
        for path in folder.glob("[!.]*")
    }


def test_nothing_happens_without_yes_and_what_would_go_is_told(ws: Workspace) -> None:
    ws.publish(track=False)
    before = state(ws)
    report = ws.remove("talk 0.mp4")
    assert state(ws) == before
    assert not report.done
    (source,) = report.sources
    assert (source.source_name, source.is_whole, source.num_clips) == ("talk 0.mp4", True, 4)
    assert (report.length_seconds, report.num_texts) == (1.0, 4)
    assert report.decisions == {"accepted": 2, "text": 1}
    # The rejected one was not published.
    assert [(str(each.ref), each.num_clips) for each in report.versions] == [("scots@v1", 3)]


def test_a_source_leaves_everything_but_versions_and_comes_back_byte_for_byte(
    ws: Workspace,
) -> None:
    first = ws.publish(track=False)
    before = state(ws)
    ws.remove("talk 0.mp4", yes=True)
    assert len(source_ids(ws)) == 2
    assert ws.describe().num_clips == 8
    assert len(ws.diff("scots@v1").removed) == 3
    assert ws.check().num_clips == 8
    assert len(ws.open("scots@v1").to_pandas()) == 11
    assert ws.history(first_clip := sorted(ws.remove(undo=True).clip_ids)[0])
    ws.remove(undo=True, yes=True)
    assert state(ws) == before
    assert ws.publish(track=False).record == first.record
    assert len(ws.history(first_clip)) == 2


def test_single_clips_come_back_byte_for_byte(ws: Workspace) -> None:
    before = state(ws)
    some = [clips_of(ws, 0)[0], clips_of(ws, 2)[3], clips_of(ws, 2)[1]]
    ws.remove(some[:2], yes=True)
    ws.remove(f"clips/{some[2]}.flac", yes=True)
    assert list_clip_ids(ws.working).isdisjoint(some)
    assert len(list_clip_ids(ws.working)) == 9
    ws.remove(some[1], undo=True, yes=True)
    assert list_clip_ids(ws.working) & set(some) == {some[1]}
    ws.remove("talk 2", undo=True, yes=True)
    ws.remove(undo=True, yes=True)
    assert state(ws) == before
    with pytest.raises(NotFoundError, match="nothing was removed"):
        ws.remove(undo=True)


def test_of_a_source_that_went_whole_one_clip_can_come_back_alone(ws: Workspace) -> None:
    before, clips = state(ws), clips_of(ws, 1)
    ws.remove("talk 1", yes=True)
    ws.remove(clips[2], undo=True, yes=True)
    assert list_clip_ids(ws.working) & set(clips) == {clips[2]}
    with pytest.raises(NotFoundError, match="was removed already"):
        ws.remove(clips[0])
    ws.remove("talk 1*", undo=True, yes=True)
    assert state(ws) == before


def test_all_clips_of_a_source_are_not_the_source(ws: Workspace) -> None:
    ws.remove(clips_of(ws, 1), yes=True)
    assert len(list_clip_ids(ws.working)) == 8
    ws.remove("talk 1", undo=True, yes=True)
    assert len(list_clip_ids(ws.working)) == 12


def test_a_publish_lets_go_what_was_kept_and_says_so(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    ws.publish(track=False)
    ws.remove(["talk 0.mp4", clips_of(ws, 1)[0]], yes=True)
    assert run(["publish", "--no-track", "--workspace", str(ws.folder)]) == 0
    assert "5 clips that audioset remove had taken out cannot be brought back" in (
        capsys.readouterr().err
    )
    assert [v.num_clips for v in ws.versions()] == [11, 7]
    assert not list((ws.folder / "removed").rglob("*.flac"))
    again = ws.remove(undo=True)
    assert (again.sources, [each.is_kept for each in again.let_go]) == ((), [False, False])
    assert [(each.source_name, each.is_whole) for each in again.let_go] == [
        ("talk 0.mp4", True),
        ("talk 1.mp4", False),
    ]
    named = ws.remove("talk 0", undo=True, yes=True)
    assert not named.sources[0].is_kept
    assert len(ws.remove(undo=True).let_go) == 1


def test_a_publish_that_fails_lets_nothing_go(ws: Workspace) -> None:
    before = state(ws)
    ws.remove("talk 0", yes=True)
    with pytest.raises(InvalidInputError):
        ws.publish(filter="length_seconds > 99")
    ws.remove(undo=True, yes=True)
    assert state(ws) == before


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("talk", "is named 'talk'; did you mean 'talk 2' or"),
        ("nothing", "sources are a.mp4, talk 0.mp4"),
        ("a.mp4", "'a.mp4' means 2 sources: a-00000000 (1 clip), a-11111111 (1 clip); name one"),
        ("*.wav", "no source or clip is named '*.wav'"),
    ],
)
def test_a_name_that_means_nothing_or_too_much_is_told(ws: Workspace, word: str, said: str) -> None:
    rows = read_manifest(next(ws.manifests_dir.glob("*.parquet"))).slice(0, 1).to_pylist()[0]
    for digit in "01":
        named = {"source_id": f"a-{digit * 8}", "source_sha256": digit * 64, "source_name": "a.mp4"}
        clip_id = f"a-{digit * 8}-000000000-000001000"
        table = pa.Table.from_pylist([{**rows, **named, "clip_id": clip_id}], manifest_schema())
        write_manifest(ws.manifests_dir / f"a-{digit * 8}.parquet", table)
    with pytest.raises((NotFoundError, InvalidInputError)) as error:
        ws.remove(word)
    assert said in str(error.value)
    assert ws.remove("a*").num_clips == 2
    assert ws.remove("A-11111111").num_clips == 1


def test_forget_reaches_what_is_kept_aside(ws: Workspace) -> None:
    ws.remove("talk 1.mp4", yes=True)  # all of it is of speaker1
    report = ws.forget(speaker="speaker1", yes=True)
    assert report.num_working_removed == 4
    assert not list((ws.folder / "removed").rglob("*.flac"))


class KilledError(BaseException):
    """The process ends here."""


_kill_at: list[int] = []


def _count(event: str, _: object) -> None:
    if _kill_at and event in ("os.rename", "os.remove"):
        _kill_at[0] -= 1
        if _kill_at[0] < 0:
            _kill_at.clear()
            raise KilledError


sys.addaudithook(_count)


@contextmanager
def killed_at(number: int) -> Iterator[None]:
    """Stop at the file that is moved or deleted as the given one."""
    _kill_at[:] = [number]
    try:
        yield
    finally:
        _kill_at.clear()


@pytest.mark.parametrize("undo", [False, True])
def test_killed_at_any_file_it_is_finished_by_whoever_comes_next(
    tmp_path: Path, undo: bool
) -> None:
    made = make_workspace(tmp_path / "made", sources=3, clips_per_source=2)
    names = ["talk 0", clips_of(made, 1)[0]]
    there = state(made)
    made.remove(names, yes=True)
    gone = state(made)
    if not undo:
        made.remove(undo=True, yes=True)
    before, after = (gone, there) if undo else (there, gone)
    for number in range(99):
        shutil.rmtree(tmp_path / "w", ignore_errors=True)
        shutil.copytree(made.folder, tmp_path / "w")
        ws = changed(made, workspace=tmp_path / "w")
        try:
            with killed_at(number):
                ws.remove(() if undo else names, undo=undo, yes=True)
        except KilledError:
            begun = state(ws) != before
            open_workspace(ws.folder).describe()  # any verb that looks at clips
            assert state(ws) in ((after,) if begun else (before, after))
        else:
            assert state(ws) == after
            break
    assert number > 6


def test_two_removes_at_once_lose_nothing(ws: Workspace) -> None:
    before = state(ws)
    words = [["talk 0"], ["talk 1"], [clips_of(ws, 2)[0]], [clips_of(ws, 2)[1]]]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda names: open_workspace(ws.folder).remove(names, yes=True), words))
    assert list_clip_ids(ws.working) == set(clips_of(ws, 2))
    assert len(clips_of(ws, 2)) == 2
    ws.remove(undo=True, yes=True)
    assert state(ws) == before


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with two cut videos and a silent one, beside it."""
    folder = tmp_path_factory.mktemp("cut")
    samples, _ = spoken()
    (folder / "videos").mkdir()
    write_audio(folder / "videos" / "talk.wav", samples, SPEECH_RATE)
    write_audio(folder / "videos" / "other.wav", samples[: samples.size // 2], SPEECH_RATE)
    write_audio(folder / "videos" / "silent.wav", np.zeros(8000, np.float32), 16000)
    ws = audioset.init(folder / "scots")
    ws.cut(folder / "videos", workers=1)
    return ws


@pytest.fixture
def videos(cut: Workspace, tmp_path: Path) -> tuple[Workspace, Path]:
    shutil.copytree(cut.folder.parent, tmp_path / "here")
    return open_workspace(tmp_path / "here" / "scots"), tmp_path / "here" / "videos"


def test_a_cut_of_a_folder_leaves_out_what_was_removed_and_naming_it_brings_it_back(
    videos: tuple[Workspace, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    ws, folder = videos
    before = state(ws)
    ws.remove(["talk.wav", "silent"], yes=True)
    found = ws.cut(folder, workers=1)
    assert {Path(s.path).name: s.status for s in found.sources} == {
        "other.wav": "unchanged",
        "silent.wav": "removed",
        "talk.wav": "removed",
    }
    assert found.empty == ()
    run(["cut", str(folder), "--workspace", str(ws.folder)])
    said = capsys.readouterr().err
    assert "2 sources were removed and not cut; name one to cut it again: audioset cut" in said
    named = ws.cut([folder / "talk.wav", folder / "silent.wav"], workers=1)
    assert [(s.status, s.is_back) for s in named.sources] == [("unchanged", True)] * 2
    assert state(ws) == before
    ws.remove("talk.wav", yes=True)
    ws.publish(track=False)
    run(["cut", str(folder / "talk.wav"), "--workspace", str(ws.folder)])
    assert "talk.wav had been removed, and is back" in capsys.readouterr().err
    assert ws.cut(folder, workers=1).removed == ()


def test_a_removed_clip_stays_out_when_its_source_is_cut_again(
    videos: tuple[Workspace, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    ws, folder = videos
    clips = sorted(clip for clip in list_clip_ids(ws.working) if clip.startswith("talk-"))
    ws.remove(clips[1], yes=True)
    unchanged = ws.cut(folder / "talk.wav", workers=1).sources[0]
    assert (unchanged.status, unchanged.num_kept_out) == ("unchanged", 1)
    # Other edges, and so another id.
    (moved,) = ws.cut(folder / "talk.wav", options={"pad_seconds": 0.1}, workers=1).sources
    assert (moved.status, moved.num_clips, moved.num_kept_out) == ("cut", len(clips) - 1, 1)
    run(["cut", str(folder / "talk.wav"), "--pad", "0.1", "--workspace", str(ws.folder)])
    assert "1 clip that was removed stays out" in capsys.readouterr().err
    (windows,) = ws.cut(folder / "talk.wav", options={"every_seconds": 4, "by": "windows"}).sources
    assert (windows.num_kept_out, windows.num_touching > 0) == (0, True)
    # A publish lets it go, and it still stays out until it is named.
    ws.publish(track=False)
    by_speech = {"by": "speech", "pad_seconds": 0.15}
    assert ws.cut(folder / "talk.wav", options=by_speech).sources[0].num_kept_out == 1
    ws.remove(clips[1], undo=True, yes=True)
    (whole,) = ws.cut(folder / "talk.wav", options={"pad_seconds": 0.1}, workers=1).sources
    assert (whole.num_clips, whole.num_kept_out) == (len(clips), 0)


def test_a_cut_of_the_workspace_itself_does_not_take_what_is_kept_aside(
    videos: tuple[Workspace, Path],
) -> None:
    ws, folder = videos
    shutil.move(folder, ws.folder)
    ws.remove("talk", yes=True)
    found = ws.cut(ws.folder, workers=1)
    assert sorted(s.status for s in found.sources) == ["removed", "unchanged", "unchanged"]
