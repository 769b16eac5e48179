"""What people wrote about withdrawn clips is gone from the catalog, down to its bytes."""

import random
from pathlib import Path

import pytest

import audioset
from audioset.catalog.decisions import Decision, sqlite_url
from audioset.records.assignments import Assignment
from audioset.records.identity import make_clip_id
from audioset.workspace import Workspace
from tests.workspaces import make_workspace

SECRET = "whisperedbyisla"


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "scots", sources=2, clips_per_source=3)


def say_everything(ws: Workspace, clip_id: str, word: str) -> None:
    """Let people write about a clip in every way: passes, notes, tags, retractions."""
    catalog = ws.working.catalog
    fields = {"text": word, "note": f"{word} note", f"tag:{word}": True, "accent": f"{word} accent"}
    decisions = [Decision("clip", clip_id, name, value) for name, value in fields.items()]
    catalog.record(decisions, by="mairi")
    opinion = Decision("clip", clip_id, "text", f"{word} opinion")
    catalog.record([opinion], by="ewan", review_pass=2)
    slip = catalog.record([Decision("clip", clip_id, "text", f"{word} slip")], by="mairi")
    catalog.retract(slip.op_id, by="mairi")
    catalog.assign([Assignment(reviewer=f"{word}-rab", clip_id=clip_id, review_pass=3)], by="ada")


def fill(ws: Workspace) -> None:
    """Write much about other clips, in any order, so that rows are moved within the file."""
    draw = random.Random(2)
    for number in range(60):
        decisions = [
            Decision("clip", f"other-{draw.randrange(10**6)}", "text", "x" * draw.randrange(400))
            for _ in range(20)
        ]
        ws.working.catalog.record(decisions, by=f"filler {number}")


def test_of_a_withdrawn_clip_no_byte_is_left(ws: Workspace) -> None:
    gone, kept, *_ = sorted(path.stem for path in ws.clips_dir.glob("*.flac"))
    ws.working.catalog.keep_open()  # as the server of a review does
    say_everything(ws, gone, SECRET)
    say_everything(ws, kept, "harmless")
    fill(ws)
    files = [path for path in ws.folder.iterdir() if path.name.startswith("catalog.db")]
    assert any(SECRET.encode() in path.read_bytes() for path in files)

    ws.forget(clip=gone, message="isla asked", yes=True)
    files = [path for path in ws.folder.iterdir() if path.name.startswith("catalog.db")]
    assert files
    for path in files:
        assert SECRET.encode() not in path.read_bytes(), path
        assert gone.encode() not in path.read_bytes(), path
    assert len(ws.working.catalog.history("clip", kept)) == 7
    assert [one.clip_id for one in ws.working.catalog.assignments()] == [kept]
    ws.working.catalog.close()


def test_what_was_said_of_an_earlier_cut_of_withdrawn_speech_goes_too(ws: Workspace) -> None:
    gone = next(iter(sorted(ws.manifests_dir.glob("*.parquet")))).stem
    (first, *_) = sorted(path.stem for path in ws.clips_dir.glob(f"{gone}*.flac"))
    start, end = (int(ms) / 1000 for ms in first.rsplit("-", 2)[1:])
    before = make_clip_id(gone, start + 0.02, end + 0.02)  # of other edges, long replaced
    beside = make_clip_id(gone, end + 0.02, end + 0.3)  # meets no more than a breath of it
    for clip_id in (before, beside):
        say_everything(ws, clip_id, "words")
    ws.forget(clip=first, yes=True)
    assert ws.working.catalog.clip_ids() == {beside}
    ws.forget(source=gone, yes=True)
    assert ws.working.catalog.clip_ids() == set()


def test_assignments_are_copied_with_decisions(ws: Workspace, tmp_path: Path) -> None:
    ws.assign(to="mairi,ewan", overlap=0.5)
    place = tmp_path / "team.db"
    dry = ws.copy(catalog=True, to=place, dry_run=True).decisions
    done = ws.copy(catalog=True, to=place).decisions
    again = ws.copy(catalog=True, to=place).decisions
    counts = [one.num_assignments for one in (dry, done, again) if one is not None]
    assert counts == [9, 9, 0]
    there = audioset.open_workspace(ws.folder, catalog=sqlite_url(place))
    assert there.assignments() == ws.assignments()
