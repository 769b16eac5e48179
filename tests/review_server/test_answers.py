"""What the page is answered: queue, rows, sound, decisions."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from audioset.media.flac import decode_flac
from audioset.workspace import Workspace
from tests.review_server.asking import Asker, asker_of, decide
from tests.workspaces import make_workspace


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_workspace(tmp_path_factory.mktemp("review") / "scots")


@pytest.fixture(scope="module")
def ask(ws: Workspace) -> Iterator[Asker]:
    with ws.review(open=False, by="mairi") as served:
        yield asker_of(served)


def test_the_page_comes_with_the_address_that_is_printed(ask: Asker) -> None:
    opened = ask.ask("GET", f"/?token={ask.token}")
    assert (opened.status, opened.headers["location"]) == (303, "/")
    cookie = opened.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    page = ask.ask("GET", "/", headers={"Cookie": cookie.partition(";")[0]})
    assert page.status == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"


def test_the_session_tells_what_is_reviewed_and_by_whom(ask: Asker) -> None:
    session = ask.get("/api/session").json
    assert (session["dataset"], session["reviewer"], session["num_clips"]) == ("scots", "mairi", 30)
    assert {"clip_id", "snr_db"} <= {column["name"] for column in session["columns"]}


def test_a_queue_holds_all_clips_and_the_first_rows_whole(ask: Asker) -> None:
    queue = ask.get("/api/queue").json
    assert queue["total"] == len(queue["columns"]["clip_id"]) == 30
    assert queue["first"][0]["clip_id"] == queue["columns"]["clip_id"][0]
    assert queue["first"][0]["text"] == "line of source 0"
    asked = queue["columns"]["clip_id"][5:8]
    rows = ask.post("/api/rows", {"clip_ids": asked}).json["rows"]
    assert [row["clip_id"] for row in rows] == asked


def test_audio_is_asked_for_by_its_hash_also_in_parts(ask: Asker) -> None:
    row = ask.get("/api/queue").json["first"][3]
    whole = ask.get(f"/audio/{row['audio_sha256']}")
    assert whole.headers["content-type"] == "audio/flac"
    assert "immutable" in whole.headers["cache-control"]
    assert hashlib.sha256(whole.body).hexdigest() == row["audio_sha256"]
    samples, rate = decode_flac(whole.body, name="clip")
    assert (len(samples), rate) == (2000, 8000)
    part = ask.get(f"/audio/{row['audio_sha256']}", Range="bytes=10-19")
    assert (part.status, part.body) == (206, whole.body[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole.body)}"
    last = ask.get(f"/audio/{row['audio_sha256']}", Range="bytes=-5")
    assert last.body == whole.body[-5:]
    assert ask.get(f"/audio/{row['audio_sha256']}", Range="bytes=999999-").status == 416


def test_a_decision_is_in_the_catalog_when_it_is_answered(ask: Asker, ws: Workspace) -> None:
    clip_id = ask.get("/api/queue").json["columns"]["clip_id"][7]
    answer = ask.post("/api/decisions", decide(clip_id, "text", "the kettle's on", op_id="op-1"))
    assert answer.status == 200
    [row] = answer.json["rows"]
    assert (row["text"], row["text_source"]) == ("the kettle's on", "human")
    [recorded] = ws.history(clip_id)
    assert (recorded.decision.value, recorded.decided_by) == ("the kettle's on", "mairi")
    told = ask.get(f"/api/clips/{clip_id}").json
    assert [entry["value"] for entry in told["history"]] == ["the kettle's on"]


def test_states_and_conditions_choose_clips(ask: Asker) -> None:
    clip_id = ask.get("/api/queue").json["columns"]["clip_id"][9]
    ask.post("/api/decisions", decide(clip_id, "accepted", False, op_id="op-2"))
    assert ask.get("/api/queue?state=reject").json["columns"]["clip_id"] == [clip_id]
    unreviewed = ask.get("/api/queue?state=unreviewed").json
    assert clip_id not in unreviewed["columns"]["clip_id"]
    chosen = ask.get("/api/queue?where=accepted%20%3D%20false&order=clip_id%20desc").json
    assert chosen["columns"]["clip_id"] == [clip_id]
    refused = ask.get("/api/queue?where=random()%3E0.5")
    assert refused.status == 400
    assert "may give other rows next time" in refused.error


def test_what_a_reviewer_chose_is_kept_for_that_reviewer(ask: Asker, ws: Workspace) -> None:
    kept = ask.post("/api/settings", {"speed": 1.5}, method="PUT")
    assert kept.json["settings"] == {"speed": 1.5}
    filters = [{"name": "short", "where": "length_seconds < 1", "order": "worst"}]
    ask.post("/api/filters", {"filters": filters}, method="PUT")
    session = ask.get("/api/session").json
    assert (session["settings"], session["filters"]) == ({"speed": 1.5}, filters)
    [file] = (ws.folder / ".review").glob("mairi-*.json")
    assert file.stat().st_mode & 0o077 == 0


def test_a_version_is_reviewed_without_its_audio(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots", sources=1, clips_per_source=4)
    ws.publish(track=False)
    for path in ws.clips_dir.glob("*.flac"):
        path.unlink()
    with ws.review("scots@v1", open=False) as served:
        ask = asker_of(served)
        row = ask.get("/api/queue").json["first"][0]
        flac = ask.get(f"/audio/{row['audio_sha256']}").body
    assert hashlib.sha256(flac).hexdigest() == row["audio_sha256"]
