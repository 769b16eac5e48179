"""Who judges blind is shown nothing of the others, by no route; and has an own queue."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import audioset
from audioset.catalog.decisions import Decision, DecisionValue
from audioset.curation.review import Review
from audioset.errors import InvalidInputError
from audioset.review.routes_clips import clip_routes
from audioset.review.routes_decisions import decision_routes
from audioset.review.routes_recut import recut_routes
from audioset.review.routes_sound import sound_routes
from audioset.workspace import Workspace
from tests.review_server.asking import Answer, Asker, asker_of, decide
from tests.workspaces import make_workspace

OTHER = "zoe-who-was-first"
MARK = "planted"  # in every value that she gives
BLIND = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Zoe has judged all clips, in every kind of field, and taken something back."""
    ws = make_workspace(tmp_path_factory.mktemp("blind") / "scots", sources=2, clips_per_source=4)
    fields: dict[str, DecisionValue] = {
        "accepted": False,
        "text": f"{MARK} text",
        "accent": f"{MARK} accent",
        "mic": f"{MARK} mic",
        "flags": f"{MARK}_flag",
        "speaker": f"{MARK}-speaker",
        "split": "validation",
        "note": f"{MARK} note",
        f"tag:{MARK}": f"{MARK} tag",
        "line": 424242,
        "take": 424243,
    }
    for clip_id in clips_of(ws):
        decisions = [Decision("clip", clip_id, name, value) for name, value in fields.items()]
        ws.working.catalog.record(
            decisions, by=OTHER, op_id=f"{MARK}-{clip_id}", heard_share=0.4242
        )
    ws.decide(Decision("speaker", f"{MARK}-speaker", "gender", f"{MARK} gender"), by=OTHER)
    gone = Decision("clip", clips_of(ws)[0], "location", f"{MARK} location")
    retracted = ws.working.catalog.record([gone], by=OTHER).op_id
    ws.working.catalog.retract(retracted, by=OTHER)
    opinion = Decision("clip", clips_of(ws)[1], "text", f"{MARK} opinion")
    ws.working.catalog.record([opinion], by=f"{OTHER} too", review_pass=2)
    return ws


def clips_of(ws: Workspace) -> list[str]:
    return [str(path.stem) for path in sorted(ws.clips_dir.glob("*.flac"))]


@pytest.fixture(scope="module")
def ewan(ws: Workspace) -> Iterator[Asker]:
    with audioset.open_workspace(ws.folder).review(open=False, by="ewan", blind=True) as served:
        yield asker_of(served)


@pytest.fixture(scope="module")
def mairi(ws: Workspace) -> Iterator[Asker]:
    with audioset.open_workspace(ws.folder).review(open=False, by="mairi") as served:
        yield asker_of(served)


def crawl(ask: Asker, ws: Workspace) -> dict[str, list[Answer]]:
    """Ask everything that can be asked, by route; more than once where answers differ by what."""
    clip, *others = clips_of(ws)
    source = clip.rpartition("-")[0].rpartition("-")[0]
    told = ask.post("/api/rows", {"clip_ids": clips_of(ws)})
    audio = told.json["rows"][0]["audio_sha256"]
    orders = ["worst", "text", "speaker desc", "accent", "line", "split", "flags"]
    conditions = ["text is not null", f"text like '{MARK}%'", "accepted", "line > 0", "loud >"]
    wishes = [
        *(f"order={order.replace(' ', '+')}" for order in orders),
        *(f"where={where.replace(' ', '+').replace('%', '%25')}" for where in conditions),
        *(f"state={state}" for state in ("unreviewed", "accept", "reject", "heard_otherwise")),
        "state=disagreement",
        f"tag={MARK}",
        f"flag={MARK}_flag",
        f"speaker={MARK}-speaker",
        "whose=all",
    ]
    surprise = {**decide(clip, "text", "aye", op_id="surprise"), "heard_share": 1}
    surprise["changes"] = [{**surprise["changes"][0], "expected_id": 424244}]
    bulk = {"op_id": "bulk", "field": "accepted", "value": True, "dry_run": True, "state": "reject"}
    return {
        "/api/session": [ask.get("/api/session")],
        "/api/queue": [ask.get(f"/api/queue?{wish}") for wish in wishes],
        "/api/rows": [told],
        "/api/clips/{clip_id}": [ask.get(f"/api/clips/{each}") for each in [clip, *others]],
        "/api/sources": [ask.get("/api/sources")],
        "/api/sources/{source_id}": [ask.get(f"/api/sources/{source}")],
        "/api/decisions": [ask.post("/api/decisions", surprise)],
        "/api/undo": [ask.post("/api/undo", {"op_id": "no", "undoes": f"{MARK}-{clip}"})],
        "/api/bulk": [
            ask.post("/api/bulk", bulk),
            ask.post("/api/bulk", {**bulk, "dry_run": False, "count": 999}),
        ],
        "/api/changes": [ask.get("/api/changes?since=0")],
        "/api/settings": [ask.post("/api/settings", {"speed": 1.5}, method="PUT")],
        "/api/filters": [ask.post("/api/filters", {"filters": []}, method="PUT")],
        "/api/agreement": [ask.get("/api/agreement")],
        **{
            f"/api/{name}": [shape(ask, name, clip)]
            for name in ("edges", "clips", "split", "merge")
        },
        "/audio/{audio_sha256}": [ask.get(f"/audio/{audio}")],
        "/source/{source_id}/peaks": [ask.get(f"/source/{source}/peaks")],
        "/source/{source_id}/sound": [ask.get(f"/source/{source}/sound?start=0&end=8000")],
    }


