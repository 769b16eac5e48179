"""`audioset pull` and `audioset export`: what they print, and how they end."""

import json
import re
from pathlib import Path

import pytest

from audioset.cli.app import run
from audioset.workspace import Workspace
from tests.workspaces import make_workspace


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    ws = make_workspace(tmp_path / "scots", sources=2, clips_per_source=3)
    ws.publish(track=False)
    monkeypatch.chdir(ws.folder)
    return ws


def test_pull_tells_what_was_fetched_and_what_was_there(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["pull", "scots@v1", "out", "--split", "train"]) == 0
    out, err = capsys.readouterr()
    assert out == "out\n"
    assert err.startswith("3 clips of scots@v1, 0:00:01, ")
    assert err.endswith("0 there\n")
    assert run(["pull", "scots@v1", "out", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["ref"], told["num_clips"], told["num_fetched"]) == ("scots@v1", 6, 3)
    assert run(["pull", "scots@v1", "out", "--filter", "split = 'test'"]) == 0
    assert "3 files in out/clips not of these clips; left alone" in capsys.readouterr().err


def test_pull_into_the_workspace_is_one_line(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["pull", "scots@v1", "."]) == 1
    err = capsys.readouterr().err
    assert err == "audioset: . is a workspace, whose clips would be replaced; name another folder\n"


def test_export_lists_the_tars(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "webdataset", "scots@v1", "tars", "--tar-size", "30kB"]) == 0
    out, err = capsys.readouterr()
    assert [line.split()[:2] for line in out.splitlines()[2:4]] == [
        ["test-000000.tar", "3"],
        ["train-000000.tar", "3"],
    ]
    assert re.fullmatch(
        r"6 clips of scots@v1 \(test 3, train 3\) in 3 files, .*, in .*/tars\n", err
    )
    assert run(["export", "webdataset", "scots@v1", "tars", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "already_exists"
    assert run(["export", "webdataset", "scots@v1", "x", "--tar-size", "big"]) == 2
    assert "'big' is not a size; write 1GB" in capsys.readouterr().err


def test_import_and_export_without_more_words_show_their_help(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for word, command in (("import", "folder"), ("export", "lines"), ("export", "FORMAT")):
        assert run([word]) == 0
        assert command in capsys.readouterr().out
