"""A workspace on a real object store: several machines work on it, and none keeps anything."""

import signal
import time
from pathlib import Path

import pytest

import audioset
from audioset.api import synced
from audioset.errors import AlreadyExistsError, InvalidInputError
from audioset.storage.store import open_store
from audioset.workspace import Workspace
from tests.postgresql import postgresql_url  # noqa: F401  a fixture
from tests.review_server.asking import asker_of
from tests.scale.jobs import manifests_at, manifests_in, start

SLICES = 3


def test_each_verb_works_on_it_and_the_next_command_sees_what_the_last_one_did(
    address: str, videos: Path, alone: Workspace
) -> None:
    report = audioset.open_workspace(address).cut(videos)
    assert {source.status for source in report.sources} == {"cut"}
    assert manifests_at(address) == manifests_in(alone)
    again = audioset.open_workspace(address).cut(videos)
    assert {source.status for source in again.sources} == {"unchanged"}
    ws = audioset.open_workspace(address)
    assert ws.describe().num_clips == report.num_clips
    assert ws.status().clips.num_thin == report.num_clips
    assert ws.check().num_clips == report.num_clips
    clip = ws.to_pandas().clip_id[0]
    ws.remove(clip, yes=True)
    fewer = audioset.open_workspace(address)
    assert clip not in set(fewer.to_pandas().clip_id)
    fewer.remove(clip, undo=True, yes=True)
    whole = audioset.open_workspace(address)
    publication = whole.publish(track=False)
    mine = alone.publish(track=False)
    assert publication.record.digest == mine.record.digest
    assert publication.num_new_shards == 0


def test_slices_of_which_some_are_killed_give_what_one_process_gives(
    address: str, videos: Path, alone: Workspace
) -> None:
    jobs = [
        start("cut", videos, "--slice", f"{number}/{SLICES}", "--workspace", address)
        for number in range(1, SLICES + 1)
    ]
    while not manifests_at(address) and any(job.poll() is None for job in jobs):
        time.sleep(0.02)
    for job in jobs[:2]:
        job.send_signal(signal.SIGKILL)
    for job in jobs:
        job.communicate()
    assert all(job.returncode == 0 for job in jobs[2:])
    for number in (1, 2):
        job = start("cut", videos, "--slice", f"{number}/{SLICES}", "--workspace", address)
        said = job.communicate()[1]
        assert job.returncode == 0, said
    assert manifests_at(address) == manifests_in(alone)


def test_what_lies_at_a_url_and_was_not_cut_is_told_on_every_machine(
    address: str, videos: Path
) -> None:
    store = open_store(address.removesuffix("/talks"))
    for number in range(2):
        store.put_content(f"videos/talk{number}.wav", videos / f"talk{number}.wav")
    urls = f"{store.url}/videos/"
    audioset.open_workspace(address).cut(urls)
    assert audioset.open_workspace(address).status().sources.here.new_files == ()
    store.put_content("videos/talk2.wav", videos / "talk2.wav")
    status = audioset.open_workspace(address).status()
    assert status.sources.here.new_files == (f"{urls}talk2.wav",)
    assert f"audioset cut {urls}" in {step.command for step in status.steps}
    (fresh,) = audioset.open_workspace(address).cut(f"{urls}talk2.wav").sources
    assert fresh.status == "cut"
    assert audioset.open_workspace(address).status().sources.here.new_files == ()


@pytest.mark.slow
def test_two_that_cut_the_same_at_once_do_no_harm(
    address: str, videos: Path, alone: Workspace
) -> None:
    jobs = [start("cut", videos, "--workspace", address, "--workers", "1") for _ in range(2)]
    said = [job.communicate()[1] for job in jobs]
    assert [job.returncode for job in jobs] == [0, 0], said
    assert manifests_at(address) == manifests_in(alone)


