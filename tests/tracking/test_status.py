"""What `audioset status` says, of a workspace in every state, and with each part silent."""

import json
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

import audioset
from audioset import Decision
from audioset.cli.app import run
from audioset.curation.removed.state import read_removed, write_removed
from audioset.errors import StorageError
from audioset.question import Question
from audioset.records.removed import Going, Removed
from audioset.workspace import Workspace, open_workspace
from tests.sounds import SPEECH_RATE, spoken, write_audio
from tests.workspaces import add_source, changed, make_workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "scots", sources=2, clips_per_source=3)


def commands(ws: Workspace) -> list[str]:
    return [step.command for step in ws.status().steps]


def test_an_empty_workspace_has_nothing_and_says_where_to_begin(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "new")
    found = ws.status()
    assert [each.state for each in found.places] == ["not made yet"] * 3
    assert (found.problems, commands(ws)) == ((), ["audioset cut FILES"])
    assert found.clips is not None
    assert (found.clips.num_clips, found.sources.num_sources) == (0, 0)
    assert sorted(path.name for path in ws.folder.iterdir()) == ["audioset.toml"]


def test_clips_are_counted_with_what_people_decided(ws: Workspace) -> None:
    clips = add_source(ws, "flagged.mp4", 2, flags="short")
    ws.decide(
        [
            Decision("clip", clips[0].clip_id, "accepted", True),
            Decision("clip", clips[1].clip_id, "accepted", False),
        ]
    )
    (ws.clips_dir / f"{clips[0].clip_id}.flac").unlink()
    (ws.clips_dir / f"{clips[1].clip_id}.flac").unlink()  # a rejected one need not be there
    found = ws.status().clips
    assert found is not None
    assert (found.num_clips, found.num_undecided, found.num_rejected) == (8, 6, 1)
    assert (found.num_flagged, found.num_without_text) == (0, 1)
    assert found.length_seconds == pytest.approx(2.0)
    assert (found.without_audio, found.without_audio_of) == ((clips[0].clip_id,), ("flagged.mp4",))
    add_source(ws, "more.mp4", 1, flags="long", text="  ")
    again = ws.status().clips
    assert again is not None
    assert (again.num_flagged, again.num_without_text) == (1, 2)


def test_texts_are_spoken_of_before_the_first_version_and_where_others_have_one(
    tmp_path: Path,
) -> None:
    ws = audioset.init(tmp_path / "new", name="new")
    first, other = add_source(ws, "talk.mp4", 2, text=None)
    ws.decide(Decision("clip", first.clip_id, "accepted", False))  # and is spoken of no more
    publish, asked = ws.status().steps
    assert publish.command.startswith("audioset publish")
    assert asked.why == "if texts are wanted: no clip has one; audioset transcribe writes some"
    ws.publish(track=False)
    assert commands(ws) == ["audioset log"]
    add_source(ws, "with.mp4", 1, text="aye")
    texts = 'audioset export table texts.xlsx --where "text is null"'
    assert texts in commands(ws)
    ws.decide(Decision("clip", other.clip_id, "text", "naw"))
    assert texts not in commands(ws)


def test_what_the_next_publish_changes_is_what_it_then_changes(ws: Workspace) -> None:
    first = ws.status().next_publish
    assert first is not None
    assert (first.latest, first.num_added, first.is_needed) == (None, 6, True)
    ws.publish(track=False)
    same = ws.status().next_publish
    assert same is not None
    assert (str(same.latest), same.is_needed, same.num_unchanged) == ("scots@v1", False, 6)
    clips = add_source(ws, "new.mp4", 2)
    (row, *_) = ws.open("scots@v1").to_pandas()["clip_id"]
    ws.decide(Decision("clip", row, "text", "otherwise"))
    ws.remove("talk 1", yes=True)
    ws.decide(Decision("clip", clips[1].clip_id, "accepted", False))
    found = ws.status()
    publish = found.next_publish
    assert publish is not None
    assert (publish.num_added, publish.num_removed, publish.num_changed) == (1, 3, 1)
    assert found.clips is not None
    assert (found.clips.num_kept_aside, found.sources.num_removed) == (3, 1)
    assert commands(ws)[0].startswith("audioset publish")
    diff = ws.diff("scots@v1")
    assert (len(diff.added), len(diff.removed), len(diff.retexted)) == (1, 3, 1)


def test_versions_that_mlflow_lacks_are_named_and_log_is_the_step(ws: Workspace) -> None:
    ws.publish(track=False)
    found = ws.status()
    assert [str(ref) for ref in found.unlogged or ()] == ["scots@v1"]
    assert commands(ws) == ["audioset log"]


