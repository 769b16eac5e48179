"""A table whose rows name sources: a speaker and facts for all clips of each."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

import audioset
from audioset import Decision
from audioset.cli.app import run
from audioset.errors import InvalidInputError, NotFoundError
from audioset.workspace import Workspace
from tests.workspaces import add_source


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    ws = audioset.init(tmp_path / "scots")
    for number in range(1, 4):
        add_source(ws, f"IMG_{number}.MP4", 2)
    return ws


def table(ws: Workspace, *rows: list[Any]) -> Path:
    """Write a workbook as people keep one: a sheet of lines, and one of who is in which video."""
    book = openpyxl.Workbook()
    lines = book.create_sheet("Lines", 0)
    for row in (["Video", "No.", "Phrase"], ["IMG_1", 1, "aye"]):
        lines.append(row)
    page = book.create_sheet("Speakers")
    for row in rows:
        page.append(row)
    book.save(ws.folder / "table.xlsx")
    return ws.folder / "table.xlsx"


def said(ws: Workspace, *columns: str) -> dict[str, set[tuple[Any, ...]]]:
    """Give what clips of each source say."""
    frame = ws.to_pandas().astype(object)
    frame = frame.where(frame.notna(), None)
    return {
        str(name): set(rows[list(columns)].itertuples(index=False, name=None))
        for name, rows in frame.groupby("source_name")
    }


HEADINGS = ["Video", "Speaker", "Gender", "Year"]


def test_speakers_and_facts_of_videos_are_set_in_one_go_and_undone(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    path = table(
        ws,
        HEADINGS,
        ["IMG_1", "Isla", "f", "2023"],
        ["img_2.mov", "Joe", "m", "2024"],
        ["IMG_3.MP4", "Isla", "f", "2025"],
        ["IMG_9", "Mo", "m", "2025"],
    )
    assert run(["decide", "--from", str(path), "--workspace", str(ws.folder)]) == 3  # of IMG_9
    told = capsys.readouterr().err
    assert "by its column 'Video' rows are about sources" in told
    assert "row 5: there is no source IMG_9" in told
    assert "9 decisions recorded: speaker 3, gender 3, Year 3" in told
    wanted = {
        "IMG_1.MP4": {("Isla", "f", "2023")},
        "IMG_2.MP4": {("Joe", "m", "2024")},
        "IMG_3.MP4": {("Isla", "f", "2025")},
    }
    assert said(ws, "speaker", "gender", "Year") == wanted
    ws.decide(Decision("speaker", "Isla", "gender", "female"))  # nothing hides it
    assert said(ws, "gender")["IMG_1.MP4"] == {("female",)}
    ws.undo()
    ws.undo()
    assert said(ws, "speaker", "gender") == {name: {(None, None)} for name in wanted}


def test_the_same_table_again_decides_nothing_and_a_corrected_one_its_change(ws: Workspace) -> None:
    rows = [["IMG_1", "Ilsa", "f", "2023"], ["IMG_3", "Ilsa", "f", "2025"]]
    assert ws.decide_table(table(ws, HEADINGS, *rows)).subject_kind == "source"
    assert ws.decide_table(table(ws, HEADINGS, *rows)).changes == ()
    rows[0][1], rows[1][3] = "Isla", "2023"
    changes = ws.decide_table(table(ws, HEADINGS, *rows)).changes
    assert [(each.row, each.field, each.before, each.after) for each in changes] == [
        (2, "speaker", "Ilsa", "Isla"),
        (3, "Year", "2025", "2023"),
    ]
    found = said(ws, "speaker", "Year")
    assert (found["IMG_1.MP4"], found["IMG_3.MP4"]) == ({("Isla", "2023")}, {("Ilsa", "2023")})


def test_facts_of_videos_without_a_speaker_are_those_of_their_clips(ws: Workspace) -> None:
    done = ws.decide_table(table(ws, ["Video", "Town", "Split"], ["IMG_2", "Leith", "test"]))
    assert done.num_by_field == {"location": 1, "split": 1}
    assert said(ws, "location", "split") == {
        "IMG_1.MP4": {(None, None)},
        "IMG_2.MP4": {("Leith", "test")},
        "IMG_3.MP4": {(None, None)},
    }


def test_speakers_who_were_told_apart_in_a_video_are_not_made_one(ws: Workspace) -> None:
    clip = sorted(path.stem for path in ws.clips_dir.glob("img-1-*"))[0]
    ws.decide([Decision("clip", clip, "speaker", "Joe")])
    path = table(ws, HEADINGS, ["IMG_1", "Isla", "f", ""], ["IMG_2", "Mo", "m", ""])
    done = ws.decide_table(path)
    [left] = done.conflicts
    assert (left.row, left.field, left.theirs, left.mine) == (2, "speaker", "Joe, nobody", "Isla")
    assert said(ws, "speaker")["IMG_1.MP4"] == {("Joe",), (None,)}
    assert said(ws, "speaker", "gender")["IMG_2.MP4"] == {("Mo", "m")}
    # Who names the only one speaks of those too of whom nobody said who speaks.
    path = table(ws, HEADINGS, ["IMG_1", "Joe", "m", ""], ["IMG_2", "Mo", "m", ""])
    assert not ws.decide_table(path).conflicts
    assert said(ws, "speaker", "gender")["IMG_1.MP4"] == {("Joe", "m")}
    path = table(ws, HEADINGS, ["IMG_1", "Isla", "f", ""], ["IMG_2", "Mo", "m", ""])
    ws.decide_table(path, overwrite=True)
    assert said(ws, "speaker")["IMG_1.MP4"] == {("Isla",)}


def test_who_names_one_of_two_who_speak_in_a_video_speaks_of_that_one(ws: Workspace) -> None:
    add_source(ws, "IMG_4.MP4", 3)
    clips = sorted(path.stem for path in ws.clips_dir.glob("img-4-*"))
    pairs = zip(clips, ("Joe", "Isla"), strict=False)
    ws.decide([Decision("clip", clip, "speaker", name) for clip, name in pairs])
    assert not ws.decide_table(table(ws, HEADINGS, ["IMG_4", "Joe", "m", ""])).conflicts
    who = said(ws, "speaker", "gender")["IMG_4.MP4"]
    assert who == {("Joe", "m"), ("Isla", None), (None, None)}


def test_what_names_no_source_a_source_twice_or_lines_is_refused(ws: Workspace) -> None:
    with pytest.raises(NotFoundError, match=r"names no source of .*; there are IMG_1\.MP4"):
        ws.decide_table(table(ws, ["Video", "Town"], ["IMG_8", "Leith"]))
    twice = r"rows 2 and 3 are both about source img-1-.*, and say .* 'location'; take"
    with pytest.raises(InvalidInputError, match=twice):
        ws.decide_table(table(ws, ["Video", "Town"], ["IMG_1", "Leith"], ["img 1", "Perth"]))
    agreeing = table(ws, ["Video", "Town"], ["IMG_1", "Leith"], ["img 1", "Leith"])
    assert [change.row for change in ws.decide_table(agreeing).changes] == [2]
    # An empty cell says nothing, in whichever row.
    once = table(ws, ["Video", "Town", "Age"], ["IMG_2", "", "40"], ["img 2", "Wick", ""])
    assert {(one.row, one.after) for one in ws.decide_table(once).changes} == {
        (2, "40"),
        (2, "Wick"),
    }
    # What was measured decides nothing, in whichever row.
    names = ["Video", "Town", "length_seconds"]
    measured = table(ws, names, ["IMG_1", "Perth", "3.5"], ["img 1", "Perth", "4.5"])
    assert [change.field for change in ws.decide_table(measured).changes] == ["location"]
    with pytest.raises(InvalidInputError, match="has texts and sources"):
        ws.decide_table(table(ws, ["Clip", "Note"]))


def test_rows_of_one_speaker_say_together_what_each_leaves_empty(ws: Workspace) -> None:
    ws.decide_table(table(ws, HEADINGS, ["IMG_1", "Isla", "", ""]))
    rows = ["Isla", "", "Wick"], ["Isla", "f", ""]
    ws.decide_table(table(ws, ["Speaker", "Gender", "Town"], *rows))
    assert said(ws, "speaker", "gender", "location")["IMG_1.MP4"] == {("Isla", "f", "Wick")}
