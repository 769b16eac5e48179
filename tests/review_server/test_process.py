"""The server as a process: killed, interrupted, without a port, a catalog, or clips."""

import contextlib
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import audioset
from audioset.machine import KILL
from audioset.workspace import Workspace
from tests.review_server.asking import Asker, asker_of, decide
from tests.workspaces import add_source, make_workspace


@contextlib.contextmanager
def reviewing(ws: Workspace, *options: str) -> "Iterator[tuple[subprocess.Popen[str], Asker]]":
    """Run `audioset review` as a process of its own."""
    command = [sys.executable, "-m", "audioset", "review", "--no-open", "--by", "mairi"]
    with subprocess.Popen(
        [*command, "--workspace", str(ws.folder), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process, Asker(process.stdout.readline().strip())
        finally:
            process.kill()


def post_all(ask: Asker, clips: list[str], acknowledged: dict[str, str]) -> None:
    for clip in clips:
        if clip in acknowledged:
            continue
        try:
            answer = ask.post("/api/decisions", decide(clip, "accepted", True, op_id=f"op-{clip}"))
        except OSError:  # the server is dead
            return
        if answer.status == 200:
            acknowledged[clip] = answer.json["op_id"]


def test_what_was_acknowledged_before_a_kill_is_there_once(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots", sources=2, clips_per_source=20)
    acknowledged: dict[str, str] = {}
    with reviewing(ws) as (process, ask):
        clips = ask.get("/api/queue").json["columns"]["clip_id"]
        halves = [clips[::2], clips[1::2]]
        threads = [
            threading.Thread(target=post_all, args=(ask, half, acknowledged)) for half in halves
        ]
        for thread in threads:
            thread.start()
        while len(acknowledged) < 12 and any(thread.is_alive() for thread in threads):
            threads[0].join(0.005)
        process.send_signal(KILL)
        for thread in threads:
            thread.join()
        before = dict(acknowledged)
        port = ask.port
    assert len(before) >= 12
    rows = ws.working.catalog.since(0)
    counted = Counter(row.op_id for row in rows)
    assert all(counted[op_id] == 1 for op_id in before.values())

    with reviewing(ws) as (_, ask):  # at the same address: the page finds it again
        assert ask.port == port
        for clip in clips:  # also what was acknowledged is sent once more, as after a lost answer
            body = decide(clip, "accepted", True, op_id=f"op-{clip}")
            assert ask.post("/api/decisions", body).status == 200
        assert ask.get("/api/queue?state=unreviewed").json["total"] == 0
    counted = Counter(row.op_id for row in ws.working.catalog.since(0))
    assert counted == Counter(f"op-{clip}" for clip in clips)


def test_ctrl_c_ends_with_what_was_done(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots", sources=1, clips_per_source=4)
    with reviewing(ws) as (process, ask):
        clips = ask.get("/api/queue").json["columns"]["clip_id"]
        ask.post("/api/decisions", decide(clips[0], "accepted", False, op_id="one"))
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "")
    assert "mairi: 1 clip judged" in said
    assert "3 of 4 clips have no verdict yet" in said
    assert "Traceback" not in said


def test_a_taken_port_and_a_workspace_without_clips_are_told(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots", sources=1, clips_per_source=2)
    with ws.review(open=False) as served:
        port = asker_of(served).port
        with pytest.raises(audioset.InvalidInputError, match=f":{port} \\(it is taken\\)"):
            ws.review(open=False, port=port)
    empty = audioset.init(tmp_path / "empty")
    with pytest.raises(audioset.InvalidInputError, match="no clip to review"):
        empty.review(open=False)


def test_a_second_review_leaves_the_first_its_address(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots", sources=1, clips_per_source=2)
    with ws.review(open=False) as first:
        port = asker_of(first).port
        assert first.note == ""
        with reviewing(ws) as (process, ask):  # of another process
            assert ask.port != port
            assert ask.get("/api/session").status == 200
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=60)[1]
        assert f"runs already at http://127.0.0.1:{port}" in said
        with ws.review(open=False, port=0) as other:
            assert f"runs already at http://127.0.0.1:{port}" in other.note
    with ws.review(open=False) as again:  # what a browser kept for it is found
        assert (asker_of(again).port, again.note) == (port, "")
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", port))
        stranger.listen()
        with ws.review(open=False) as elsewhere:
            assert f"another program has taken port {port}" in elsewhere.note


def test_other_machines_come_in_with_a_token_of_the_user_only(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots", sources=1, clips_per_source=2)
    with pytest.raises(audioset.InvalidInputError, match="--token-file"):
        ws.review(open=False, host="0.0.0.0")
    token = tmp_path / "token.txt"
    token.write_text("short\n", encoding="ascii")
    with pytest.raises(audioset.InvalidInputError, match="at least 16 characters"):
        ws.review(open=False, token_file=token)
    with pytest.raises(audioset.InvalidInputError, match="cannot be read"):
        ws.review(open=False, token_file=tmp_path / "none.txt")
    token.write_text("a-token-of-my-own-1\n", encoding="ascii")
    with ws.review(open=False, host="0.0.0.0", token_file=token) as served:
        ask = asker_of(served)
        assert ask.token == "a-token-of-my-own-1"
        assert ask.get("/api/session").status == 200
        assert ask.get("/api/session", Host=f"192.168.7.7:{ask.port}").status == 200
        assert ask.get("/api/session", Host=f"evil.example:{ask.port}").status == 421


def test_a_wish_that_means_nothing_is_told_before_the_server_starts(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots", sources=1, clips_per_source=2)
    with pytest.raises(audioset.InvalidInputError, match="did you mean snr_db"):
        ws.review(open=False, where="snr > 3")
    with pytest.raises(audioset.InvalidInputError, match="cannot order by"):
        ws.review(open=False, order="length")
    with pytest.raises(audioset.NotFoundError):
        ws.review("scots@v1", open=False)


def test_what_happens_beside_a_running_review_is_noticed(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots", sources=2, clips_per_source=3)
    with ws.review(open=False) as served:
        ask = asker_of(served)
        queue = ask.get("/api/queue").json
        gone = queue["first"][0]
        assert ask.get(f"/audio/{gone['audio_sha256']}").status == 200
        add_source(ws, "talk 9.mp4", 4)
        ws.remove([gone["clip_id"]], yes=True)
        now = ask.get("/api/queue").json
        while now["total"] != 9:  # files are looked at some times a second
            now = ask.get("/api/queue").json
        assert (now["total"], now["generation"] > queue["generation"]) == (9, True)
        assert (now["came"] - queue["came"], now["gone"] - queue["gone"]) == (4, 1)
        assert gone["clip_id"] not in now["columns"]["clip_id"]
        assert ask.get(f"/audio/{gone['audio_sha256']}").status == 404
        assert ask.get(f"/api/clips/{gone['clip_id']}").status == 404
        assert ask.post("/api/rows", {"clip_ids": [gone["clip_id"]]}).json["rows"] == []
        late = ask.post("/api/decisions", decide(gone["clip_id"], "text", "x", op_id="late"))
        assert late.status == 404


@pytest.mark.slow
def test_clips_that_are_withdrawn_meanwhile_are_not_played(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots", sources=2, clips_per_source=3)
    ws.publish(track=False)
    with (
        ws.review(open=False) as here,
        audioset.open_workspace(ws.folder).review("scots@v1", open=False) as published,
    ):
        asked = [asker_of(here), asker_of(published)]
        rows = [ask.get("/api/queue").json["first"][0] for ask in asked]
        assert rows[0]["audio_sha256"] == rows[1]["audio_sha256"]
        for ask, row in zip(asked, rows, strict=True):
            assert ask.get(f"/audio/{row['audio_sha256']}").status == 200
        ws.forget(clip=rows[0]["clip_id"], message="asked", yes=True)
        for ask, row in zip(asked, rows, strict=True):
            while ask.get("/api/queue").json["total"] != 5:  # looked at now and then
                pass
            assert ask.get(f"/audio/{row['audio_sha256']}").status == 404


def test_a_catalog_that_is_down_stops_deciding_but_not_listening(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots", sources=1, clips_per_source=3)
    with ws.review(open=False) as served:
        ask = asker_of(served)
        row = ask.get("/api/queue").json["first"][0]
        ask.post("/api/decisions", decide(row["clip_id"], "text", "x", op_id="up"))
        catalog = ws.folder / "catalog.db"
        for path in ws.folder.glob("catalog.db*"):
            path.rename(path.with_name(f"aside-{path.name}"))
        catalog.mkdir()
        down = ask.post("/api/decisions", decide(row["clip_id"], "text", "y", op_id="down"))
        assert down.status in (200, 503)  # an open file may still take it, wherever it lies now
        if down.status == 503:
            assert len(down.error.splitlines()) == 1
        assert ask.get(f"/audio/{row['audio_sha256']}").status == 200
        assert ask.get("/api/queue").status == 200
