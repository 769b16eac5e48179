"""Stock readers get the addresses of shards, and a word where these hold more than the version."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from audioset.cli.app import run
from audioset.storage.store import open_store
from audioset.versions.layout import version_key
from audioset.workspace import Workspace
from tests.workspaces import make_workspace


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    ws = make_workspace(tmp_path / "scots", sources=2, clips_per_source=6)
    ws.publish(track=False)
    monkeypatch.chdir(ws.folder)
    return ws


def test_there_is_a_line_for_each_shard_and_its_file_is_there(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    (record,) = ws.versions()
    assert run(["urls", "scots@v1"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert [Path(line).stem for line in lines] == [shard.sha256 for shard in record.shards]
    assert [Path(line).stat().st_size for line in lines] == [s.size_bytes for s in record.shards]
    assert err == ""
    assert run(["urls", "scots@v1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["ref"], told["urls"], told["num_other_clips"]) == ("scots@v1", lines, 0)
    assert ws.urls("scots@v1").num_clips == 12


def test_clips_that_the_version_does_not_name_are_told(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    (record,) = ws.versions()
    more = replace(record.shards[0], num_clips=record.shards[0].num_clips + 3)
    second = replace(record, version=2, shards=(more, *record.shards[1:]))
    store = open_store(ws.settings.store)
    store.put_new(version_key("scots", 2), second.to_json().encode())
    assert run(["urls", "scots@v2"]) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == len(record.shards)
    assert "these shards also hold 3 clips that scots@v2 does not name" in err
    assert "audioset export webdataset scots@v2 DIR" in err


def test_a_part_of_a_version_has_no_shards_of_its_own(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["urls", "scots@v1?speaker = 'speaker0'"]) == 1
    assert "name the whole version here" in capsys.readouterr().err
    assert run(["urls", "scots@v9"]) == 1
