"""`audioset diff`: what it prints, and how it ends."""

import json
from pathlib import Path

import numpy as np
import pytest

from audioset.catalog.decisions import Decision
from audioset.cli.app import run
from audioset.cli.screens.versions.diff import show_diff
from audioset.records.version_diff import DiffSide, RelabelledClip, VersionDiff
from audioset.workspace import Workspace
from tests.workspaces import add_source, make_workspace


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """scots@v1, then working clips: one has another text, one another accent, two are new."""
    ws = make_workspace(tmp_path / "scots", sources=1, clips_per_source=4)
    ws.publish(track=False)
    ids = sorted(path.stem for path in ws.clips_dir.iterdir())
    ws.decide(
        [
            Decision("clip", ids[0], "text", "aye \x1b[31m"),
            Decision("clip", ids[1], "accent", "fife"),
            Decision("clip", ids[2], "accepted", False),
        ]
    )
    add_source(ws, "late.mp4", 2, seconds=2.0, speaker="ada")
    monkeypatch.chdir(ws.folder)
    return ws


def test_the_summary_comes_first_then_the_changes_of_each_kind(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["diff", "scots@v1"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("scots@v1 (4 clips, 0:00:01) → working (5 clips, 0:00:05)\n")
    lines = [line.split() for line in out.splitlines()]
    for line in (
        ["added", "2", "0:00:04"],
        ["removed", "1", "0:00:00"],
        ["re-texted", "1"],
        ["relabelled", "1", "accent", "1"],
        ["unchanged", "1"],
        ["ada", "0", "2", "0:00:00", "0:00:04", "+0:00:04"],
    ):
        assert line in lines
    assert "fife" in out
    assert "\x1b" not in out
    assert err == ""


def test_more_than_the_limit_is_told(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "scots@v1", "--rows", "1"]) == 0
    out, err = capsys.readouterr()
    assert out.count("late-") == 1
    assert "1 more added; --rows N, --report or --json" in err
    assert run(["diff", "scots@v1", "--rows", "0"]) == 0
    assert "late-" not in capsys.readouterr().out


def test_json_has_everything_and_the_page_is_written(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["diff", "scots@v1", "working", "--json", "--report", "diff.html"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["added"]) == 2
    assert [change["after"] for change in told["retexted"]] == ["aye \x1b[31m"]
    assert told["before"] == {
        "name": "scots@v1",
        "num_clips": 4,
        "length_seconds": 1.0,
        "num_withdrawn": 0,
    }
    assert Path("diff.html").read_text().startswith("<!doctype html>")


def test_clips_that_were_only_measured_anew_are_one_line_and_exact_in_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ws = make_workspace(tmp_path / "scots", sources=0)
    monkeypatch.chdir(ws.folder)
    measured = {"line": 1, "take_similarity": 0.25, "snr_db": 20.0}
    add_source(ws, "talk.mp4", 3, **measured)
    add_source(ws, "other.mp4", 2, **measured)
    ws.publish(track=False)
    add_source(ws, "talk.mp4", 3, **{**measured, "take_similarity": 0.3826294541358948})
    add_source(ws, "other.mp4", 2, **{**measured, "snr_db": 21.0})
    assert run(["diff", "scots@v1"]) == 0
    out = capsys.readouterr().out
    lines = [line.split() for line in out.splitlines()]
    assert ["relabelled", "0"] in lines
    assert ["remeasured", "5", "take_similarity", "3,", "quality", "2"] in lines
    assert "talk-" not in out
    assert run(["diff", "scots@v1", "--json", "--report", "diff.html"]) == 0
    told = json.loads(capsys.readouterr().out)["relabelled"]
    assert [change["after"] for change in told] == [np.float32(0.3826294541358948)] * 3
    page = Path("diff.html").read_text()
    assert "Remeasured columns: take_similarity 3, quality 2." in page
    assert "talk-" not in page


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (0.38262945, 0.91, ["0.383", "0.91"]),
        (0.38262945, None, ["0.383"]),
        (1234.6, 1240.0, ["1235", "1240"]),
        (2.00004, 2.00001, ["2.00004", "2.00001"]),
    ],
)
def test_a_number_has_three_digits_or_as_many_as_tell_it_from_the_other(
    before: float, after: float | None, shown: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    change = RelabelledClip(clip_id="talk", column="start_seconds", before=before, after=after)
    side = DiffSide(name="scots@v1", num_clips=1, length_seconds=1.0)
    found = VersionDiff(
        before=side,
        after=side,
        added=(),
        removed=(),
        recut=(),
        retexted=(),
        relabelled=(change,),
        num_remeasured=0,
        num_unchanged=0,
        speakers=(),
        splits=(),
    )
    show_diff(found, 10, as_json=False)
    assert capsys.readouterr().out.splitlines()[-1].split() == ["talk", "start_seconds", *shown]


def test_no_change_is_one_line(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "scots@v1", "scots@v1"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["nothing changed in 4 clips"]


def test_withdrawn_clips_are_told(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    [clip, *_] = sorted(path.stem for path in ws.clips_dir.iterdir())
    ws.publish(track=False)
    ws.forget(clip=clip, yes=True)
    assert run(["diff", "scots@v2", "scots@v3"]) == 0
    out, err = capsys.readouterr()
    assert "nothing changed in 4 clips" in out
    assert err == "1 clip of scots@v2 withdrawn (audioset forget); not compared\n"


def test_an_unknown_version_is_one_line(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "scots@v9"]) == 1
    assert "scots@v9 does not exist; scots has v1" in capsys.readouterr().err
