"""Tables of clips, both ways: nothing changed decides nothing, and what changed comes back."""

import csv
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from audioset import Decision
from audioset.cli.app import run
from audioset.errors import AlreadyExistsError, InvalidInputError, NotFoundError
from audioset.interop.clip_tables.cells import spoilt_cell
from audioset.records.manifest import table_from_clips
from audioset.records.table_cell import from_cell, to_cell
from audioset.storage.tables import read_manifest, read_manifest_metadata, write_manifest
from audioset.workspace import Workspace, init, open_workspace
from tests.workspaces import add_source, make_clip

# What programs for tables like to change, run, or cut off.
TEXTS = (
    "=1+1", "+44 7700", "-5", "@sum", "007", "3-4", "12345678901234567890", "1.10", "1e5",
    "line\nbreak", "TRUE", "née ß 😀", "שלום עולם", "=cmd|' /C calc'!A0", " spaced ", "NA", "null",
    "'quoted", "'=x", 'a,b;c\td"e', "_x000D_", None, "", "May 5", "3:30", "\ttab", "a" * 500,
    "1,5", "old\r\nends", "bell\x07",
)  # fmt: skip
FACTS = {"shoe": "42", "=odd": "+1", "empty": ""}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with every text, a rejected clip, and facts without a column."""
    ws = init(tmp_path_factory.mktemp("made") / "scots")
    ws.clips_dir.mkdir()
    clips = []
    for number, text in enumerate(TEXTS):
        clip, flac = make_clip(
            "talk.mp4",
            number,
            text=text,
            speaker=f"s{number % 3}",
            age="007" if number % 2 else None,
            snr_db=12.345 + number,
            line=number or None,
            extra=FACTS if number % 2 else {},
        )
        clips.append(clip)
        (ws.clips_dir / f"{clip.clip_id}.flac").write_bytes(flac)
    ws.manifests_dir.mkdir()
    write_manifest(ws.manifests_dir / f"{clips[0].source_id}.parquet", table_from_clips(clips))
    ws.decide(Decision("clip", clips[0].clip_id, "accepted", False), by="isla")
    return ws.folder


@pytest.fixture
def ws(made: Path, tmp_path: Path) -> Workspace:
    return open_workspace(shutil.copytree(made, tmp_path / "scots"))


def read(path: Path) -> list[list[Any]]:
    """Give a table as another program would, the header first."""
    if path.suffix == ".xlsx":
        page = openpyxl.load_workbook(path)["clips"]
        return [[cell.value for cell in row] for row in page.iter_rows()]
    delimiter = "\t" if path.suffix == ".tsv" else ","
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


def edit(path: Path, change: Callable[[list[list[Any]]], object]) -> Path:
    """Change the rows of a table in its place, as a person does."""
    rows = read(path)
    change(rows)
    if path.suffix != ".xlsx":
        delimiter = "\t" if path.suffix == ".tsv" else ","
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows(rows)
        return path
    book = openpyxl.load_workbook(path)
    page = book["clips"]
    page.delete_rows(1, page.max_row)
    for row in rows:
        page.append(row)
    for cells in page.iter_rows():
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = "s"
    book.save(path)
    return path


def put(path: Path, row: int, column: str, value: object) -> Path:
    """Write one cell; rows are counted from 1, the header not counted."""

    def change(rows: list[list[Any]]) -> None:
        rows[row][rows[0].index(column)] = value

    return edit(path, change)


def texts_of(ws: Workspace) -> list[str | None]:
    from audioset.curation.workspace.effective import read_all_effective

    return read_all_effective(ws.working)["text"].to_pylist()


def test_a_table_holds_every_clip_and_what_people_change_comes_first(ws: Workspace) -> None:
    done = ws.export_table(ws.folder / "clips.xlsx")
    header, *rows = read(done.path)
    assert header[:5] == ["clip_id", "text", "speaker", "accepted", "split"]
    assert header[-1] == "exported"
    assert header == list(done.columns)
    assert set(done.editable) >= {"text", "shoe", "=odd", "accent", "line"}
    assert not {"snr_db", "length_seconds", "exported", "clip_id"} & set(done.editable)
    assert (len(rows), done.num_clips, done.num_links) == (len(TEXTS),) * 3
    assert rows[0][header.index("accepted")] == "no"
    assert rows[0][header.index("snr_db")] == 12.345


def test_a_workbook_is_made_to_be_edited(ws: Workspace) -> None:
    path = ws.export_table(ws.folder / "tables" / "clips.xlsx").path
    book = openpyxl.load_workbook(path)
    page = book["clips"]
    assert page.freeze_panes == "B2"
    assert page.auto_filter.ref.startswith("A1:")
    assert book["exported"].sheet_state == "hidden"
    assert [each.formula1 for each in page.data_validations.dataValidation] == [
        '"yes,no,unsure"',
        '"train,validation,test"',
    ]
    for number, cell in enumerate(page["B"][1:]):
        assert (cell.number_format, cell.data_type) != ("General", "f"), TEXTS[number]
    for cell in page["A"][1:]:
        audio = (path.parent / cell.hyperlink.target).resolve()
        assert audio == ws.clips_dir / f"{cell.value}.flac"
        assert audio.is_file()


def test_a_condition_and_columns_choose_what_is_written(ws: Workspace) -> None:
    done = ws.export_table(
        ws.folder / "some.csv", where="snr_db < 15 and accepted is null", columns=("shoe", "text")
    )
    assert done.columns == ("clip_id", "shoe", "text", "exported")
    assert (done.num_clips, done.num_others) == (2, len(TEXTS) - 2)
    assert ws.decide_table(done.path).num_missing == 0
    with pytest.raises(InvalidInputError, match="'speeker'; did you mean speaker"):
        ws.export_table(ws.folder / "t.csv", columns="speeker")
    with pytest.raises(InvalidInputError, match="holds for none of 30 clips"):
        ws.export_table(ws.folder / "t.csv", where="snr_db > 1000")
    with pytest.raises(InvalidInputError, match=r"end with \.xlsx, \.csv or \.tsv"):
        ws.export_table(ws.folder / "t.ods")
    with pytest.raises(AlreadyExistsError, match="audioset decide --from"):
        ws.export_table(done.path)
    assert ws.export_table(done.path, overwrite=True).num_clips == len(TEXTS)


def test_a_workspace_without_clips_has_no_table(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="audioset cut"):
        init(tmp_path / "new").export_table(tmp_path / "clips.csv")


def test_a_text_that_no_cell_can_hold_is_told(ws: Workspace) -> None:
    clip = read(ws.export_table(ws.folder / "a.csv").path)[1][0]
    ws.decide(Decision("clip", clip, "text", "a" * 40_000))
    with pytest.raises(InvalidInputError, match=rf"'text' of clip {clip} has 40,000 letters"):
        ws.export_table(ws.folder / "b.xlsx")
    assert ws.decide_table(ws.export_table(ws.folder / "b.csv").path).changes == ()


def by_openpyxl(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    book.save(path)


def by_pandas(path: Path) -> None:
    """As people do it, with the hidden sheet, the formats and the types gone."""
    if path.suffix == ".xlsx":
        pd.read_excel(path).to_excel(path, index=False)
    else:
        separator = "\t" if path.suffix == ".tsv" else ","
        pd.read_csv(path, sep=separator).to_csv(path, sep=separator)


def in_german(path: Path) -> None:
    """As Excel saves it there: semicolons, decimal commas, its own words, UTF-16."""
    rows = [
        [f"{cell}".replace(".", ",") if is_number(cell) else cell for cell in row]
        for row in read(path)
    ]
    text = "\r\n".join(";".join(quoted(cell) for cell in [*row, "", ""]) for row in rows)
    path.write_bytes((text + "\r\n;;;\r\n").replace(";;;\r\n", "").encode("utf-16"))


def is_number(cell: str) -> bool:
    return cell.replace(".", "", 1).isdigit() and "." in cell


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set(';"\n') else cell


@pytest.mark.parametrize(
    ("suffix", "program"),
    [
        *[(suffix, None) for suffix in (".xlsx", ".csv", ".tsv")],
        *[(suffix, by_pandas) for suffix in (".xlsx", ".csv", ".tsv")],
        (".xlsx", by_openpyxl),
        (".csv", in_german),
    ],
)
def test_a_table_without_a_change_decides_nothing(
    ws: Workspace, suffix: str, program: Callable[[Path], None] | None
) -> None:
    path = ws.export_table(ws.folder / f"clips{suffix}").path
    if program is not None:
        program(path)
    done = ws.decide_table(path)
    assert done.changes == ()
    assert {cell.kind for cell in done.untaken} <= {"spoilt"}
    assert done.all_taken
    assert texts_of(ws) == list(TEXTS)


WORDS = ("aye", "naw", "=2+2", "", "8-9", "0042", "שלום", "two\nlines", "😀", "'x", "TRUE", " a")
EDITED = {
    "accepted": ("yes", "no", ""),
    "split": ("train", "test", ""),
    **dict.fromkeys(("text", "speaker", "accent", "shoe", "mood"), WORDS),
}


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_a_thousand_random_edits_come_back_exactly(ws: Workspace, suffix: str) -> None:
    """Every cell that was changed is decided, and no other."""
    chance = random.Random(suffix)
    num_edits = 0
    while num_edits < 500:
        path = ws.export_table(ws.folder / f"clips{suffix}", overwrite=True).path
        rows = read(path)
        if "mood" not in rows[0]:
            rows = [[*row, "mood" if row is rows[0] else ""] for row in rows]
        shown = {(row[0], name): from_cell(row[rows[0].index(name)] or "")
                 for row in rows[1:] for name in EDITED}  # fmt: skip
        wanted = {}
        for _ in range(150):
            row, name = chance.choice(rows[1:]), chance.choice([*EDITED])
            value = chance.choice(EDITED[name])
            row[rows[0].index(name)] = to_cell(value) if suffix == ".csv" else value or None
            wanted[row[0], name] = value if name == "text" else value.strip()
        wanted = {key: value for key, value in wanted.items() if value != shown[key]}
        done = ws.decide_table(edit(path, lambda old, new=rows: old.__setitem__(slice(None), new)))
        assert {(each.subject_id, each.field): each.after for each in done.changes} == wanted
        assert done.untaken == ()
        num_edits += len(wanted)
        now = ws.to_pandas().set_index("clip_id").astype(object)
        for (clip, name), value in wanted.items():
            held = now.loc[clip].get(name)
            held = {True: "yes", False: "no"}.get(held, held) if name == "accepted" else held
            assert ("" if pd.isna(held) else held) == value, (clip, name)


@pytest.fixture
def two(ws: Workspace) -> tuple[Workspace, Path, Path]:
    """The same table in the hands of two people."""
    path = ws.export_table(ws.folder / "clips.xlsx").path
    return ws, path, Path(shutil.copy(path, ws.folder / "mairi.xlsx"))


def test_what_two_people_changed_is_a_conflict_and_told(
    two: tuple[Workspace, Path, Path],
) -> None:
    ws, isla, mairi = two
    ws.decide_table(put(put(isla, 2, "text", "isla says"), 3, "accent", "perth"), by="isla")
    put(put(mairi, 2, "text", "mairi says"), 5, "text", "only mairi")
    done = ws.decide_table(mairi, by="mairi")
    assert [(each.row, each.field, each.after) for each in done.changes] == [
        (6, "text", "only mairi")
    ]
    (conflict,) = done.conflicts
    assert (conflict.row, conflict.field, conflict.base) == (3, "text", TEXTS[1])
    assert (conflict.theirs, conflict.theirs_by, conflict.mine) == (
        "isla says",
        "isla",
        "mairi says",
    )
    assert (done.num_theirs, done.all_taken) == (1, False)
    assert texts_of(ws)[1] == "isla says"
    won = ws.decide_table(mairi, by="mairi", overwrite=True)
    assert [each.after for each in won.changes] == ["mairi says"]
    assert ws.decide_table(mairi).all_taken


def test_one_person_goes_on_with_a_table_that_decided(two: tuple[Workspace, Path, Path]) -> None:
    ws, path, copy = two
    put(put(path, 2, "text", "first"), 3, "text", "other")
    assert ws.decide_table(path).num_decisions == 2
    assert ws.decide_table(path).changes == ()
    moved = put(path, 2, "text", "second").rename(ws.folder / "renamed.xlsx")
    assert [each.after for each in ws.decide_table(moved).changes] == ["second"]
    # The other copy, in the place of the first, is another person's.
    put(copy, 2, "text", "third").rename(path)
    assert [cell.theirs for cell in ws.decide_table(path).conflicts] == ["second"]


def test_rows_of_two_exports_are_each_held_against_their_own(ws: Workspace) -> None:
    first = ws.export_table(ws.folder / "a.csv", columns="text").path
    clips = [row[0] for row in read(first)[1:]]
    ws.decide(Decision("clip", clips[3], "text", "decided between"), by="isla")
    second = ws.export_table(ws.folder / "b.csv", columns="text").path
    put(put(first, 4, "text", "mine of the first"), 5, "text", "mine of another")

    def join(rows: list[list[Any]]) -> None:
        rows[1:] = [*read(first)[4:6], *rows[7:]]

    done = ws.decide_table(edit(second, join))
    assert [each.after for each in done.changes] == ["mine of another"]
    assert [cell.theirs for cell in done.conflicts] == ["decided between"]
    assert done.num_missing == 4


def test_the_same_change_twice_is_no_conflict(two: tuple[Workspace, Path, Path]) -> None:
    ws, isla, mairi = two
    for path in (isla, mairi):
        put(path, 4, "text", "both say")
    assert ws.decide_table(isla).num_decisions == 1
    assert ws.decide_table(mairi).changes == ()


def test_an_emptied_cell_empties_its_field_in_a_table_of_ours_alone(ws: Workspace) -> None:
    path = put(ws.export_table(ws.folder / "clips.xlsx").path, 2, "speaker", None)
    clip = read(path)[2][0]
    done = ws.decide_table(path)
    assert [(each.field, each.before, each.after) for each in done.changes] == [
        ("speaker", "s1", "")
    ]
    assert ws.to_pandas().set_index("clip_id").loc[clip, "speaker"] is not None
    foreign = ws.folder / "foreign.csv"
    foreign.write_text(f"clip_id,text,gender\n{clip},,f\n")
    done = ws.decide_table(foreign)
    assert [each.field for each in done.changes] == ["gender"]
    assert done.notes[0].startswith("1 empty cell left as before")
    assert done.num_missing == len(TEXTS) - 1


def test_a_workbook_carries_what_it_was_exported_from(ws: Workspace, made: Path) -> None:
    """Another copy of the workspace, or another person with the same catalog, remembers nothing."""
    path = put(ws.export_table(ws.folder / "clips.xlsx").path, 2, "speaker", None)
    text = put(ws.export_table(ws.folder / "clips.csv").path, 2, "speaker", "")
    shutil.rmtree(ws.folder / ".exported")
    assert [each.after for each in ws.decide_table(path, dry_run=True).changes] == [""]
    done = ws.decide_table(text)
    assert done.changes == ()
    assert "is not known here" in done.notes[0]


def test_a_dry_run_records_nothing(ws: Workspace) -> None:
    path = put(ws.export_table(ws.folder / "clips.csv").path, 2, "text", "aye")
    done = ws.decide_table(path, dry_run=True)
    assert (done.num_by_field, done.dry_run) == ({"text": 1}, True)
    assert texts_of(ws) == list(TEXTS)


def test_a_measured_cell_that_was_changed_is_told(ws: Workspace) -> None:
    path = put(ws.export_table(ws.folder / "clips.xlsx").path, 2, "snr_db", 99)
    (cell,) = ws.decide_table(path).untaken
    assert (cell.kind, cell.field, cell.base, cell.mine) == ("measured", "snr_db", "13.345", "99")


def test_rows_may_be_sorted_taken_out_and_doubled(ws: Workspace) -> None:
    def change(rows: list[list[Any]]) -> None:
        text = rows[0].index("text")
        rows[5][text] = "changed"
        header, *body = rows
        kept = [*body[:3], *body[4:]]
        rows[:] = [["Our clips"], [], header[::-1]]
        rows += [row[::-1] for row in [*reversed(kept), body[4]]]

    path = edit(ws.export_table(ws.folder / "clips.xlsx").path, change)
    done = ws.decide_table(path)
    assert [(each.field, each.after) for each in done.changes] == [("text", "changed")]
    assert done.num_missing == 1


def test_rows_that_contradict_each_other_are_refused(ws: Workspace) -> None:
    def change(rows: list[list[Any]]) -> None:
        rows.append([*rows[3]])
        rows[3][1] = "one thing"

    path = edit(ws.export_table(ws.folder / "clips.csv").path, change)
    with pytest.raises(InvalidInputError, match=r"rows 4 and \d+ are both about clip .*'one thing"):
        ws.decide_table(path)
    assert texts_of(ws) == list(TEXTS)


def test_columns_may_be_renamed_added_and_left_without_a_name(ws: Workspace) -> None:
    def change(rows: list[list[Any]]) -> None:
        places = [rows[0].index(name) for name in ("text", "speaker", "clip_id")]
        for place, name in zip(places, ("What is said", "Speaker", "Clip ID"), strict=True):
            rows[0][place] = name
        for row in rows:
            row += ["mood" if row is rows[0] else "", "" if row is rows[0] else "scribble"]
        rows[2][places[0]], rows[2][-2] = "changed", "glad"

    done = ws.decide_table(edit(ws.export_table(ws.folder / "clips.csv").path, change))
    assert [(each.field, each.after) for each in done.changes] == [
        ("text", "changed"),
        ("mood", "glad"),
    ]
    told = "\n".join(done.notes)
    assert "'Speaker' is read as speaker" in told
    assert "'What is said' is read as text, whose cells it holds" in told
    assert "'mood' is new: it becomes a fact" in told
    assert "has no name: its 30 cells decide nothing" in told


def test_two_columns_of_one_name_are_refused(ws: Workspace) -> None:
    path = ws.export_table(ws.folder / "clips.csv", columns=("text", "gender")).path
    edit(path, lambda rows: rows[0].__setitem__(2, "Text"))
    with pytest.raises(InvalidInputError, match="'text' and 'Text' are both read as text"):
        ws.decide_table(path)


def test_unknown_clips_are_told_with_the_nearest(ws: Workspace) -> None:
    path = ws.export_table(ws.folder / "clips.csv", columns="text").path
    rows = read(path)
    ids = [row[0] for row in rows[1:]]
    table = ws.folder / "foreign.csv"
    table.write_text(
        f"clip_id,text\n{ids[0][:-1]}9,misspelt\n{ids[1]}.flac,known\n,nobody\n", encoding="utf-8"
    )
    done = ws.decide_table(table)
    assert [each.after for each in done.changes] == ["known"]
    assert [(each.row, each.nearest) for each in done.unknown] == [(2, ids[0]), (4, None)]
    assert not done.all_taken
    table.write_text("clip_id,text\nnothing,here\n")
    with pytest.raises(NotFoundError, match=r"names no clip of .*row 2 says 'nothing'"):
        ws.decide_table(table)


def test_clips_that_are_gone_since_are_told(ws: Workspace) -> None:
    path = put(ws.export_table(ws.folder / "clips.csv").path, 2, "text", "of a clip that goes")
    (manifest,) = ws.manifests_dir.iterdir()
    clips = [make_clip("talk.mp4", number)[0] for number in range(5, len(TEXTS))]
    write_manifest(manifest, table_from_clips(clips))
    done = ws.decide_table(path)
    assert [row.is_gone for row in done.unknown] == [True] * 5


def test_clips_that_a_person_removed_are_told_with_the_way_back(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(ws.export_table(ws.folder / "clips.csv").path, 2, "text", "of a clip that goes")
    clip, other = (row[0] for row in read(path)[1:3])
    ws.remove([clip], yes=True)
    assert [row.removed for row in ws.decide_table(path).unknown] == [clip]
    assert run(["decide", "--from", str(path), "--workspace", str(ws.folder)]) == 3
    assert f"{clip} was removed; audioset remove --undo {clip} --yes" in capsys.readouterr().err
    add_source(ws, "other.mp4", 1)
    ws.remove(["talk.mp4"], yes=True)
    back = other.rsplit("-", 2)[0]
    with pytest.raises(NotFoundError, match=rf"audioset remove --undo ({clip}|{back}) --yes"):
        ws.decide_table(path)
    ws.remove([back], undo=True, yes=True)
    assert other not in [row.subject_id for row in ws.decide_table(path).unknown]


def test_another_sheet_is_found_and_can_be_named(ws: Workspace) -> None:
    path = put(ws.export_table(ws.folder / "clips.xlsx").path, 2, "text", "changed")
    book = openpyxl.load_workbook(path)
    book.create_sheet("My notes", 0).append(["call isla", "on monday"])
    book.save(path)
    done = ws.decide_table(path, dry_run=True)
    assert (done.sheet, done.num_decisions) == ("clips", 1)
    assert done.notes[0].startswith("read is the sheet 'clips', not 'My notes'")
    assert ws.decide_table(path, sheet="clips", dry_run=True).notes == ()
    with pytest.raises(InvalidInputError, match=r"My notes'?.*one of them is clip_id|clip_id"):
        ws.decide_table(path, sheet="My notes")
    with pytest.raises(InvalidInputError, match="has no sheet 'mine'"):
        ws.decide_table(path, sheet="mine")


def test_a_table_of_speakers_decides_about_all_their_clips(ws: Workspace) -> None:
    table = ws.folder / "speakers.csv"
    table.write_text("Speaker,gender,age,mood\ns0,f,,\ns1,m,34,glad\nsx,f,,\n")
    done = ws.decide_table(table)
    assert (done.subject_kind, done.num_decisions) == ("speaker", 4)
    assert [(each.row, each.subject_id) for each in done.unknown] == [(4, "sx")]
    frame = ws.to_pandas(where="speaker = 's1'", columns=("gender", "age", "mood"))
    assert frame.drop_duplicates().values.tolist() == [["m", "34", "glad"]]
    assert ws.decide_table(table).changes == ()
    table.write_text("speaker,gender,mood\ns1,m,glad\ns0,f,\ns1,m,sad\n")
    with pytest.raises(
        InvalidInputError, match=r"rows 2 and 4 .* different things of 'mood'; take"
    ):
        ws.decide_table(table)
    table.write_text("speaker,gender,mood\ns1,f,glad\ns0,f,\ns1,f,glad\n")
    assert [change.row for change in ws.decide_table(table).changes] == [2]
    table.write_text("speaker,line\ns0,7\n")
    with pytest.raises(InvalidInputError, match="row 2: 'line' is decided for a clip"):
        ws.decide_table(table)


def put_speakers(ws: Workspace) -> Path:
    """Write a workbook of speakers as people keep one, behind a sheet of something else."""
    book = openpyxl.Workbook()
    book.active.append(["call isla", "on monday"])
    page = book.create_sheet("Speakers")
    page.append(["Everybody"])
    page.append(["Video", "Speaker", "Sex", "Class", "Location", "Subset", "Remarks"])
    page.append(["talk", "s0", "f", "working", "Leith", "A", "aye"])
    page.append(["Talk.mp4, talk.mp4", "s1", "m", "middle", "Perth", "B", ""])
    book.save(ws.folder / "speakers.xlsx")
    return ws.folder / "speakers.xlsx"


def test_headings_of_speakers_are_read_as_those_of_ready_clips(ws: Workspace) -> None:
    done = ws.decide_table(put_speakers(ws))
    assert (done.sheet, done.num_by_field) == (
        "Speakers",
        {"gender": 2, "social_class": 2, "location": 2, "Subset": 2, "Remarks": 1},
    )
    assert done.notes == (
        "read is the sheet 'Speakers', not 'Sheet'; name another by sheet",
        "column 'Location' is read as location",
        "column 'Video' names files: it decides nothing",
        "column 'Sex' is read as gender",
        "column 'Class' is read as social_class",
        "column 'Subset' is new: it becomes a fact of its own",
        "column 'Remarks' is new: it becomes a fact of its own",
    )
    frame = ws.to_pandas(where="speaker = 's0'", columns=("social_class", "gender"))
    assert frame.drop_duplicates().values.tolist() == [["working", "f"]]
    assert ws.decide_table(ws.folder / "speakers.xlsx").changes == ()


def test_a_fact_that_clips_have_is_not_split_by_its_heading(ws: Workspace) -> None:
    clip = next(ws.clips_dir.iterdir()).stem
    ws.decide(Decision("clip", clip, "Class", "working"), by="isla")
    done = ws.decide_table(put_speakers(ws), dry_run=True)
    assert "Class" in done.num_by_field
    assert "social_class" not in done.num_by_field
    assert any(
        "'Class' stays the fact 'Class', which clips have already; name the column social_class"
        in note
        for note in done.notes
    )


def test_people_called_as_files_are_no_files_and_an_exported_table_stays_exact(
    ws: Workspace,
) -> None:
    table = ws.folder / "speakers.csv"
    table.write_text("speaker,Interviewer\ns0,talk\ns1,talk\n")
    assert ws.decide_table(table, dry_run=True).num_by_field == {"Interviewer": 2}

    def add(rows: list[list[Any]]) -> None:
        for row in rows:
            row.append("Class" if row is rows[0] else "third")

    done = ws.decide_table(edit(ws.export_table(ws.folder / "clips.csv").path, add), dry_run=True)
    assert done.num_by_field == {"Class": len(TEXTS)}


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("text,clip_id,line\naye,{0},x\n", "row 2: line is a whole number from 1; got 'x'"),
        ("clip_id,split\n{0},dev\n", "row 2: split is train, validation or test"),
        ("clip_id,accepted\n{0},maybe\n", "row 2: accepted is true, false or unsure; got 'maybe'"),
        ("clip_id,text\n{4},#REF!\n", "row 2, 'text': '#REF!' is one of the errors of a"),
        ("clip_id,text,line\n{0},a,x\n{1},b,x\n{2},c,x\n{3},d,x\n", "line.*; and 1 more"),
    ],
)
def test_a_value_that_its_field_cannot_have_is_told_with_its_row(
    ws: Workspace, table: str, reason: str
) -> None:
    ids = [path.stem for path in sorted(ws.clips_dir.iterdir())]
    path = ws.folder / "t.csv"
    path.write_text(table.format(*ids))
    with pytest.raises(InvalidInputError, match=reason):
        ws.decide_table(path)
    assert texts_of(ws) == list(TEXTS)


def test_what_programs_in_other_languages_call_true_is_read(ws: Workspace) -> None:
    ids = [path.stem for path in sorted(ws.clips_dir.iterdir())]
    words = ["WAHR", "VRAI", "1.0", "yes", "accepted", "FALSCH", "FAUX", "0", "no", "Rejected"]
    path = ws.folder / "t.csv"
    rows = [";".join(row) for row in zip(ids[1:11], words, strict=True)]
    path.write_text("\n".join(["clip_id;accepted", *rows]))
    assert ws.decide_table(path).num_by_field == {"accepted": 10}
    assert ws.to_pandas()["accepted"].tolist()[1:11] == [True] * 5 + [False] * 5


@pytest.mark.parametrize(
    ("before", "cell", "is_spoilt"),
    [
        ("007", "7", True),
        ("7", "007", False),
        ("42", "42.0", True),
        ("42", "43.0", False),
        ("1.10", "1,1", True),
        ("12345678901234567890", "1.23457E+19", True),
        ("12345678901234567890", "12345678901234600000", True),
        ("1e5", "100000", True),
        ("3-4", "2026-04-03 00:00:00", True),
        ("3-4", "03. Apr", True),
        ("3-4", "Mar-04", True),
        ("3-4", "three to four", False),
        ("May 5", "05-May", True),
        ("3:30", "03:30:00", True),
        ("3:30", "04:30:00", False),
        ("true", "TRUE", True),
        ("true", "True story", False),
        ("null", "", True),
        ("nothing", "", False),
        ("'=x", "=x", True),
        ("=x", "", False),
    ],
)
def test_what_a_program_makes_of_a_cell_is_told_from_what_a_person_writes(
    before: str, cell: str, is_spoilt: bool
) -> None:
    assert bool(spoilt_cell(before, cell)) is is_spoilt


def test_a_cell_that_a_program_spoilt_is_left_and_told(ws: Workspace) -> None:
    path = ws.export_table(ws.folder / "clips.csv").path
    put(put(path, TEXTS.index("007") + 1, "text", "7"), TEXTS.index("NA") + 1, "text", "")
    done = ws.decide_table(path)
    assert (done.changes, done.all_taken) == ((), True)
    assert [(cell.kind, cell.base, cell.mine) for cell in done.untaken] == [
        ("spoilt", "007", "7"),
        ("spoilt", "NA", ""),
    ]
    assert [note.partition(":")[2] for note in done.notes] == [
        " a program for tables made another form of a number there; to mean it, decide it by clip",
        " a program for tables made nothing of NA there; to mean it, decide it by clip",
    ]


def test_a_fact_named_like_a_column_is_shown_and_not_decided(tmp_path: Path) -> None:
    ws = init(tmp_path / "scots")
    clip, _ = make_clip("talk.mp4", 0, extra={"line": "seven"})
    ws.manifests_dir.mkdir()
    write_manifest(ws.manifests_dir / f"{clip.source_id}.parquet", table_from_clips([clip]))
    done = ws.export_table(ws.folder / "clips.csv")
    assert "extra_line" in done.columns
    assert "extra_line" not in done.editable
    assert ws.to_pandas()["extra_line"].tolist() == ["seven"]
    put(done.path, 1, "extra_line", "eight")
    assert [cell.kind for cell in ws.decide_table(done.path).untaken] == ["measured"]


def test_what_a_stranger_encloses_is_not_believed(ws: Workspace) -> None:
    path = put(ws.export_table(ws.folder / "clips.xlsx").path, 2, "speaker", None)
    shutil.rmtree(ws.folder / ".exported")
    book = openpyxl.load_workbook(path)
    page = book["exported"]
    page["A1"] = "H4sI" + page["A1"].value[4:][::-1]
    book.save(path)
    done = ws.decide_table(path)
    assert done.changes == ()
    assert "is not known here" in done.notes[0]


def test_what_is_forgotten_is_not_remembered_as_exported(ws: Workspace) -> None:
    path = ws.export_table(ws.folder / "clips.csv").path
    assert any((ws.folder / ".exported").iterdir())
    ws.forget(clip=read(path)[4][0], message="asked", yes=True)
    assert not (ws.folder / ".exported").exists()
    assert b"+44" not in b"".join(file.read_bytes() for file in ws.manifests_dir.iterdir())


def test_a_data_frame_has_the_types_of_the_columns(ws: Workspace) -> None:
    frame = ws.to_pandas()
    assert len(frame) == len(TEXTS)
    types = frame.dtypes.astype(str).to_dict()
    assert (types["line"], types["accepted"], types["num_samples"]) == ("Int32", "boolean", "int64")
    assert (types["snr_db"], types["text"], types["shoe"]) == ("float32", "str", "str")
    assert ws.to_pandas(where="line > 27", columns=("line", "shoe"))["line"].tolist() == [28, 29]
    with pytest.raises(InvalidInputError, match="no clip has a column or fact 'shoes'"):
        ws.to_pandas(columns="shoes")


def test_what_pandas_changed_and_saved_is_decided(ws: Workspace) -> None:
    frame = ws.to_pandas(columns=("clip_id", "text", "speaker"))
    frame.loc[1, "text"] = "from pandas"
    frame.to_csv(ws.folder / "t.csv")
    done = ws.decide_table(ws.folder / "t.csv")
    assert [(each.field, each.after) for each in done.changes] == [("text", "from pandas")]


@pytest.mark.parametrize("given", [{"text": "aye"}, ("clip", "a", "text", "aye"), [("clip", "a")]])
def test_what_is_no_decision_is_told(ws: Workspace, given: Any) -> None:
    with pytest.raises(InvalidInputError, match=r"is no decision; write audioset\.Decision\("):
        ws.decide(given)


def manifest_of(ws: Workspace) -> Path:
    (path,) = ws.manifests_dir.iterdir()
    return path


def test_a_manifest_that_pandas_saved_decides_and_is_one_again(ws: Workspace) -> None:
    path = manifest_of(ws)
    before, said = read_manifest(path), read_manifest_metadata(path)
    frame = pd.read_parquet(path)
    frame.loc[3, "text"] = "from pandas"
    frame.loc[4, "speaker"] = None
    frame["mood"] = ["glad", *[None] * (len(frame) - 1)]
    frame.sort_values("text").to_parquet(path)
    with pytest.raises(InvalidInputError, match=r"audioset decide --from .*parquet .*takes over"):
        ws.describe()
    with pytest.raises(InvalidInputError, match="cannot be tried first"):
        ws.decide_table(path, dry_run=True)
    done = ws.decide_table(path)
    assert sorted((each.field, each.after) for each in done.changes) == [
        ("mood", "glad"),
        ("speaker", ""),
        ("text", "from pandas"),
    ]
    assert read_manifest(path).equals(before)
    assert read_manifest_metadata(path) == said
    assert done.notes[0].endswith(f"is kept as {done.path}")
    assert pd.read_parquet(done.path)["text"].tolist().count("from pandas") == 1
    # What was saved decides again like an export, and never takes back what was decided since.
    ws.decide(Decision("clip", done.changes[0].subject_id, "accent", "perth"))
    again = ws.decide_table(done.path)
    assert (again.changes, again.conflicts) == ((), ())
    assert again.num_theirs == 2  # this, and a rejection from before
    with pytest.raises(InvalidInputError, match="is a manifest of this workspace, in which nothi"):
        ws.decide_table(path)


def test_a_manifest_whose_measured_values_were_changed_is_told(ws: Workspace) -> None:
    path = manifest_of(ws)
    frame = pd.read_parquet(path)
    frame.loc[1, "snr_db"] = 99
    frame.iloc[:-2].to_parquet(path)
    done = ws.decide_table(path)
    assert done.changes == ()
    assert [note.partition(":")[0] for note in done.notes[1:]] == [
        "what was measured of 1 clips is not what it was",
        "2 clips were taken out of the file",
    ]
    assert len(ws.to_pandas()) == len(TEXTS) - 2


def test_a_manifest_that_says_nothing_of_its_source_is_told_with_the_way_back(
    ws: Workspace,
) -> None:
    path = manifest_of(ws)
    table = read_manifest(path)
    pq.write_table(table.replace_schema_metadata(None), path)
    with pytest.raises(
        InvalidInputError,
        match="cut the source or check the version out again, and then let it decide",
    ):
        ws.decide_table(path)
    assert pq.read_table(path).num_rows == len(TEXTS)