def shape(ask: Asker, name: str, clip: str) -> Answer:
    body = {"op_id": f"shape {name}", "clip_id": clip, "clip_ids": [clip], "start_sample": 0}
    body |= {"end_sample": 1000, "at_sample": 500, "expected_id": 424245}
    return ask.post(f"/api/{name}", body)


def leaks(answers: dict[str, list[Answer]], asked: str = "") -> dict[str, bytes]:
    """Give the routes whose answers hold something of Zoe's; what was asked is no answer."""
    signs = [OTHER.encode(), MARK.encode(), b"424242", b"424243", b"0.4242"]
    found = {}
    for route, some in answers.items():
        for answer in some:
            body = answer.body.replace(asked.encode(), b"") if asked else answer.body
            if any(sign in body for sign in signs):
                found[route] = body
    return found


def test_by_no_route_is_anything_of_the_others_told(
    ws: Workspace, ewan: Asker, mairi: Asker
) -> None:
    asked = f"{MARK}-{clips_of(ws)[0]}"  # the operation that is to be undone
    blind = crawl(ewan, ws)
    assert leaks(blind, asked) == {}
    sighted = crawl(mairi, ws)
    told = set(leaks(sighted, asked))  # so that the crawl would find it
    assert {"/api/queue", "/api/rows", "/api/clips/{clip_id}", "/api/decisions"} <= told
    assert {"/api/changes", "/api/bulk", "/api/undo", "/api/agreement"} <= told
    any_review = cast("Review", SimpleNamespace(recut=None))
    makers = (clip_routes, decision_routes, recut_routes, sound_routes)
    routes = [route for make in makers for route in make(any_review)]
    assert {cast("Any", route).path for route in routes} == set(blind)


def test_nothing_can_be_counted_either(ws: Workspace, ewan: Asker) -> None:
    fresh = audioset.open_workspace(ws.folder).review(open=False, by="rab", review_pass=3)
    with fresh as served:
        rab = asker_of(served)
        queue = rab.get("/api/queue").json
        assert (queue["total"], queue["reviewed"]) == (8, 0)
        for wish in (
            "state=reject",
            f"tag={MARK}",
            f"flag={MARK}_flag",
            f"speaker={MARK}-speaker",
            f"where=text+like+'{MARK}%25'",
            "where=not+accepted",
            "where=line=424242",
        ):
            assert rab.get(f"/api/queue?{wish}").json["total"] == 0, wish
        assert {each["num_judged"] for each in rab.get("/api/sources").json["sources"]} == {0}
        session = rab.get("/api/session").json
        assert (session["pass"], session["blind"], session["last_row_id"]) == (3, True, 0)
        assert rab.get("/api/changes?since=0").json["last_row_id"] == 0
        none = rab.get("/api/queue?state=disagreement").json
        assert (none["total"], "pass 3 is blind" in none["why_none"]) == (0, True)
        assert rab.get("/api/queue").json["why_none"] is None
        ws.decide(Decision("clip", clips_of(ws)[2], "accepted", True), by=OTHER)
        assert rab.get("/api/changes?since=0").json["rows"] == []
        assert rab.get("/api/queue").json["reviewed"] == 0
        assert served.summary().num_left == 8


