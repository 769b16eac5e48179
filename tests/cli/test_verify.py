"""audioset verify: what it shows, and how it ends."""

import json
from pathlib import Path

import pytest

import audioset
from audioset.cli.app import run
from audioset.versions.layout import shard_key
from audioset.workspace import Workspace
from tests.workspaces import make_workspace


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    ws = make_workspace(tmp_path / "scots")
    ws.publish(shard_bytes=20_000, track=False)
    monkeypatch.chdir(ws.folder)
    return ws


def test_a_whole_store_ends_with_0_and_says_how_much_was_read(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["verify"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "scots: 1 version, " in err
    assert "30 clips checked" in err
    assert "everything is as it was published" in err
    assert run(["verify", "scots@v1", "--decode"]) == 0
    assert "30 clips decoded and proven" in capsys.readouterr().err


def test_a_damaged_store_ends_with_3_and_names_the_object(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    shard = ws.versions()[0].shards[0]
    key = shard_key("scots", shard.sha256)
    (ws.folder / "store" / key).unlink()
    assert run(["verify"]) == 3
    out, err = capsys.readouterr()
    assert "".join(out.split()).count(key) == 1
    assert "is missing" in out
    assert "publish again" in out
    assert "1 problem found" in err
    assert run(["verify", "--json"]) == 3
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert (problem["key"], problem["kind"], problem["versions"]) == (key, "shard", [1])
    assert len(problem["clip_ids"]) == shard.num_clips


def test_a_store_without_versions_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    audioset.init(tmp_path / "scots")
    assert run(["verify", "--workspace", str(tmp_path / "scots")]) == 1
    assert "scots has no version in " in capsys.readouterr().err