def test_sources_are_told_as_they_are_found(tmp_path: Path) -> None:
    videos, ws = tmp_path / "videos", audioset.init(tmp_path / "scots")
    videos.mkdir()
    samples, _ = spoken()
    for number, name in enumerate(("one", "two", "three"), 2):
        write_audio(videos / f"{name}.wav", samples[: samples.size // number], SPEECH_RATE)
    ws.cut(videos, workers=1)
    assert ws.status().problems == ()
    (videos / "one.wav").rename(videos / "first.wav")
    (videos / "two.wav").write_bytes(b"something else")
    (videos / "three.wav").unlink()
    write_audio(videos / "four.wav", spoken()[0][:4000], SPEECH_RATE)
    found = ws.status()
    assert {source.name: source.state for source in found.sources.here.sources} == {
        "one.wav": "renamed",
        "two.wav": "changed",
        "three.wav": "missing",
    }
    assert [Path(path).name for path in found.sources.here.new_files] == ["four.wav"]
    assert "two.wav holds other bytes" in found.problems[0]
    assert "three.wav is gone" in found.problems[1]
    assert commands(ws)[:2] == [f"audioset cut {videos / 'two.wav'}", f"audioset cut {videos}"]
    takes = tmp_path / "my takes"
    takes.mkdir()
    for number in (5, 6):
        write_audio(takes / f"{number}.wav", spoken()[0][: 800 * number], SPEECH_RATE)
    ws.import_folder(takes)
    (takes / "5.wav").write_bytes(b"something else")
    next(ws.clips_dir.glob("6-*.flac")).unlink()
    assert f"audioset cut {videos / 'two.wav'}" in commands(ws)
    assert commands(ws).count(f"audioset import folder '{takes}'") == 1
    ws.remove("*", yes=True)
    assert commands(ws)[0] == "audioset remove --undo"


def refused(place: str) -> str:
    """Give an address at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return {
        "store": f"s3://bucket-{port}/scots",
        "catalog": f"postgresql+psycopg://mairi:geheim@127.0.0.1:{port}/scots",
        "tracking": f"http://mairi:geheim@127.0.0.1:{port}",
    }[place]


@pytest.mark.parametrize("place", ["store", "catalog", "tracking"])
def test_what_does_not_answer_is_a_problem_and_keeps_nothing_else_from_it(
    ws: Workspace, place: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = refused(place)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "geheim-im-store")
    ws.publish(track=False)
    words = ["status", "--workspace", str(ws.folder), f"--{place}", address]
    assert run(words) == 3
    out, err = capsys.readouterr()
    assert f"audioset: {place} is silent: " in err
    assert "geheim" not in out + err
    assert "clips         6, 0:00:02: 6 not judged" in out
    assert run([*words, "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert [each["state"] for each in told["places"] if each["place"] == place] == ["silent"]
    assert sum(each["state"] == "silent" for each in told["places"]) == 1
    assert told["clips"]["num_clips"] == 6
    assert (told["next_publish"] is None) == (place in ("store", "catalog"))


def test_a_busy_machine_is_slow_and_not_silent(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws.publish(track=False)
    monkeypatch.setattr("audioset.tracking.status.read._FAR_SECONDS", 0.0)
    assert "silent" not in {place.state for place in ws.status().places}


def test_nobody_waits_longer_than_for_the_slowest() -> None:
    here, there = socket.socketpair()
    with here, there, pytest.raises(StorageError, match=r"no answer within 0\.05 s"):
        Question(lambda: here.recv(1), seconds=0.05).answer()
    assert Question(lambda: 7, seconds=None).answer() == 7


class Page(BaseHTTPRequestHandler):
    """A page to log in, where MLflow should be."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>who are you?</html>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def page() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_page_that_is_not_mlflow_is_told_as_such(ws: Workspace, page: str) -> None:
    found = changed(ws, tracking=page).status()
    assert found.place("tracking").error is not None
    assert "what answers there is not MLflow" in str(found.place("tracking").error)


@pytest.mark.parametrize("name", ["mlflow.db", "catalog.db", "manifests/x.parquet"])
def test_a_file_that_is_damaged_is_told_by_its_name(ws: Workspace, name: str) -> None:
    (ws.folder / name).write_bytes(b"no such thing" * 99)
    found = open_workspace(ws.folder).status()
    assert any(name in problem for problem in found.problems), found.problems


def test_a_removal_that_was_broken_off_is_told_and_left_to_others(ws: Workspace) -> None:
    ws.remove("talk 0", yes=True)
    write_removed(ws.working, Removed(going=Going(undo=True, clip_ids={})))
    found = open_workspace(ws.folder).status()
    assert "a removal was broken off" in found.problems[0]
    assert read_removed(ws.working).going is not None