def test_a_blind_opinion_is_kept_holds_nowhere_and_can_be_undone(
    ws: Workspace, ewan: Asker
) -> None:
    clip = clips_of(ws)[3]
    before = ws.working.catalog.held("clip", [clip])
    answer = ewan.post("/api/decisions", decide(clip, "accepted", True, op_id="his"))
    assert answer.json["rows"][0]["verdict"] == "accept"
    assert ws.working.catalog.held("clip", [clip]) == before
    (row,) = ws.working.catalog.operation("his")
    assert (row.decided_by, row.review_pass) == ("ewan", 2)
    assert clip in {one.subject_id for one in ws.agreement().disagreements}
    late = decide(clip, "accepted", False, op_id="other")
    late["changes"] = [{**late["changes"][0], "expected_id": None}]
    again = ewan.post("/api/decisions", late)
    assert (again.status, again.json["conflicts"][0]["by"]) == (409, "ewan")
    edges = {"op_id": "cut", "clip_id": clip, "start_sample": 100, "end_sample": 900}
    moved = ewan.post("/api/edges", edges).json
    assert (moved["rows"][0]["clip_id"], moved["replaced"]) == (clip, {})
    assert moved["rows"][0]["held"]["edges"]["value"] == "100 900"
    refused = ewan.post("/api/split", {"op_id": "no", "clip_id": clip, "at_sample": 500})
    assert (refused.status, "is blind" in refused.error) == (400, True)
    undone = ewan.post("/api/undo", {"op_id": "back edges", "undoes": "cut"})
    assert "edges" not in undone.json["rows"][0]["held"]
    undone = ewan.post("/api/undo", {"op_id": "back", "undoes": "his"})
    assert undone.json["rows"][0]["verdict"] is None


def test_who_settles_sees_what_both_said_and_the_queue_of_it(
    tmp_path: Path,
) -> None:
    ws = make_workspace(tmp_path / "scots", sources=1, clips_per_source=3)
    clip, same, _ = clips_of(ws)
    for each, verdict in ((clip, False), (same, True)):
        ws.decide(Decision("clip", each, "accepted", True), by="mairi")
        opinion = Decision("clip", each, "accepted", verdict)
        ws.working.catalog.record([opinion], by="ewan", review_pass=2)
    with ws.review(open=False, by="ada") as served:
        ada = asker_of(served)
        assert ada.get("/api/queue?state=disagreement").json["columns"]["clip_id"] == [clip]
        (found,) = ada.get(f"/api/clips/{clip}").json["agreement"]
        said = [(each["by"], each["value"], each["review_pass"]) for each in found["opinions"]]
        assert said == [("mairi", True, 1), ("ewan", False, 2)]
        report = ada.get("/api/agreement").json
        assert report == json.loads(json.dumps(ws.agreement().to_json_dict()))
        ada.post("/api/decisions", decide(clip, "accepted", False, op_id="settled"))
        assert ada.get("/api/queue?state=disagreement").json["total"] == 0
        after = ada.get("/api/agreement").json
        assert (after["disagreements"], after["pairs"]) == ([], report["pairs"])


def test_each_reviewer_begins_with_what_is_assigned(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots", sources=1, clips_per_source=6)
    ws.assign(to="mairi,ewan")
    mine = {one.clip_id for one in ws.working.catalog.assignments("mairi")}
    with ws.review(open=False, by="mairi") as served:
        mairi = asker_of(served)
        assert set(mairi.get("/api/queue").json["columns"]["clip_id"]) == mine
        assert mairi.get("/api/queue?whose=all").json["total"] == 6
        assert mairi.get("/api/session").json["num_assigned"] == 3
        assert served.summary().num_left == 3
    with ws.review(open=False, by="mairi", assigned=False) as served:
        assert asker_of(served).get("/api/queue").json["total"] == 6
    with ws.review(open=False, by="rab") as served:  # nothing is assigned to him
        assert asker_of(served).get("/api/queue").json["total"] == 6


def test_a_pass_that_cannot_be_is_told(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots", sources=1, clips_per_source=1)
    with pytest.raises(InvalidInputError, match="pass 1 is no blind one"):
        ws.review(open=False, blind=True, review_pass=1)
    ws.publish(track=False)
    with pytest.raises(InvalidInputError, match="scots@v1 holds what people decided"):
        ws.review("scots@v1", open=False, blind=True)
