"""Decisions over HTTP: repeated, expected, taken back, of another reviewer, of a whole filter."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import audioset
from audioset.workspace import Workspace
from tests.review_server.asking import Asker, asker_of, decide
from tests.workspaces import make_workspace


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_workspace(tmp_path_factory.mktemp("review") / "scots", clips_per_source=8)


@pytest.fixture(scope="module")
def mairi(ws: Workspace) -> Iterator[Asker]:
    with ws.review(open=False, by="mairi") as served:
        yield asker_of(served)


@pytest.fixture(scope="module")
def ewan(ws: Workspace) -> Iterator[Asker]:
    other = audioset.open_workspace(ws.folder)
    with other.review(open=False, by="ewan") as served:
        yield asker_of(served)


def clips(ask: Asker) -> list[str]:
    return list(ask.get("/api/queue?order=clip_id").json["columns"]["clip_id"])


def row(ask: Asker, clip_id: str) -> dict[str, object]:
    found = ask.post("/api/rows", {"clip_ids": [clip_id]}).json["rows"]
    return dict(found[0])


def test_a_repeated_operation_is_harmless(mairi: Asker, ws: Workspace) -> None:
    clip = clips(mairi)[0]
    body = decide(clip, "accepted", True, op_id="once")
    first, again = mairi.post("/api/decisions", body), mairi.post("/api/decisions", body)
    assert first.json["row_ids"] == again.json["row_ids"]
    assert (first.json["repeated"], again.json["repeated"]) == (False, True)
    assert len(ws.history(clip)) == 1
    other = mairi.post("/api/decisions", decide(clip, "accepted", False, op_id="once"))
    assert other.status == 409
    assert row(mairi, clip)["verdict"] == "accept"


def test_an_undo_gives_back_what_a_machine_wrote(mairi: Asker) -> None:
    clip = clips(mairi)[1]
    before = row(mairi, clip)
    mairi.post("/api/decisions", decide(clip, "text", "aye", op_id="wrote"))
    assert row(mairi, clip)["text"] == "aye"
    answer = mairi.post("/api/undo", {"op_id": "back", "undoes": "wrote"})
    assert (answer.status, answer.json["rows"][0]["text"]) == (200, before["text"])
    assert row(mairi, clip)["held"] == {}
    assert mairi.post("/api/undo", {"op_id": "back", "undoes": "wrote"}).json["repeated"]
    assert mairi.post("/api/undo", {"op_id": "no", "undoes": "never was"}).status == 404


def test_the_second_writer_sees_what_the_first_one_wrote(mairi: Asker, ewan: Asker) -> None:
    clip = clips(mairi)[2]
    mairi.post("/api/decisions", decide(clip, "text", "the kettle", op_id="first"))
    late = decide(clip, "text", "a kettle", op_id="late")
    late["changes"][0]["expected_id"] = None  # type: ignore[index]
    answer = ewan.post("/api/decisions", late)
    assert answer.status == 409
    [conflict] = answer.json["conflicts"]
    assert (conflict["value"], conflict["by"], conflict["field"]) == ("the kettle", "mairi", "text")
    late["changes"][0]["expected_id"] = conflict["row_id"]  # type: ignore[index]
    assert ewan.post("/api/decisions", {**late, "op_id": "knowing"}).status == 200
    assert row(mairi, clip)["text"] == "a kettle"
    refused = mairi.post("/api/undo", {"op_id": "not mine", "undoes": "knowing"})
    assert (refused.status, "ewan's" in refused.error) == (400, True)


def test_news_tell_what_others_decided(mairi: Asker, ewan: Asker) -> None:
    clip = clips(mairi)[3]
    since = ewan.get("/api/session").json["last_row_id"]
    mairi.post("/api/decisions", decide(clip, "accepted", False, op_id="news"))
    changes = ewan.get(f"/api/changes?since={since}").json
    [news] = [each for each in changes["news"] if each["clip_id"] == clip]
    assert (news["field"], news["value"], news["by"]) == ("accepted", False, "mairi")
    assert [each["verdict"] for each in changes["rows"] if each["clip_id"] == clip] == ["reject"]
    assert mairi.get(f"/api/changes?since={since}").json["news"] == []
    after = ewan.get(f"/api/changes?since={changes['last_row_id']}").json
    assert (after["rows"], after["news"]) == ([], [])


def test_a_bulk_action_needs_the_count_that_was_seen(mairi: Asker) -> None:
    where = "source_name = 'talk 2.mp4'"
    asked = {"op_id": "bulk", "where": where, "field": "accent", "value": "doric"}
    told = mairi.post("/api/bulk", asked).json
    assert (told["count"], told["already"], len(told["examples"])) == (8, 0, 5)
    wrong = mairi.post("/api/bulk", {**asked, "dry_run": False, "count": 7})
    assert (wrong.status, "8 clips by now" in wrong.error) == (409, True)
    assert mairi.post("/api/bulk", {**asked, "dry_run": False, "count": 8}).status == 200
    # The answer was lost, and the filter holds for none of them by now.
    lost = {**asked, "where": "accent is null", "dry_run": False, "count": 8}
    assert mairi.post("/api/bulk", lost).json["count"] == 8
    # The answer was lost, and the filter holds for none of them by now.
    lost = {**asked, "where": "accent is null", "dry_run": False, "count": 8}
    assert mairi.post("/api/bulk", lost).json["count"] == 8
    rows = mairi.get("/api/queue?where=accent%20%3D%20'doric'").json
    assert rows["total"] == 8
    assert mairi.post("/api/bulk", {**asked, "op_id": "again"}).json["already"] == 8
    assert mairi.post("/api/bulk", {**asked, "value": "fife"}).json["already"] == 0
    mairi.post("/api/undo", {"op_id": "bulk back", "undoes": "bulk"})
    assert mairi.get("/api/queue?where=accent%20%3D%20'doric'").json["total"] == 0


def test_a_bulk_action_tells_how_many_have_the_value_already(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots", sources=1, clips_per_source=4)
    with ws.review(open=False) as served:
        ask = asker_of(served)
        first, *_ = clips(ask)
        values = (("accepted", "unsure"), ("note", "hm"), ("tag:loud", True), ("mic", "rode"))
        for name, value in (*values, ("text", "aye"), ("line", 7)):
            asked = {"op_id": "all", "field": name, "value": value}
            assert ask.post("/api/bulk", asked).json["already"] == 0
            ask.post("/api/decisions", decide(first, name, value, op_id=name))
            assert ask.post("/api/bulk", asked).json["already"] == 1
            nothing = ask.post("/api/bulk", {**asked, "value": None}).json
            assert nothing["already"] == 3 * (name != "text")


def test_a_fact_of_a_speaker_is_that_of_all_clips_of_theirs(mairi: Asker) -> None:
    change = {
        "subject_kind": "speaker",
        "subject_id": "speaker1",
        "field": "accent",
        "value": "fife",
    }
    answer = mairi.post("/api/decisions", {"op_id": "fife", "changes": [change]})
    assert {told["facts"]["accent"] for told in answer.json["rows"]} == {"fife"}
    assert len(answer.json["rows"]) == 8
    unknown = {**change, "subject_id": "nobody"}
    assert mairi.post("/api/decisions", {"op_id": "x", "changes": [unknown]}).status == 404


def test_decisions_of_a_version_are_taken_by_the_next_publish(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots", sources=1, clips_per_source=4)
    ws.publish(track=False)
    with ws.review("scots@v1", open=False) as served:
        ask = asker_of(served)
        first, second, *_ = clips(ask)
        ask.post("/api/decisions", decide(first, "text", "as she says it", op_id="one"))
        ask.post("/api/decisions", decide(second, "accepted", False, op_id="two"))
        assert served.summary().num_judged == 1
        ask.post("/api/decisions", decide(first, "accepted", True, op_id="three"))
        assert served.summary().num_judged == 2
        ask.post("/api/undo", {"op_id": "four", "undoes": "three"})
        told = served.summary()
        assert (told.num_judged, told.num_decisions) == (1, 2)
    ws.publish(track=False)
    texts = {clip.row.clip_id: clip.row.text for clip in ws.open("scots@v2")}
    assert texts[first] == "as she says it"
    assert second not in texts
    assert len(texts) == 3
