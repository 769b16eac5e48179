"""Clips without quality columns get them; what is measured stays."""

from pathlib import Path

import pytest

import audioset
from audioset.records.manifest import Clip, clips_from_table
from audioset.storage.tables import read_manifest
from audioset.workspace import Workspace
from tests.sounds import write_speech
from tests.workspaces import make_workspace


def rows_of(ws: Workspace) -> list[Clip]:
    manifests = sorted(ws.manifests_dir.glob("*.parquet"))
    return [row for path in manifests for row in clips_from_table(read_manifest(path))]


def test_clips_that_were_never_measured_are(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path, sources=2, clips_per_source=3)
    (ws.clips_dir / f"{rows_of(ws)[0].clip_id}.flac").unlink()
    report = ws.measure(workers=1)
    assert (report.num_clips, report.num_measured) == (6, 5)
    assert "missing" in report.failures[0][1]
    rows = rows_of(ws)
    assert [row.loudness_lufs is None for row in rows] == [True] + [False] * 5
    assert rows[1].text == "line of source 0"  # nothing else changed
    assert ws.measure(workers=1).num_measured == 0


def test_measuring_again_gives_what_the_cut_gave(tmp_path: Path) -> None:
    write_speech(tmp_path / "talk.wav")
    ws = audioset.init(tmp_path / "work", name="scots")
    ws.cut([tmp_path / "talk.wav"])
    before = rows_of(ws)
    assert ws.measure(workers=1).num_measured == 0
    assert ws.measure(again=True, workers=1).num_measured == len(before)
    for old, new in zip(before, rows_of(ws), strict=True):
        assert new.loudness_lufs == old.loudness_lufs
        assert new.bandwidth_hz == old.bandwidth_hz
        assert new.speech_share == pytest.approx(old.speech_share, abs=0.2)
    again = ws.cut([tmp_path / "talk.wav"])
    assert again.sources[0].status == "unchanged"
