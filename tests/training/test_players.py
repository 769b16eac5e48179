"""What a notebook shows of datasets and clips: the first ones, to be heard, whatever is broken."""

import base64
import io
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audioset.records.in_notebook import ROWS_SHOWN
from audioset.records.manifest import clips_from_table, table_from_clips
from audioset.storage.store import open_store
from audioset.storage.tables import list_manifests, read_manifest
from audioset.training.clip import LoadedClip
from audioset.training.players import ALONE_SECONDS, PLAYED_BYTES, PLAYED_SECONDS
from audioset.training.reader import Dataset
from audioset.versions.consumed import end_noting, noted
from audioset.versions.going_runs import begin_run, end_run
from audioset.versions.publish.publish import publish_table
from audioset.workspace import Workspace
from tests.notebooks import shown
from tests.sounds import noise
from tests.workspaces import add_source, make_workspace

RUDE = "<script>alert(1)</script> & 'so' \"so\" \u202e"


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    made = make_workspace(tmp_path / "work", sources=1, clips_per_source=12)
    add_source(made, "rude.mp4", 1, text=RUDE, text_source="human", speaker="<b>isla</b>")
    return made


def publish(ws: Workspace) -> Dataset:
    tables = [read_manifest(path) for path in list_manifests(ws.manifests_dir)]
    clips = sorted(
        (clip for table in tables for clip in clips_from_table(table)),
        key=lambda clip: clip.clip_id,
    )
    store = open_store(ws.settings.store)
    made = publish_table(
        table_from_clips(clips), clips_dir=ws.clips_dir, store=store, dataset=ws.name
    )
    return Dataset(store, made.record)


def decoded(sound: dict[str, str]) -> tuple[np.ndarray, int]:
    return soundfile.read(io.BytesIO(base64.b64decode(sound["src"].partition(",")[2])))


def test_the_first_clips_are_shown_with_a_player_each_and_nothing_of_theirs_is_markup(
    ws: Workspace,
) -> None:
    found = shown(publish(ws))
    assert len(found.sounds) == ROWS_SHOWN
    assert "scots@v1: 13 clips" in found.words
    assert "and 3 more" in found.words
    assert RUDE.replace("\u202e", "⟨U+202E⟩") in found.words
    assert "<b>isla</b>" in found.words
    samples, sampling_rate = decoded(found.sounds[0])
    assert len(samples) / sampling_rate == pytest.approx(0.25, abs=0.1)
    assert np.abs(samples).max() > 0.2


def test_a_view_shows_its_own_clips(ws: Workspace) -> None:
    found = shown(publish(ws).where("speaker = '<b>isla</b>'"))
    assert len(found.sounds) == 1
    assert "scots@v1?speaker = '<b>isla</b>': 1 clip" in found.words


def test_looking_at_clips_is_not_training(ws: Workspace, tmp_path: Path) -> None:
    dataset = publish(ws)
    kept = tmp_path / "kept"
    kept.mkdir()
    begin_run(kept, "run")
    try:
        clip = dataset[dataset.rows.clip_id(3)]
        assert shown(dataset).sounds
        assert shown(clip).sounds
        (receipt,) = noted(kept, complete=True)
    finally:
        end_run(kept)
        end_noting(kept)
    assert receipt.positions() == [3], "the one that was loaded, and none that was shown"


def test_of_a_store_that_is_gone_the_rows_are_shown_and_one_line_says_why_nothing_plays(
    ws: Workspace,
) -> None:
    dataset = publish(ws)
    assert len(dataset) == 13  # the rows are here now
    shutil.rmtree(Path(ws.settings.store))
    found = shown(dataset)
    assert not found.sounds
    assert RUDE.replace("\u202e", "⟨U+202E⟩") in found.words
    assert [word for word in found.words if "shards is missing" in word]
    unread = Dataset(dataset.store, dataset.record)
    assert shown(unread).words[0] == "scots@v1: 13 clips"
    assert "its rows cannot be read: " in shown(unread).text


def test_one_damaged_clip_is_told_and_the_others_play(ws: Workspace) -> None:
    dataset = publish(ws)
    place = dataset.rows.places([4])
    offset, size = place.ranges[0]
    (shard,) = Path(ws.settings.store).rglob(f"{place.shards[0]}*")
    whole = bytearray(shard.read_bytes())
    whole[offset + size // 2] ^= 1
    shard.chmod(0o644)
    shard.write_bytes(whole)
    found = shown(dataset)
    assert len(found.sounds) == ROWS_SHOWN - 1
    assert [
        word for word in found.words if place.clip_ids[0] in word and "its hash differs" in word
    ]


def test_long_clips_are_cut_for_the_ear_and_all_players_together_are_small(ws: Workspace) -> None:
    dataset = publish(ws)
    row = dataset[dataset.rows.clip_id(0)].row
    loud = noise(45, 24_000, level=0.3)  # nothing takes more room
    alone = LoadedClip(replace(row, length_seconds=45.0), loud, 24_000)
    found = shown(alone)
    samples, sampling_rate = decoded(found.sounds[0])
    assert len(samples) / sampling_rate == pytest.approx(ALONE_SECONDS, abs=0.2)
    assert "the first 30 s" in found.words
    add_source(ws, "a long one.mp4", 1, seconds=PLAYED_SECONDS + 5, text="long")
    found = shown(publish(ws))
    samples, sampling_rate = decoded(found.sounds[0])
    assert len(samples) / sampling_rate == pytest.approx(PLAYED_SECONDS, abs=0.2)
    assert sum(len(sound["src"]) for sound in found.sounds) <= PLAYED_BYTES


def test_players_end_where_a_notebook_would_become_too_large(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = publish(ws)
    one = len(shown(dataset).sounds[0]["src"])
    monkeypatch.setattr("audioset.training.players.PLAYED_BYTES", 3 * one)
    found = shown(dataset)
    assert 1 <= len(found.sounds) <= 3
    assert "no more players: a notebook would become too large" in found.words


def test_a_clip_of_two_channels_or_of_no_sample_is_shown_too(ws: Workspace) -> None:
    row = publish(ws)[publish(ws).rows.clip_id(0)].row
    both = np.stack([noise(0.3, 16_000, level=0.1), np.full(4800, np.nan, np.float32)], axis=1)
    assert len(shown(LoadedClip(row, both, 16_000)).sounds) == 1
    assert not shown(LoadedClip(row, np.zeros(0, np.float32), 16_000)).sounds
