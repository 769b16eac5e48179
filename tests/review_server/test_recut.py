"""Clips cut otherwise over HTTP, and the sound of their source."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import audioset
from audioset.media.flac import decode_flac
from audioset.workspace import Workspace
from tests.review_server.asking import Asker, asker_of, decide
from tests.sounds import SPEECH_RATE, write_speech


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder: Path = tmp_path_factory.mktemp("talk")
    write_speech(folder / "talk.wav")
    ws = audioset.init(folder / "scots")
    ws.cut(folder / "talk.wav")
    return ws


@pytest.fixture(scope="module")
def ask(ws: Workspace) -> Iterator[Asker]:
    with ws.review(open=False, by="mairi") as served:
        yield asker_of(served)


def first_row(ask: Asker) -> dict[str, object]:
    return dict(ask.get("/api/queue?order=clip_id").json["first"][0])


def found(ask: Asker, clip_id: object) -> list[str]:
    rows = ask.post("/api/rows", {"clip_ids": [clip_id]}).json["rows"]
    return [row["clip_id"] for row in rows]


def test_a_moved_edge_is_cut_and_taken_back(ask: Asker) -> None:
    row = first_row(ask)
    start, end = int(str(row["start_sample"])), int(str(row["end_sample"]))
    body = {"clip_id": row["clip_id"], "end_sample": end, "expected_id": None}
    moved = ask.post("/api/edges", {**body, "op_id": "move", "start_sample": start + 800}).json
    [new] = moved["rows"]
    assert (new["start_sample"], new["root_id"]) == (start + 800, row["root_id"])
    assert moved["replaced"] == {row["clip_id"]: [new["clip_id"]]}
    samples, _ = decode_flac(ask.get(f"/audio/{new['audio_sha256']}").body, name="clip")
    assert len(samples) == end - start - 800
    assert ask.get(f"/audio/{row['audio_sha256']}").status == 404
    assert found(ask, row["clip_id"]) == [new["clip_id"]]  # the id that pages from before name
    late = ask.post("/api/edges", {**body, "op_id": "late", "start_sample": start + 900})
    assert late.status == 409

    text = ask.post("/api/decisions", decide(str(row["root_id"]), "text", "aye", op_id="text")).json
    assert (text["rows"][0]["clip_id"], text["rows"][0]["text"]) == (new["clip_id"], "aye")
    back = ask.post("/api/undo", {"op_id": "back", "undoes": "move"}).json
    assert back["replaced"] == {new["clip_id"]: [row["clip_id"]]}
    assert (first_row(ask)["clip_id"], first_row(ask)["text"]) == (row["clip_id"], "aye")


def test_only_what_others_cut_is_from_elsewhere(ask: Asker, ws: Workspace) -> None:
    queue, row = ask.get("/api/queue?order=clip_id").json, first_row(ask)
    body = {"clip_id": row["clip_id"], "expected_id": None, "end_sample": row["end_sample"]}
    start = int(str(row["start_sample"])) + 160
    told = ask.post("/api/edges", {**body, "op_id": "mine", "start_sample": start}).json
    told = ask.post("/api/undo", {"op_id": "mine back", "undoes": "mine"}).json
    assert told["generation"] > queue["generation"]
    assert told["elsewhere"] == queue["elsewhere"]
    ws.move_edges(str(row["clip_id"]), start_sample=start, by="ewan")
    while (now := ask.get("/api/changes?since=0").json)["elsewhere"] == queue["elsewhere"]:
        pass  # files are looked at some times a second
    assert now["generation"] > told["generation"]
    ws.undo(by="ewan")
    while ask.get("/api/changes?since=0").json["elsewhere"] == now["elsewhere"]:
        pass


def test_clips_are_split_merged_and_made(ask: Asker) -> None:
    row = first_row(ask)
    total = ask.get("/api/queue").json["total"]
    middle = (int(str(row["start_sample"])) + int(str(row["end_sample"]))) // 2
    asked = {"op_id": "split", "clip_id": row["clip_id"], "at_sample": middle}
    parts = ask.post("/api/split", asked).json["replaced"][row["clip_id"]]
    assert ask.get("/api/queue").json["total"] == total + 1
    assert found(ask, row["clip_id"]) == parts
    back = ask.post("/api/undo", {"op_id": "whole", "undoes": "split"}).json
    assert back["replaced"] == {parts[0]: [row["clip_id"]], parts[1]: []}
    second = ask.get("/api/queue?order=clip_id").json["columns"]["clip_id"][1]
    merged = ask.post("/api/merge", {"op_id": "merge", "clip_ids": [row["clip_id"], second]})
    assert len(merged.json["rows"]) == 1
    assert found(ask, second) == [merged.json["rows"][0]["clip_id"]]
    ask.post("/api/undo", {"op_id": "apart", "undoes": "merge"})
    made = ask.post(
        "/api/clips",
        {
            "op_id": "make",
            "source_id": row["source_id"],
            "start_sample": 0,
            "end_sample": SPEECH_RATE // 5,
            "text": "hm",
        },
    ).json
    assert made["rows"][0]["text"] == "hm"
    assert ask.get("/api/queue").json["total"] == total + 1
    outside = ask.post("/api/split", {**asked, "op_id": "outside", "at_sample": 2**50})
    assert outside.status == 400


def test_a_source_is_seen_and_heard_in_stretches(ask: Asker) -> None:
    source_id = ask.get("/api/sources").json["sources"][0]["source_id"]
    told = ask.get(f"/api/sources/{source_id}").json
    assert (told["rate"], told["has_sound"]) == (SPEECH_RATE, True)
    peaks = ask.get(f"/source/{source_id}/peaks")
    pairs = np.frombuffer(peaks.body, np.int8).reshape(-1, 2)
    assert peaks.headers["x-peaks-per-second"] == "100"
    assert len(pairs) == -(-told["num_samples"] * 100 // SPEECH_RATE)
    assert pairs[:, 0].min() < -5 < 5 < pairs[:, 1].max()
    clip = told["clips"][0]
    start, end = clip["start_sample"], clip["end_sample"]
    stretch = ask.get(f"/source/{source_id}/sound?start={start}&end={end}")
    heard, rate = decode_flac(stretch.body, name="stretch")
    kept, _ = decode_flac(ask.get(f"/audio/{clip['audio_sha256']}").body, name="clip")
    assert rate == SPEECH_RATE
    assert np.array_equal(heard, kept)
    for words in ("start=0&end=0", "start=0&end=99999999999", "start=-1&end=5", "end=5"):
        assert ask.get(f"/source/{source_id}/sound?{words}").status == 400
