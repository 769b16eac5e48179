"""Workspaces without audio: checked out, read by range, fetched, freed."""

import pickle
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

import audioset
from audioset.curation.workspace.clip_audio import place_of_clip
from audioset.curation.workspace.effective import read_all_effective
from audioset.errors import AlreadyExistsError, IntegrityError, InvalidInputError, NotFoundError
from audioset.records import kept_manifest
from audioset.records.kept_manifest import PANDAS_KEY
from audioset.records.manifest import clips_from_table
from audioset.versions.layout import shard_key
from audioset.workspace import Workspace
from tests.versions.publishing import SHARD_BYTES
from tests.workspaces import add_source, make_workspace


@pytest.fixture
def first(tmp_path: Path) -> Workspace:
    """A workspace with one version of 12 clips of 3 sources, one of which was taken whole."""
    ws = make_workspace(tmp_path / "first", sources=2, clips_per_source=5)
    add_source(ws, "whole.wav", 1, text="whole", text_source="human", speaker="speaker1")
    add_source(ws, "other whole.wav", 1)
    ws.publish(shard_bytes=SHARD_BYTES, track=False)
    return ws


@pytest.fixture
def thin(first: Workspace, tmp_path: Path) -> Workspace:
    return audioset.open_workspace(first.checkout("scots@v1", tmp_path / "thin").directory)


def local(ws: Workspace) -> set[str]:
    return {path.stem for path in ws.clips_dir.glob("*.flac")}


def test_a_checkout_has_the_rows_and_no_audio(first: Workspace, tmp_path: Path) -> None:
    report = first.checkout("scots@v1", tmp_path / "thin")
    assert (report.num_clips, report.num_sources, report.filter) == (12, 4, None)
    thin = audioset.open_workspace(report.directory)
    assert (thin.name, thin.store.url) == ("scots", first.store.url)
    diff = thin.diff("scots@v1")
    assert (diff.num_unchanged, diff.added, diff.removed, diff.relabelled) == (12, (), (), ())
    assert not local(thin)
    names = sorted(path.name for path in thin.manifests_dir.iterdir())
    assert [name[:6] for name in names] == ["import", "talk-0", "talk-1"], "one each that was cut"
    status = thin.status()
    assert status.clips is not None
    assert (status.clips.num_thin, status.clips.without_audio) == (12, ())
    assert dict(status.sources.ways) == {"checked out": 2, "imported": 2}
    assert status.next_publish is not None
    assert not status.next_publish.is_needed


def test_a_part_is_checked_out_and_a_folder_is_never_taken_twice(
    first: Workspace, tmp_path: Path
) -> None:
    report = first.checkout("scots@v1?split = 'train'", tmp_path / "a", filter="text is not null")
    assert (report.num_clips, report.filter) == (5, "(split = 'train') and (text is not null)")
    with pytest.raises(AlreadyExistsError, match="is a workspace already"):
        first.checkout("scots@v1", tmp_path / "a")
    with pytest.raises(InvalidInputError, match="lies inside of the workspace"):
        first.checkout("scots@v1", first.folder / "in")
    with pytest.raises(InvalidInputError, match="no clip of scots@v1 meets the condition"):
        first.checkout("scots@v1", tmp_path / "b", filter="speaker = 'nobody'")
    with pytest.raises(NotFoundError, match="scots@v7 does not exist"):
        first.checkout("scots@v7", tmp_path / "b")


