"""The third verdict, and what people write for each other alone: known here, never published."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import audioset
from audioset.catalog.decisions import DecisionValue
from audioset.cli.app import run
from audioset.curation.workspace.effective import find_unsure, read_effective, scan_effective
from audioset.errors import InvalidInputError
from audioset.storage.tables import read_manifest, write_manifest
from audioset.workspace import Workspace
from tests.review_server.asking import asker_of
from tests.workspaces import add_source, make_workspace

SECRETS = ("zanzibar", "quagmire")  # of a note and a tag, and found nowhere else


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "scots", sources=2, clips_per_source=3)


def ids(ws: Workspace) -> list[str]:
    return [
        clip for batch in scan_effective(ws.working, ["clip_id"]) for clip in batch[0].to_pylist()
    ]


def decide(
    ws: Workspace, subject: str, field: str, value: DecisionValue, kind: Any = "clip"
) -> None:
    ws.decide(audioset.Decision(kind, subject, field, value), by="mairi")


def published(ws: Workspace) -> list[str]:
    return read_effective(ws.working)["clip_id"].to_pylist()  # type: ignore[no-any-return]


def test_unsure_clips_are_left_out_and_told(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, third, *_ = ids(ws)
    decide(ws, first, "accepted", "unsure")
    decide(ws, second, "accepted", value=False)
    decide(ws, third, "accepted", value=True)
    (row,) = (row for row in ws.to_pandas().to_dict("records") if row["clip_id"] == first)
    assert row["accepted"] is None

    told = ws.describe()
    assert (told.num_clips, told.num_accepted, told.num_unsure, told.num_rejected) == (5, 1, 1, 1)
    chosen = ws.describe(where=f"clip_id in ('{first}', '{third}')")
    assert (chosen.num_clips, chosen.num_accepted, chosen.num_unsure) == (2, 1, 1)
    clips = ws.status().clips
    assert clips is not None
    assert (clips.num_undecided, clips.num_unsure, clips.num_rejected) == (3, 1, 1)
    at = ["--workspace", str(ws.folder)]
    assert run(["describe", *at]) == 0
    assert "reviewed: 1 accepted, 1 unsure, 3 not judged, 1 rejected" in capsys.readouterr().out
    assert run(["status", *at]) in (0, 3)
    assert "1 accepted, 3 not judged, 1 unsure, 1 rejected" in capsys.readouterr().out

    made = ws.publish(message="without", track=False)
    assert (made.num_unsure, made.record.num_clips) == (1, 4)
    assert first not in [clip.row.clip_id for clip in ws.open(made)]
    assert run(["publish", "--with-unsure", "--no-track", *at]) == 0
    assert "left out" not in capsys.readouterr().err
    assert ws.versions()[-1].num_clips == 5
    assert run(["publish", "--no-track", *at]) == 0
    assert "1 clip left out: unsure" in capsys.readouterr().err


def test_a_verdict_of_a_clip_goes_before_that_of_its_speaker(ws: Workspace) -> None:
    first, second, third, *others = ids(ws)
    decide(ws, "speaker0", "accepted", "unsure", "speaker")
    decide(ws, first, "accepted", value=True)
    decide(ws, second, "accepted", None)
    assert find_unsure(ws.working) == {third}
    assert published(ws) == [first, second, *others]
    decide(ws, third, "speaker", "speaker1")
    assert find_unsure(ws.working) == frozenset(), "of the speaker that was decided"
    decide(ws, others[0], "accepted", "unsure")
    assert published(ws) == [first, second, third, *others[1:]]


def test_when_nothing_is_left_it_is_told(ws: Workspace) -> None:
    for clip in ids(ws):
        decide(ws, clip, "accepted", "unsure")
    with pytest.raises(InvalidInputError, match=r"rejected or left unsure; .* --with-unsure"):
        ws.publish()
    assert ws.publish(with_unsure=True, track=False).record.num_clips == 6


def test_unsure_clips_have_a_split_and_are_checked(ws: Workspace) -> None:
    first, *_ = ids(ws)
    decide(ws, first, "accepted", "unsure")
    ws.split(options={"by": "sentence", "test": 0.5, "validation": 0}, yes=True)
    splits = {row["clip_id"]: row["split"] for row in ws.to_pandas().to_dict("records")}
    assert splits[first] is not None
    assert ws.check().num_clips == 6


def test_of_duplicates_one_that_nobody_was_unsure_of_is_kept(ws: Workspace) -> None:
    add_source(ws, "copy.mp4", 1)
    (copy,) = (clip for clip in ids(ws) if clip.startswith("copy"))
    path = ws.manifests_dir / f"{copy.rsplit('-', 2)[0]}.parquet"
    whole = read_manifest(next(p for p in ws.manifests_dir.glob("*.parquet") if p != path))
    twin = whole["pcm_sha256"][0].as_py()
    column = whole.schema.get_field_index("pcm_sha256")
    rows = read_manifest(path)
    write_manifest(path, rows.set_column(column, rows.schema.field(column), [[twin]]))
    (group,) = ws.dedupe(near_limit=0).groups
    decide(ws, group.keep, "accepted", "unsure")
    (other,) = ws.dedupe(near_limit=0).groups
    assert {other.keep, *other.others} == {group.keep, *group.others}
    assert other.keep != group.keep


def test_notes_and_tags_are_never_published(ws: Workspace, tmp_path: Path) -> None:
    first, second, *_ = ids(ws)
    decide(ws, first, "note", f"{SECRETS[0]}, I think")
    decide(ws, second, f"tag:{SECRETS[1]}", value=True)
    decide(ws, "speaker0", "note", SECRETS[0], "speaker")
    decide(ws, first, "text", "Aye, a published text")
    made = ws.publish(message="first")
    ws.export_table(tmp_path / "clips.csv")
    ws.export_table(tmp_path / "clips.xlsx")
    (tmp_path / "tars").mkdir()
    ws.export("webdataset", made, tmp_path / "tars")
    ws.pull(made, tmp_path / "pulled")
    frame = ws.to_pandas()
    assert not any(secret in frame.to_csv() for secret in SECRETS)
    places = [ws.folder / "store", ws.folder / "mlflow.db", ws.folder / "mlartifacts", tmp_path]
    files = {file for place in places for file in [place, *place.rglob("*")] if file.is_file()}
    files = {file for file in files if not file.name.startswith("catalog.db")}
    assert len(files) > 20
    for file in files:
        data = file.read_bytes()
        assert not any(secret.encode() in data for secret in SECRETS), file
    (clip,) = (clip for clip in ws.open(made) if clip.row.clip_id == first)
    assert clip.row.text == "Aye, a published text"
    assert SECRETS[0] in str(ws.history(first)[0].decision.value)
    again = ws.publish()
    decide(ws, first, "note", "another")
    assert ws.publish().unchanged
    assert again.unchanged


def test_notes_and_tags_are_asked_for_in_the_workspace_alone(ws: Workspace, tmp_path: Path) -> None:
    first, second, *_ = ids(ws)
    decide(ws, first, "note", "who is it?")
    decide(ws, second, "tag:loud", value=True)
    decide(ws, second, "tag:ask", value=True)
    decide(ws, first, "tag:ask", value=True)
    decide(ws, first, "tag:ask", None)
    for where, clip in (("note like '%who%'", first), ("list_contains(tags, 'loud')", second)):
        found = ws.to_pandas(where=where)
        assert list(found["clip_id"]) == [clip]
        assert not {"note", "tags"} & set(found.columns)
    assert ws.export_table(tmp_path / "loud.csv", where="'ask' in tags").num_clips == 1
    asked = quote("note = 'who is it?'")
    with ws.review(open=False, where="tags is not null and text is not null") as served:
        ask = asker_of(served)
        assert ask.get(f"/api/queue?where={asked}").json["total"] == 1
        assert "note" in ask.get("/api/queue?where=notes%20is%20null").error
    with pytest.raises(InvalidInputError, match="tags"):
        ws.publish(filter="tags is null", track=False)
    made = ws.publish(track=False)
    with pytest.raises(InvalidInputError, match="note"):
        ws.open(made).where("note is null")


def test_a_table_goes_there_and_back_with_unsure_verdicts(ws: Workspace, tmp_path: Path) -> None:
    first, second, *_ = ids(ws)
    decide(ws, first, "accepted", "unsure")
    for name in ("clips.csv", "clips.xlsx"):
        ws.export_table(tmp_path / name)
        assert ws.decide_table(tmp_path / name).num_decisions == 0
    table = (tmp_path / "clips.csv").read_text("utf-8-sig")
    lines = table.splitlines()
    place = lines[0].split(",").index("accepted")
    cells = [line.split(",") for line in lines]
    assert [row[place] for row in cells[1:3]] == ["unsure", ""]
    cells[1][place], cells[2][place] = "ja", "Unsure"
    (tmp_path / "clips.csv").write_text("\n".join(map(",".join, cells)))
    assert ws.decide_table(tmp_path / "clips.csv").num_by_field == {"accepted": 2}
    assert find_unsure(ws.working) == {second}


def test_notes_and_tags_come_in_by_a_table_once(ws: Workspace, tmp_path: Path) -> None:
    first, *_ = ids(ws)
    table = tmp_path / "mine.csv"
    table.write_text(f"clip_id,Note,tag:loud\n{first},who is it?,yes\n")
    done = ws.decide_table(table)
    assert done.num_by_field == {"note": 1, "tag:loud": 1}
    assert any("'Note' is read as note" in note for note in done.notes)
    assert ws.decide_table(table).num_decisions == 0
    table.write_text(f"clip_id,note,tag:loud\n{first},who is it?,no\n")
    assert ws.decide_table(table).num_by_field == {"tag:loud": 1}
    held = {key[2]: one.value for key, one in ws.working.catalog.held("clip", [first]).items()}
    assert held == {"note": "who is it?", "tag:loud": None}


def test_the_command_line_says_all_of_it(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    first, *_ = ids(ws)

    def shown(*words: str) -> str:
        assert run([*words, "--workspace", str(ws.folder)]) == 0
        told = capsys.readouterr()
        return told.out + told.err

    assert "1 decision recorded; audioset publish" in shown("decide", first, "--unsure")
    told = shown("decide", first, "--note", "who?", "--tag", "ask", "--tag", "loud")
    assert "3 notes and tags recorded; they are never published" in told
    both = shown("decide", first, "--untag", "ask", "--text", "Aye")
    assert "2 decisions recorded" in both
    assert "1 note or tag among them" in both
    assert run(["decide", first, "--tag", "x", "--untag", "x", "--workspace", str(ws.folder)]) == 2
    assert "both set and taken off" in capsys.readouterr().err
    assert run(["decide", first, "--unsure", "--accept", "--workspace", str(ws.folder)]) == 2
    assert "goes with neither" in capsys.readouterr().err

    undone = shown("undo")
    assert "2 decisions taken back" in undone
    values = {key[2]: one.value for key, one in ws.working.catalog.held("clip", [first]).items()}
    assert values == {"accepted": "unsure", "note": "who?", "tag:ask": True, "tag:loud": True}
    history = shown("history", first)
    assert [line.split()[-2] for line in history.splitlines() if "undo" in line] == [
        "undone", "undone", "undo", "undo",
    ]  # fmt: skip
    entries = json.loads(shown("history", first, "--json"))
    assert entries[-1]["retracts"] == entries[-3]["op_id"]
    assert "decides the same anew" in shown("undo", entries[-1]["op_id"][:8])
    assert ws.working.catalog.held("clip", [first])[("clip", first, "text")].value == "Aye"
