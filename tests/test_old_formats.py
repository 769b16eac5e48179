"""Every store format that was ever released is readable for ever: see formats/README.md."""

import shutil
from pathlib import Path

import pytest

import audioset
from audioset.errors import WithdrawnWarning
from audioset.storage.store import open_store
from audioset.versions.read.resolve import list_versions, read_version
from audioset.workspace import Workspace
from tests.workspaces import add_source

FORMATS = sorted(Path(__file__).parent.glob("formats/store-*"))


@pytest.fixture(params=FORMATS, ids=lambda folder: folder.name)
def ws(request: pytest.FixtureRequest, tmp_path: Path) -> Workspace:
    shutil.copytree(request.param, tmp_path / "store")
    return audioset.open_workspace(tmp_path, name="scots")


def test_versions_are_listed_with_what_is_left_of_them(ws: Workspace) -> None:
    records = list_versions(open_store(ws.settings.store), "scots")
    assert [(r.version, r.num_clips, r.num_withdrawn, r.message) for r in records] == [
        (1, 2, 2, "first"),
        (2, 4, 2, "second"),
        (3, 4, 0, "asked to"),
    ]
    # Fixed when the format was released: the identity of a version never changes.
    assert [record.digest[:12] for record in records] == [
        "7e8cdcf82536",
        "ae4c4bdb03e2",
        "78a6b93880c1",
    ]


@pytest.mark.parametrize("reference", ["scots@v1", "scots@v2", "scots@v3", "scots@prod"])
@pytest.mark.filterwarnings(f"ignore::{WithdrawnWarning.__module__}.WithdrawnWarning")
def test_every_clip_decodes_to_its_samples(ws: Workspace, reference: str) -> None:
    dataset = ws.open(reference)
    clips = list(dataset)
    assert len(clips) == len(dataset) > 0
    assert {clip.samples.size for clip in clips} == {2000}


def test_texts_speakers_and_facts_are_those_that_were_written(ws: Workspace) -> None:
    store = open_store(ws.settings.store)
    rows = read_version(store, list_versions(store, "scots")[-1]).to_pylist()
    assert [(row["speaker"], row["text"], dict(row["extra"] or ())) for row in rows] == [
        ("ben", "words of ben", {}),
        ("ben", "words of ben", {}),
        ("cat", None, {"room": "hall"}),
        ("cat", None, {"room": "hall"}),
    ]


def test_the_next_version_goes_on_from_it(ws: Workspace) -> None:
    add_source(ws, "d.mp4", 2, speaker="dan")
    made = ws.publish(track=False, replace=True).record
    assert (made.version, made.parent, made.num_clips) == (4, 3, 2)
    assert {clip.row.speaker for clip in ws.open("scots@v4")} == {"dan"}


def test_what_was_withdrawn_stays_out(ws: Workspace) -> None:
    """Format 1 knows her recordings, later ones also where she speaks in their source."""
    knows_spans = '"spans"' in _withdrawal_of(ws)
    again = add_source(ws, "a.mp4", 2, speaker="ada")
    add_source(ws, "d.mp4", 2, speaker="dan")
    assert ws.publish(track=False, replace=True).num_left_out == len(again)
    add_source(ws, "a.mp4", 1, seconds=0.5, speaker="ada")
    made = ws.publish(track=False, replace=True)
    assert (made.num_left_out, made.num_cut_anew) == ((1, 1) if knows_spans else (0, 0))


def test_more_can_be_withdrawn_from_it(ws: Workspace) -> None:
    ws.forget(speaker="ben", yes=True)
    records = list_versions(open_store(ws.settings.store), "scots")
    assert [(r.num_clips, r.num_withdrawn) for r in records] == [(0, 4), (2, 4), (2, 2), (2, 0)]
    add_source(ws, "b.mp4", 1, seconds=0.5, speaker="ben")
    add_source(ws, "d.mp4", 2, speaker="dan")
    assert ws.publish(track=False, replace=True).num_cut_anew == 1
    assert ws.verify().problems == ()


def _withdrawal_of(ws: Workspace) -> str:
    path = Path(ws.settings.store) / "scots" / "withdrawn" / "w0001.json"
    return path.read_text(encoding="utf-8")


@pytest.fixture
def with_dead(tmp_path: Path) -> Workspace:
    """A store whose second version lacks the last two clips of the shard that it goes on from."""
    shutil.copytree(Path(__file__).parent / "formats" / "dead-clips-2", tmp_path / "store")
    return audioset.open_workspace(tmp_path, name="scots")


def test_clips_that_are_dead_in_a_version_are_not_read_from_it(with_dead: Workspace) -> None:
    records = list_versions(with_dead.store, "scots")
    assert [(r.num_clips, r.num_dead_clips, r.digest[:12]) for r in records] == [
        (24, 0, "5c36db5a2cfd"),
        (22, 2, "a4839bc32817"),
    ]
    for record in records:
        clips = list(with_dead.open(str(record.ref)))
        assert (len(clips), {clip.samples.size for clip in clips}) == (record.num_clips, {160})
    found = with_dead.verify()
    assert (found.problems, found.num_dead_clips) == ((), 2)


def test_the_next_version_goes_on_from_one_with_dead_clips(with_dead: Workspace) -> None:
    add_source(with_dead, "b.mp4", 1, seconds=0.02, speaker="ben")
    made = with_dead.publish(track=False, add=True).record
    assert (made.version, made.num_clips, made.num_dead_clips) == (3, 23, 2)
    compacted = with_dead.publish(track=False, add=True, compact=True).record
    assert (compacted.digest, compacted.num_dead_clips) == (made.digest, 0)
    assert with_dead.verify().problems == ()


def test_a_clip_that_is_dead_in_a_version_can_be_withdrawn(with_dead: Workspace) -> None:
    first, second = list_versions(with_dead.store, "scots")
    rows = [
        set(read_version(with_dead.store, one)["clip_id"].to_pylist()) for one in (first, second)
    ]
    dead = min(rows[0] - rows[1])
    with_dead.forget(clip=dead, yes=True)
    found = list_versions(with_dead.store, "scots")
    assert [(r.num_clips, r.num_withdrawn, r.num_dead_clips) for r in found] == [
        (23, 1, 0),
        (22, 0, 1),
    ]
    assert with_dead.verify().problems == ()
