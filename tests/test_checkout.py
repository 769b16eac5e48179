"""Two folders, one store: who has no audio adds two videos, and all is as where everything lies."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import audioset
from audioset.catalog.decisions import Decision
from audioset.errors import ConflictError, InvalidInputError
from audioset.records.identity import VersionRef
from audioset.records.manifest import column_names
from audioset.records.workspace_status import NextPublish
from audioset.versions.publish import put_shards
from audioset.versions.read.resolve import read_version, resolve_reference
from audioset.workspace import Workspace
from tests.versions.publishing import SHARD_BYTES
from tests.workspaces import add_source, make_workspace


def published(ws: Workspace, reference: str) -> pa.Table:
    """Rows of a version, but for where their audio lies."""
    rows = read_version(ws.store, resolve_reference(ws.store, reference))
    return rows.drop(list(column_names(group="storage")))


def add_two(ws: Workspace) -> None:
    for name in ("new one.mp4", "new two.mp4"):
        add_source(ws, name, 3, text="new", text_source="human", speaker="speaker2")


@pytest.fixture
def first(tmp_path: Path) -> Workspace:
    ws = make_workspace(tmp_path / "first", sources=2, clips_per_source=6)
    ws.publish(shard_bytes=SHARD_BYTES, track=False)
    return ws


def checked_out(ws: Workspace, directory: Path, filter: str | None = None) -> Workspace:
    report = ws.checkout("scots@v1", directory, filter=filter)
    return audioset.open_workspace(report.directory)


def test_two_videos_are_added_without_fetching_the_dataset(
    first: Workspace, tmp_path: Path
) -> None:
    everything = make_workspace(tmp_path / "all", sources=2, clips_per_source=6)
    add_two(everything)
    wanted = everything.publish(shard_bytes=SHARD_BYTES, track=False)

    thin = checked_out(first, tmp_path / "thin")
    add_two(thin)
    new = sum(path.stat().st_size for path in thin.clips_dir.iterdir())
    added = thin.publish(track=False)
    assert (added.record.digest, added.record.parent) == (wanted.record.digest, 1)
    assert published(thin, "scots@v2") == published(everything, "scots@v1")
    assert new < added.uploaded_bytes < new + 3 * SHARD_BYTES, "the new clips and no other"
    assert len(list(thin.clips_dir.iterdir())) == 6
    assert thin.publish(track=False).unchanged
    assert first.verify("scots@v2").num_clips == 18


def test_what_a_checkout_has_not_is_asked_about_and_what_was_removed_is_not(
    first: Workspace, tmp_path: Path
) -> None:
    part = checked_out(first, tmp_path / "part", filter="split = 'test'")
    add_two(part)
    with pytest.raises(InvalidInputError, match="scots@v1 has 6 clips that this workspace lacks"):
        part.publish(track=False)
    with pytest.raises(InvalidInputError, match="not both"):
        part.publish(add=True, replace=True, track=False)
    assert part.status().next_publish == NextPublish(
        latest=VersionRef("scots", 1), num_added=6, num_not_here=6, num_unchanged=6
    )
    assert part.publish(add=True, track=False).record.num_clips == 18
    again = part.publish(track=False)
    assert (again.unchanged, again.num_not_here) == (True, 6), "what was kept once stays kept"
    ids = published(part, "scots@v2")["clip_id"].to_pylist()
    one = next(clip_id for clip_id in ids if clip_id.startswith("talk-0"))
    part.remove(one, yes=True)
    assert part.publish(track=False).record.num_clips == 17
    add_source(first, "of first.mp4", 1)
    first.publish(add=True, track=False)
    with pytest.raises(InvalidInputError, match="scots@v4 has 1 clip that this workspace lacks"):
        part.publish(track=False)
    alone = part.publish(replace=True, onto="scots@v1", track=False)
    assert (alone.record.num_clips, alone.record.parent) == (11, 1)
    whole = checked_out(first, tmp_path / "whole")
    whole.remove("talk 1.mp4", yes=True)
    kept = whole.publish(onto="scots@v1", track=False)
    assert (kept.record.num_clips, kept.record.parent) == (6, 1)


def test_two_people_who_add_and_correct_lose_nothing_of_each_other(
    first: Workspace, tmp_path: Path
) -> None:
    one, other = (checked_out(first, tmp_path / name) for name in ("one", "other"))
    clips = sorted(row["clip_id"] for row in published(first, "scots@v1").to_pylist())
    add_source(one, "of one.mp4", 2)
    one.decide([Decision("clip", clips[0], "text", "of one")], by="one")
    one.publish(track=False)
    add_source(other, "of other.mp4", 2)
    other.decide([Decision("clip", clips[1], "text", "of other")], by="other")
    with pytest.raises(InvalidInputError, match="2 clips that this workspace lacks, and 1 clip "):
        other.publish(track=False)
    both = other.publish(add=True, track=False)
    assert both.record.num_clips == 16
    texts = {row["clip_id"]: row["text"] for row in published(first, "scots@v3").to_pylist()}
    assert (texts[clips[0]], texts[clips[1]]) == ("of one", "of other")
    one.decide([Decision("clip", clips[1], "text", "of one as well")], by="one")
    with pytest.raises(ConflictError, match=f"scots@v3 were changed .* is {clips[1]}"):
        one.publish(add=True, track=False)


def test_who_publishes_at_the_same_moment_comes_after(
    first: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import audioset.versions.publish as publishing

    one, other = (checked_out(first, tmp_path / name) for name in ("one", "other"))
    add_source(one, "of one.mp4", 2)
    add_source(other, "of other.mp4", 2)
    publish_table, raced = publishing.publish_table, []

    def late(*rows: pa.Table, **said: object) -> object:
        if not raced:
            raced.append(True)
            one.publish(track=False)
            raise ConflictError("scots@v2 was published by one at the same moment")
        return publish_table(*rows, **said)  # type: ignore[arg-type]

    monkeypatch.setattr(publishing, "publish_table", late)
    after = other.publish(track=False)
    assert (after.ref.version, after.record.parent, after.record.num_clips) == (3, 2, 16)


def test_who_comes_after_two_others_packs_nothing_again(
    first: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (checked_out(first, tmp_path / name) for name in ("one", "other"))
    own = [clip.clip_id for clip in add_source(other, "of other.mp4", 2)]
    packed, raced = [], []
    read_clip = put_shards.read_clip

    def reading(folder: Path, row: dict[str, Any], size_bytes: int) -> bytes:
        packed.append(row["clip_id"])
        return read_clip(folder, row, size_bytes)

    def meanwhile(*_: object) -> None:  # the shard of the other is there by then
        if len(raced) < 2 and own[-1] in packed:
            add_source(one, f"of one {len(raced)}.mp4", 1)
            raced.append(one.publish(track=False).ref)

    monkeypatch.setattr(put_shards, "read_clip", reading)
    after = other.publish(track=False, progress=meanwhile)
    assert (after.ref.version, after.record.num_clips, after.num_new_shards) == (4, 16, 1)
    assert [clip_id for clip_id in packed if clip_id in own] == own


def test_who_leaves_out_what_is_not_here_is_told_of_what_came_meanwhile(
    first: Workspace, tmp_path: Path
) -> None:
    one, other = (checked_out(first, tmp_path / name) for name in ("one", "other"))
    add_source(one, "of one.mp4", 2)
    add_source(other, "of other.mp4", 2)
    raced = []

    def meanwhile(*_: object) -> None:
        if not raced:  # while the audio of the other is on its way
            raced.append(one.publish(track=False).ref)

    told = r"^scots@v2 was published by .* meanwhile, .*; see audioset diff scots@v2, and publish"
    with pytest.raises(ConflictError, match=told):
        other.publish(replace=True, track=False, progress=meanwhile)
    assert [str(record.ref) for record in first.versions()] == ["scots@v1", "scots@v2"]
    assert other.publish(replace=True, track=False).ref.version == 3


def test_who_goes_on_from_a_version_that_is_named_comes_after_what_came_meanwhile(
    first: Workspace, tmp_path: Path
) -> None:
    one, other = (checked_out(first, tmp_path / name) for name in ("one", "other"))
    add_source(one, "of one.mp4", 2)
    add_source(other, "of other.mp4", 2)
    raced = []

    def meanwhile(*_: object) -> None:
        if not raced:
            raced.append(one.publish(track=False).ref)

    after = other.publish(onto="scots@v1", track=False, progress=meanwhile)
    assert (after.ref.version, after.record.parent, after.record.num_clips) == (3, 1, 14)


def texts_of(ws: Workspace, reference: str) -> dict[str, str]:
    return {row["clip_id"]: row["text"] for row in published(ws, reference).to_pylist()}


def test_what_others_changed_and_took_out_stays_so_in_all_later_publishes(
    first: Workspace, tmp_path: Path
) -> None:
    one, other = (checked_out(first, tmp_path / name) for name in ("one", "other"))
    corrected, removed, later, mine = sorted(texts_of(first, "scots@v1"))[:4]
    one.decide([Decision("clip", corrected, "text", "of one")], by="one")
    one.remove([removed], yes=True)
    one.publish(track=False)
    add_source(other, "of other.mp4", 2)
    assert other.publish(add=True, track=False).ref.version == 3
    # Rows here are as they were before one changed them: that is no change of other's.
    assert other.publish(track=False).unchanged
    other.decide([Decision("clip", mine, "text", "of other")], by="other")
    assert other.publish(track=False).ref.version == 4
    found = texts_of(first, "scots@v4")
    assert (found[corrected], found[mine], removed in found) == ("of one", "of other", False)
    # What one changes after that is asked about, and only that.
    one.decide([Decision("clip", later, "text", "of one later")], by="one")
    one.publish(add=True, track=False)
    other.decide([Decision("clip", mine, "text", "of other again")], by="other")
    with pytest.raises(InvalidInputError, match=r"^scots@v5 has 1 clip that others changed since;"):
        other.publish(track=False)
    other.publish(add=True, track=False)
    found = texts_of(first, "scots@v6")
    assert (found[later], found[mine]) == ("of one later", "of other again")
    # What other says of such a clip now is a word of its own, and a conflict.
    other.decide([Decision("clip", corrected, "text", "of other, who saw no text of one")])
    with pytest.raises(ConflictError, match=f"each otherwise; the first is {corrected}"):
        other.publish(add=True, track=False)
    assert other.publish(replace=True, track=False).ref.version == 7
    found = texts_of(first, "scots@v7")
    assert found[corrected] == "of other, who saw no text of one"
    assert removed in found
    assert other.publish(track=False).unchanged


def test_who_compacts_after_another_has_withdrawn_brings_nothing_back(
    first: Workspace, tmp_path: Path
) -> None:
    one, other = (checked_out(first, tmp_path / name) for name in ("one", "other"))
    rows = published(first, "scots@v1").to_pylist()
    one.remove([clip["clip_id"] for clip in rows[:1]], yes=True)
    second = one.publish(track=False).record
    assert second.num_dead_clips == 1
    gone = {row["clip_id"] for row in rows if row["speaker"] == "speaker1"}
    one.forget(speaker="speaker1", yes=True)
    # The other knows of neither: a clip less, and a person less.
    made = other.publish(compact=True, add=True, track=False)
    latest = first.versions()[-1]
    assert (made.ref, made.record.num_dead_clips) == (latest.ref, 0)
    left = {row["clip_id"] for row in published(first, str(made.ref)).to_pylist()}
    assert left == {row["clip_id"] for row in rows[1:]} - gone
    assert made.num_left_out in (0, len(gone))
    assert first.verify().problems == ()
    kept = {clip.row.clip_id for clip in first.open(str(made.ref))}
    assert kept == left
    assert other.publish(compact=True, add=True, track=False).unchanged