def test_what_others_changed_meanwhile_is_not_overwritten(address: str, videos: Path) -> None:
    audioset.open_workspace(address).cut(videos / "talk0.wav")
    mine, theirs = audioset.open_workspace(address), audioset.open_workspace(address)
    theirs.cut(videos / "talk0.wav", speaker="isla")
    report = mine.cut(videos / "talk0.wav", speaker="ada")
    (failed,) = report.failed
    assert "was changed by somebody else meanwhile" in (failed.error or "")
    assert set(mine.to_pandas().speaker) == {"isla"}
    mine.cut(videos / "talk0.wav", speaker="ada", yes=True)
    assert set(audioset.open_workspace(address).to_pandas().speaker) == {"ada"}
    with pytest.raises(AlreadyExistsError):
        audioset.init(address)


def test_a_review_that_is_open_is_told_what_others_cut(
    address: str,
    videos: Path,
    postgresql_url: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(synced, "BETWEEN_LOOKS_SECONDS", 0.2)
    audioset.open_workspace(address).cut(videos / "talk0.wav")
    ws = audioset.open_workspace(address, catalog=postgresql_url)
    with ws.review(open=False, by="mairi") as served:
        ask = asker_of(served)
        queue = ask.get("/api/queue").json
        row = queue["first"][0]
        report = audioset.open_workspace(address).cut(videos / "talk1.wav")
        while (now := ask.get("/api/changes?since=0").json)["came"] == queue["came"]:
            time.sleep(0.02)
        assert (now["came"], now["gone"]) == (report.num_clips, 0)
        [new] = [r for r in ask.get("/api/queue").json["first"] if r["source_name"] == "talk1.wav"][
            :1
        ]
        assert ask.get(f"/audio/{new['audio_sha256']}").status == 200
        seen = ask.get("/api/changes?since=0").json["generation"]
        body = {"clip_id": row["clip_id"], "expected_id": None, "end_sample": row["end_sample"]}
        start = row["start_sample"] + 160
        mine = ask.post("/api/edges", {**body, "op_id": "mine", "start_sample": start})
        assert mine.status == 200, mine.body
        others = audioset.open_workspace(address)
        assert row["clip_id"] not in set(others.to_pandas().clip_id)  # it was sent
        time.sleep(0.5)  # the server looks once more meanwhile
        ask.get("/api/changes?since=0")
        time.sleep(0.5)
        told = ask.get("/api/changes?since=0").json
        assert told["generation"] > seen
        assert told["elsewhere"] == now["elsewhere"]  # it cut that itself
        others.remove("talk1.wav", yes=True)
        while (told := ask.get("/api/changes?since=0").json)["gone"] == now["gone"]:
            time.sleep(0.02)
        assert told["gone"] == report.num_clips
        assert ask.get(f"/audio/{new['audio_sha256']}").status == 404


def test_what_people_say_goes_into_a_database_or_nowhere_and_moves_edges_for_all(
    address: str,
    videos: Path,
    postgresql_url: str,  # noqa: F811
) -> None:
    audioset.open_workspace(address).cut(videos / "talk0.wav")
    ws = audioset.open_workspace(address)
    clip = ws.to_pandas().clip_id[0]
    said = audioset.Decision("clip", clip, "text", "the kettle is on")
    with pytest.raises(InvalidInputError, match="has none of its own: name one"):
        ws.decide(said, by="isla")
    audioset.open_workspace(address, catalog=postgresql_url).decide(said, by="isla")
    there = audioset.open_workspace(address, catalog=postgresql_url).to_pandas()
    assert there.set_index("clip_id").text[clip] == "the kettle is on"
    ws = audioset.open_workspace(address, catalog=postgresql_url)
    row = ws.to_pandas().iloc[0]
    ws.move_edges(row.clip_id, end_seconds=row.end_seconds - 0.05, by="isla")
    others = audioset.open_workspace(address, catalog=postgresql_url)
    assert row.clip_id not in set(others.to_pandas().clip_id)
    assert others.check().num_without_audio == 0
