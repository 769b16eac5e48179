"""`export table` and `decide --from` on the command line: what is said, and how it ends."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from audioset.cli.app import run
from audioset.workspace import Workspace
from tests.workspaces import make_workspace

Said = tuple[int, str, str]


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    ws = make_workspace(tmp_path / "scots", sources=1, clips_per_source=3)
    monkeypatch.chdir(ws.folder)
    return ws


@pytest.fixture
def said(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    def run_and_hear(*arguments: str) -> Said:
        code = run([*arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run_and_hear


def edit(path: str, before: str, after: str) -> None:
    file = Path(path)
    text = file.read_text("utf-8-sig")
    assert before in text
    file.write_text(text.replace(before, after, 1), "utf-8-sig")


def test_a_table_goes_out_and_comes_back(said: Callable[..., Said]) -> None:
    code, out, err = said("export", "table", "clips.csv", "--columns", "text, accepted")
    assert (code, out) == (0, "clips.csv\n")
    assert err.splitlines() == [
        "3 clips",
        "can be changed: text, accepted; a new column becomes a fact",
        "next: change cells, save, then audioset decide --from clips.csv",
    ]
    assert said("decide", "--from", "clips.csv") == (0, "", "nothing new to decide\n")
    edit("clips.csv", "line of source 0,", "the kettle,no")
    code, out, err = said("decide", "--from", "clips.csv", "--dry-run")
    assert "the kettle" in out
    assert err == "would record 2 decisions: text 1, accepted 1; nothing was recorded\n"
    assert said("decide", "--from", "clips.csv") == (
        0,
        "",
        "2 decisions recorded: text 1, accepted 1; audioset publish takes them up\n",
    )
    code, out, _ = said("export", "table", "clips.csv", "--json")
    assert (code, json.loads(out)["error"]["kind"]) == (1, "already_exists")


def test_what_is_not_taken_is_listed_and_ends_with_3(
    ws: Workspace, said: Callable[..., Said]
) -> None:
    said("export", "table", "isla.csv")
    said("export", "table", "mairi.csv")
    for name in ("isla", "mairi"):
        edit(f"{name}.csv", "line of source 0", f"{name} says")
    edit("mairi.csv", ",speaker0", ",speaker9")
    assert said("decide", "--from", "isla.csv", "--by", "isla")[0] == 0
    edit("mairi.csv", ",0.25,", ",9,")
    code, out, err = said("decide", "--from", "mairi.csv", "--by", "mairi")
    assert code == 3
    assert [line.split()[0] for line in out.splitlines()[2:]] == ["2", "2"]
    assert "isla says (isla)" in out
    assert "changed by others" in out
    assert "measured, not decided" in out
    assert err.splitlines()[0].startswith("1 decision recorded: speaker 1")
    assert "run this again with --overwrite" in err
    code, out, _ = said("decide", "--from", "mairi.csv", "--json", "--overwrite")
    told = json.loads(out)
    assert (code, told["num_by_field"]) == (3, {"text": 1})
    assert [cell["kind"] for cell in told["untaken"]] == ["measured"]


def test_rows_about_no_clip_are_told(said: Callable[..., Said]) -> None:
    said("export", "table", "clips.csv")
    text = Path("clips.csv").read_text("utf-8-sig")
    clip = text.splitlines()[1].partition(",")[0]
    Path("t.csv").write_text(f"clip_id,mood\n{clip},glad\n{clip[:-1]},sad\n,none\n")
    code, out, err = said("decide", "--from", "t.csv")
    assert (code, out) == (3, "")
    assert err.splitlines() == [
        "note: column 'mood' is new: it becomes a fact of its own",
        f"row 3: there is no clip {clip[:-1]}; did you mean {clip}?",
        "row 4 names no clip, and decides nothing",
        "2 clips not in the table: they stay as they are",
        "1 decision recorded: mood 1; audioset publish takes them up",
    ]


@pytest.mark.parametrize(
    "words",
    [["--sheet", "x"], ["--dry-run"], ["--overwrite"], ["--from", "t.csv", "--set", "a=b"]],
)
def test_flags_of_tables_go_with_a_table_alone(words: list[str], said: Callable[..., Said]) -> None:
    code, out, err = said("decide", *words)
    assert (code, out) == (2, "")
    assert "--from" in err