def test_rows_of_a_large_checkout_are_not_kept_twice(
    first: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept(directory: Path) -> set[bool]:
        paths = (directory / "manifests").iterdir()
        return {PANDAS_KEY in pq.read_metadata(path).metadata for path in paths}

    monkeypatch.setattr(kept_manifest, "MOST_KEPT_ROWS", 12)
    assert kept(first.checkout("scots@v1", tmp_path / "small").directory) == {True}
    monkeypatch.setattr(kept_manifest, "MOST_KEPT_ROWS", 11)
    large = first.checkout("scots@v1", tmp_path / "large").directory
    assert kept(large) == {False}
    thin = audioset.open_workspace(large)
    assert thin.diff("scots@v1").num_unchanged == 12
    saved = next((large / "manifests").iterdir())
    pd.read_parquet(saved).to_parquet(saved)
    with pytest.raises(InvalidInputError, match="or check the version out again"):
        thin.decide_table(saved)


KILLED = """
import os, signal, sys
import audioset
import audioset.versions.thin.checkout
checkout = sys.modules["audioset.versions.thin.checkout"]
number, calls = int(sys.argv[3]), 0
write, make = checkout.write_manifest, checkout.create_workspace

def deadly(run):
    def step(*said, **named):
        global calls
        calls += 1
        if calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return run(*said, **named)
    return step

checkout.write_manifest, checkout.create_workspace = deadly(write), deadly(make)
checkout.write_parent = deadly(checkout.write_parent)
audioset.open_workspace(sys.argv[1]).checkout("scots@v1", sys.argv[2])
"""


@pytest.mark.parametrize("step", [2, 4, 5])  # a manifest, the parent, `audioset.toml`
def test_a_checkout_that_is_killed_shows_nothing_and_is_made_anew(
    first: Workspace, tmp_path: Path, step: int
) -> None:
    words = [str(first.folder), str(tmp_path / "thin"), str(step)]
    run = subprocess.run(
        [sys.executable, "-c", KILLED, *words], cwd=Path(__file__).parents[2], check=False
    )
    assert run.returncode == -signal.SIGKILL
    assert not (tmp_path / "thin" / "manifests").exists()
    assert not (tmp_path / "thin" / "audioset.toml").exists()
    report = first.checkout("scots@v1", tmp_path / "thin")
    assert sorted(path.name for path in report.directory.iterdir()) == [
        "audioset.toml",
        "manifests",
        "parent.json",
    ]
    assert audioset.open_workspace(report.directory).describe().num_clips == 12


def test_audio_is_read_by_range_and_held_against_its_hash(
    first: Workspace, thin: Workspace
) -> None:
    clips = list(clips_from_table(read_all_effective(thin.working)))
    for clip in clips:
        there = (first.clips_dir / f"{clip.clip_id}.flac").read_bytes()
        assert thin.working.audio.read(place_of_clip(clip)) == there
    thin.clips_dir.mkdir()
    odd = thin.clips_dir / f"{clips[0].clip_id}.flac"
    odd.write_bytes(b"something else")
    assert thin.working.audio.read(place_of_clip(clips[0])) != b"something else"
    odd.unlink()
    assert thin.measure(again=True).num_measured == 12
    assert thin.dedupe().num_clips == 12
    assert thin.check().num_clips == 12
    shard = Path(first.store.url) / shard_key("scots", clips[0].shard_sha256 or "")
    shard.write_bytes(b"\0" * shard.stat().st_size)
    with pytest.raises(IntegrityError, match=f"{clips[0].clip_id}: its bytes in .* do not have"):
        thin.working.audio.read(place_of_clip(clips[0]))


def test_audio_comes_and_goes(first: Workspace, thin: Workspace) -> None:
    some = thin.fetch(filter="split = 'test'")
    assert (some.num_clips, some.num_fetched, len(local(thin))) == (5, 5, 5)
    rest = thin.fetch()
    assert (rest.num_clips, rest.num_fetched, rest.fetched_bytes) == (
        12,
        7,
        rest.size_bytes - some.size_bytes,
    )
    assert local(thin) == local(first)
    told = thin.free()
    assert (told.num_clips, told.num_freed, told.done) == (12, 0, False)
    assert len(local(thin)) == 12
    done = thin.free(yes=True)
    assert (done.num_freed, done.freed_bytes, done.read_bytes) == (
        12,
        told.size_bytes,
        told.size_bytes,
    )
    assert not local(thin)


def test_only_what_the_store_is_proved_to_hold_is_freed(first: Workspace) -> None:
    new = add_source(first, "new.mp4", 2)
    clips = {clip.clip_id: clip for clip in clips_from_table(read_all_effective(first.working))}
    report = first.free()
    assert (report.num_clips, report.num_not_stored) == (0, 14), "the hash of no file was noted"
    first.fetch()
    assert len(local(first)) == len(clips) == len(new) + 12


def test_a_place_that_a_withdrawal_made_old_is_found_anew(
    first: Workspace, thin: Workspace
) -> None:
    clips = list(clips_from_table(read_all_effective(thin.working)))
    gone = clips[0]
    first.forget(clip=gone.clip_id, yes=True)
    audio = pickle.loads(pickle.dumps(thin.working.audio))
    for clip in clips[1:]:
        there = (first.clips_dir / f"{clip.clip_id}.flac").read_bytes()
        assert audio.read(place_of_clip(clip)) == there
    with pytest.raises(NotFoundError, match=f"{gone.clip_id} has no file here, and .* withdrawn"):
        audio.read(place_of_clip(gone))
    add_source(thin, "new.mp4", 2)
    published = thin.publish(track=False)
    assert (published.num_left_out, published.record.num_clips) == (1, 13)


def test_edges_wait_for_the_source(thin: Workspace) -> None:
    clip = next(c for c in clips_from_table(read_all_effective(thin.working)) if c.start_sample)
    said = f"checked out with scots@v1, without their source.* audioset cut {clip.source_id}$"
    with pytest.raises(InvalidInputError, match=said):
        thin.move_edges(clip.clip_id, start_seconds=clip.start_seconds + 0.05)
    with pytest.raises(NotFoundError, match="name the file, whatever it is called now, or the"):
        thin.cut(clip.source_id)
