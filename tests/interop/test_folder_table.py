"""Clips that were cut by hand, and a spreadsheet with every kind of mistake."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
import soundfile

import audioset
from audioset.interop.importers import ImportReport
from audioset.records.manifest import Clip, clips_from_table, table_from_clips
from audioset.storage.tables import read_manifest, replace_rows
from audioset.workspace import Workspace

RATE = 8000
NUM_CLIPS = 60


def write_clip(path: Path, number: int) -> None:
    """Write a tenth of a second of its own noise."""
    samples = np.random.default_rng(number).normal(0, 0.05, RATE // 10)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, RATE, subtype="PCM_16")


def words(number: int) -> str:
    return f"this is sentence {number}"


# The row of the sheet, its cells, and what becomes of it: fate, file, text of the file.
Row = tuple[list[Any], str, str | None, str | None]
ROWS: list[Row] = [
    *[
        ([f"clip_{n:02d}.wav", words(n), "Isla", "working", 34], "taken", n_name, words(n))
        for n, n_name in ((n, f"clip_{n:02d}.wav") for n in range(1, 11))
    ],
    (["CLIP_11.WAV", words(11)], "respelt", "clip_11.wav", words(11)),
    (["clip 12", words(12)], "respelt", "clip_12.wav", words(12)),
    (["Clip-13.mp3", words(13)], "respelt", "clip_13.wav", words(13)),
    (["recordings\\may\\clip_14.wav", words(14)], "respelt", "clip_14.wav", words(14)),
    (["clip_015", words(15)], "respelt", "clip_15.wav", words(15)),
    (["ele\u0301phant.wav", words(57)], "taken", "el\u00e9phant.wav", words(57)),
    (["clips/clip_16.wav", words(16)], "taken", "clip_16.wav", words(16)),
    (["Clip_O7 b", "x"], "no file", None, None),
    (["Clip_l8", words(18)], "close", "clip_18.wav", words(18)),
    (["clpi_19.wav", words(19)], "close", "clip_19.wav", words(19)),
    (["cllip 20", words(20)], "close", "clip_20.wav", words(20)),
    (["clip_99.wav", words(99)], "no file", None, None),
    (["kettle.wav", words(98)], "no file", None, None),
    (["../../etc/passwd", "x"], "no file", None, None),
    (["/etc/passwd", "x"], "no file", None, None),
    (["C:\\Windows\\CON", "x"], "no file", None, None),
    (["ada/twin.wav", "hers"], "taken", "ada/twin.wav", "hers"),
    (["twin.wav", "whose"], "two fit", None, None),
    (["clip_21.wav", "one"], "contradicts", "clip_21.wav", None),
    (["clip_21.wav", "another"], "contradicts", "clip_21.wav", None),
    (["clip_22.wav", words(22), "Isla"], "doubled", "clip_22.wav", words(22)),
    (["Clip 22", words(22), "Isla"], "doubled", "clip_22.wav", words(22)),
    (["clip_23.wav", words(23), "Isla"], "contradicts", "clip_23.wav", words(23)),
    (["clip_23.wav", words(23), "Rab"], "contradicts", "clip_23.wav", words(23)),
    ([None, words(24)], "no name", None, None),
    (["#REF!", words(24)], "no name", None, None),
    (["clip_24.wav", "#N/A"], "taken", "clip_24.wav", None),
    (["clip_25.wav", "=A1&B1"], "taken", "clip_25.wav", None),
    (["clip_26.wav", None], "taken", "clip_26.wav", None),
    (["broken.wav", "lost"], "failed", "broken.wav", None),
    (["clip_27.wav", words(27), None, None, None, "hoarse"], "taken", "clip_27.wav", words(27)),
]
FIRST_ROW = 4


def write_book(path: Path, rows: list[list[Any]]) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "Clips"
    page.append(["Transcriptions"])
    page.append([])
    page.append(["File name", "Transcription", "Speaker", "Class", "Age", "Remarks"])
    for row in rows:
        page.append(row)
    other = book.create_sheet("People")
    other.append(["Name", "Born"])
    other.append(["Isla", 1990])
    book.save(path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder `clips`, the table beside it, and a workspace that took them."""
    root = tmp_path_factory.mktemp("synced")
    for number in range(1, NUM_CLIPS - 3):
        write_clip(root / "clips" / f"clip_{number:02d}.wav", number)
    write_clip(root / "clips" / "el\u00e9phant.wav", 57)
    write_clip(root / "clips" / "ada" / "twin.wav", 58)
    write_clip(root / "clips" / "rab" / "twin.wav", 59)
    (root / "clips" / "broken.wav").write_bytes(b"RIFF and nothing")
    write_book(root / "Transcriptions.xlsx", [cells for cells, *_ in ROWS])
    return root


@pytest.fixture(scope="module")
def first(made: Path) -> tuple[ImportReport, dict[str, Clip]]:
    ws = audioset.init(made / "scots")
    report = ws.import_folder(made / "clips")
    return report, {clip.source_name: clip for clip in clips_of(report)}


@pytest.fixture
def ws(made: Path, first: object, tmp_path: Path) -> Workspace:
    """A workspace of its own, with the same clips, folder and table."""
    shutil.copytree(made, tmp_path / "synced")
    ws = audioset.open_workspace(tmp_path / "synced" / "scots")
    ws.import_folder(ws.folder.parent / "clips")
    return ws


def clips_of(report: ImportReport) -> list[Clip]:
    return list(clips_from_table(read_manifest(report.manifest)))


def import_again(ws: Workspace, **options: Any) -> ImportReport:
    return ws.import_folder(ws.folder.parent / "clips", **options)


def test_the_table_is_found_and_what_its_columns_became_is_told(
    made: Path, first: tuple[ImportReport, dict[str, Clip]]
) -> None:
    report, _ = first
    assert (report.table, report.sheet) == (made / "Transcriptions.xlsx", "Clips")
    assert report.mapped == (
        ("File name", "file"),
        ("Transcription", "text"),
        ("Speaker", "speaker"),
        ("Class", "social_class"),
        ("Age", "age"),
    )
    assert report.extra == ("Remarks",)
    told = " | ".join(report.notes)
    assert "read is the sheet 'Clips', not 'People'" in told
    assert "row 1 stands above the headings: 'Transcriptions'" in told
    assert "Transcriptions.xlsx, the only one that names files of the folder" in told


def test_every_row_has_the_number_of_the_spreadsheet_and_its_fate(
    first: tuple[ImportReport, dict[str, Clip]],
) -> None:
    report, clips = first
    found = [(row.row, row.name, row.fate, row.file) for row in report.rows]
    names = [str(cells[0] or "").replace("#REF!", "") for cells, *_ in ROWS]
    assert found == [
        (FIRST_ROW + place, name, fate, file)
        for place, ((_, fate, file, _), name) in enumerate(zip(ROWS, names, strict=True))
    ]
    for _, _, file, text in ROWS:
        if file is not None and file != "broken.wav":
            clip = clips[Path(file).name] if file != "ada/twin.wav" else None
            assert clip is None or (clip.text, file) == (text, file)
    assert {clip.text for clip in clips.values() if clip.text} >= {words(1), words(57)}


def test_what_was_wrong_is_said_with_what_may_be_meant(
    first: tuple[ImportReport, dict[str, Clip]],
) -> None:
    report, clips = first
    why = {row.name: row.why for row in report.rows}
    assert why["Clip_l8"] == "'Clip_l8' taken as clip_18.wav"
    assert "did you mean clip_09.wav, which row 12 names?" in why["clip_99.wav"]
    assert why["twin.wav"] == "may be ada/twin.wav or rab/twin.wav"
    assert why["clip_21.wav"].startswith("rows 32 and 33 contradict each other about clip_21.wav")
    assert "(text: 'one' or 'another')" in why["clip_21.wav"]
    assert "(speaker: 'Isla' or 'Rab')" in why["clip_23.wav"]
    assert (clips["clip_23.wav"].speaker, clips["clip_22.wav"].speaker) == (None, "Isla")
    assert why["/etc/passwd"] == "'/etc/passwd' lies outside of the folder"
    problems = {row.row: row.problems for row in report.rows if row.problems}
    assert list(problems) == [39, 40, 41]
    assert problems[41] == (
        "Transcription: nothing is one of the formulas without a result; not taken",
    )
    assert clips["clip_27.wav"].extra == {"Remarks": "hoarse"}


def test_files_without_a_row_are_clips_without_a_text(
    first: tuple[ImportReport, dict[str, Clip]],
) -> None:
    report, clips = first
    named = {file for _, _, file, _ in ROWS}
    assert report.num_clips == len(clips) + 1 == 59  # two are called twin.wav
    assert set(report.without_row) == {
        *[f"clip_{n:02d}.wav" for n in range(1, NUM_CLIPS - 3) if f"clip_{n:02d}.wav" not in named],
        "rab/twin.wav",
    }
    assert (clips["clip_56.wav"].text, clips["clip_56.wav"].text_source) == (None, None)
    assert [name for name, _ in report.failures] == ["broken.wav"]


def test_a_dry_run_writes_nothing_and_tells_the_same(
    made: Path, first: tuple[ImportReport, dict[str, Clip]], tmp_path: Path
) -> None:
    ws = audioset.init(tmp_path / "dry")
    report = ws.import_folder(made / "clips", dry_run=True)
    assert not report.written
    assert sorted(path.name for path in ws.folder.iterdir()) == ["audioset.toml"]
    assert report.mapped == first[0].mapped
    assert [row for row in report.rows if row.file != "broken.wav"] == [
        row for row in first[0].rows if row.file != "broken.wav"
    ]


def test_asked_for_exactness_misspellings_are_questions(made: Path, tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "exact")
    report = ws.import_folder(made / "clips", exact=True, dry_run=True)
    asked = [row for row in report.rows if "did you mean clip_1" in row.why]
    assert [row.name for row in asked] == ["Clip_l8", "clpi_19.wav"]
    assert {row.fate for row in asked} == {"no file"}


def test_the_same_folder_again_changes_nothing_also_renamed_and_moved(ws: Workspace) -> None:
    before = read_manifest(import_again(ws).manifest)
    folder = ws.folder.parent / "clips"
    for place in (folder, ws.folder.parent / "cut by hand", ws.folder.parent / "deep" / "clips"):
        place.parent.mkdir(exist_ok=True)
        folder = folder.rename(place)
        report = ws.import_folder(folder, metadata=ws.folder.parent / "Transcriptions.xlsx")
        assert (report.num_new, report.num_changed, report.num_clips) == (0, 0, 59)
        assert read_manifest(report.manifest).equals(before)
        assert ("at another place" in " ".join(report.notes)) == (
            place.name != "clips" or "deep" in place.parts
        )
    assert len(list(ws.manifests_dir.glob("*.parquet"))) == 1


def test_an_edited_table_changes_texts_and_peoples_decisions_hold(ws: Workspace) -> None:
    ids = {clip.source_name: clip.clip_id for clip in clips_of(import_again(ws))}
    ws.decide([audioset.Decision("clip", ids["clip_02.wav"], "text", "as she says it")])
    rows = [cells for cells, *_ in ROWS]
    rows[0] = ["clip_01.wav", "corrected", "Rab"]
    rows[1] = ["clip_02.wav", "also corrected", "Isla"]
    write_book(ws.folder.parent / "Transcriptions.xlsx", rows)
    report = import_again(ws)
    assert (report.written, report.num_new, report.num_changed) == (True, 0, 2)
    assert any("decided goes before that of row 5 (clip_02.wav)" in note for note in report.notes)
    table = audioset.open_workspace(ws.folder)
    texts = {
        row["clip_id"]: (row["text"], row["speaker"])
        for row in effective(table)
        if row["clip_id"] in (ids["clip_01.wav"], ids["clip_02.wav"])
    }
    assert texts == {
        ids["clip_01.wav"]: ("corrected", "Rab"),
        ids["clip_02.wav"]: ("as she says it", "Isla"),
    }


def effective(ws: Workspace) -> list[dict[str, Any]]:
    from audioset.curation.workspace.effective import read_effective

    rows: list[dict[str, Any]] = read_effective(ws.working).to_pylist()
    return rows


def drop_the_table(ws: Workspace) -> None:
    (ws.folder.parent / "Transcriptions.xlsx").unlink()


def drop_a_row(ws: Workspace) -> None:
    write_book(ws.folder.parent / "Transcriptions.xlsx", [cells for cells, *_ in ROWS[1:]])


def drop_a_file(ws: Workspace) -> None:
    (ws.folder.parent / "clips" / "clip_01.wav").unlink()


def replace_a_file(ws: Workspace) -> None:
    write_clip(ws.folder.parent / "clips" / "clip_01.wav", 1001)


@pytest.mark.parametrize(
    ("change", "num_texts", "files"),
    [
        (drop_the_table, 24, ()),
        (drop_a_row, 1, ()),
        (drop_a_file, 0, ("clip_01.wav",)),
        (replace_a_file, 0, ("clip_01.wav",)),
    ],
)
def test_what_would_be_lost_is_told_and_done_only_when_asked(
    ws: Workspace, change: Callable[[Workspace], None], num_texts: int, files: tuple[str, ...]
) -> None:
    before = clips_of(import_again(ws))
    (clip,) = (each for each in before if each.source_name == "clip_01.wav")
    ws.decide([audioset.Decision("clip", clip.clip_id, "accepted", True)])
    change(ws)
    report = import_again(ws)
    assert not report.written
    assert (len(report.lost.texts), report.lost.files) == (num_texts, files)
    assert report.lost.num_decisions == len(files)
    assert clips_of(report) == before
    done = import_again(ws, yes=True)
    assert done.written
    assert (clip.clip_id in {each.clip_id for each in clips_of(done)}) == (not files)
    assert (ws.clips_dir / f"{clip.clip_id}.flac").exists() == (not files)
    assert not import_again(ws).lost


def test_what_a_person_removed_stays_out_until_it_is_brought_back(ws: Workspace) -> None:
    import_again(ws)
    ws.remove("clip_03.wav", yes=True)
    report = import_again(ws)
    assert (report.num_clips, report.num_new) == (58, 0)
    assert any("removed before, and not taken again: clip_03.wav" in note for note in report.notes)
    ws.remove("clip_03.wav", undo=True, yes=True)
    assert import_again(ws).num_clips == 59
    assert {clip.text for clip in clips_of(import_again(ws))} >= {words(3)}


def test_tables_of_parts_of_a_folder_come_one_after_the_other(made: Path, tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "parts")
    for number, name in ((1, "train"), (2, "test")):
        table = tmp_path / f"{name}.tsv"
        table.write_text(f"path\tsentence\tsplit\nclip_0{number}.mp3\tsaid {number}\t{name}\n")
        report = ws.import_folder(made / "clips", metadata=table, named_only=True)
        assert (report.written, report.num_clips, report.num_new) == (True, number, 1)
    assert [(clip.text, clip.split) for clip in clips_of(report)] == [
        ("said 1", "train"),
        ("said 2", "test"),
    ]


def test_facts_of_all_clips_hold_where_the_table_says_nothing_and_are_remembered(
    made: Path, tmp_path: Path
) -> None:
    ws = audioset.init(tmp_path / "facts")
    options: dict[str, Any] = {"named_only": True, "metadata": made / "Transcriptions.xlsx"}
    ws.import_folder(made / "clips", speaker="Ada", facts={"mood": "calm"}, **options)
    report = ws.import_folder(made / "clips", **options)
    clips = {clip.source_name: clip for clip in clips_of(report)}
    assert [clips[name].speaker for name in ("clip_01.wav", "clip_11.wav")] == ["Isla", "Ada"]
    assert clips["clip_27.wav"].extra == {"mood": "calm", "Remarks": "hoarse"}


def test_folders_are_offered_as_speakers_and_taken_when_asked(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "voices")
    for number, name in enumerate(("ada", "rab")):
        write_clip(tmp_path / "wavs" / name / "one.wav", number)
    report = ws.import_folder(tmp_path / "wavs")
    assert (report.table, report.num_texts, report.rows) == (None, 0, ())
    assert "2 folders (ada, rab); if they are speakers" in report.notes[0]
    report = ws.import_folder(tmp_path / "wavs", folder_as="speaker")
    assert sorted(clip.speaker or "" for clip in clips_of(report)) == ["ada", "rab"]
    assert (report.num_changed, report.notes) == (2, ())


def test_lengths_of_a_table_are_held_against_the_files(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "lengths")
    write_clip(tmp_path / "wavs" / "a.wav", 1)
    write_clip(tmp_path / "wavs" / "b.wav", 2)
    table = tmp_path / "wavs" / "manifest.jsonl"
    table.write_text(
        '{"audio_filepath": "/data/a.wav", "text": "aye", "duration": 0.1}\n'
        '{"audio_filepath": "/data/b.wav", "text": "naw", "duration": 2.5}\n'
    )
    first, second = ws.import_folder(tmp_path / "wavs").rows
    assert not first.problems
    assert second.problems == ("the table says 2.5 s, the file has 0.1 s; is it the right one?",)


def test_what_another_folder_brought_or_a_cut_made_is_not_doubled(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "twice")
    for number in range(3):
        write_clip(tmp_path / "one" / f"{number}.wav", number)
    ws.import_folder(tmp_path / "one")
    (tmp_path / "two").mkdir()
    shutil.copy(tmp_path / "one" / "0.wav", tmp_path / "two" / "0.wav")
    write_clip(tmp_path / "two" / "9.wav", 9)
    report = ws.import_folder(tmp_path / "two")
    assert (report.num_clips, report.num_new) == (1, 1)
    assert report.notes == ("imported before with another folder, and left there: 0.wav",)
    ws.cut(tmp_path / "two", options={"by": "windows", "every_seconds": 1})
    assert len(effective(ws)) == 4


def test_a_cut_of_ready_clips_says_that_they_can_be_imported(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "cut")
    for number in range(6):
        write_clip(tmp_path / "wavs" / f"{number}.wav", number)
    options = {"by": "windows", "every_seconds": 1}
    assert ws.cut(tmp_path / "wavs", options=options).notes == ()
    rows = "".join(f"{number}.wav,said {number}\n" for number in range(6))
    (tmp_path / "list.csv").write_text(f"file,text\n{rows}")
    (note,) = ws.cut(tmp_path / "wavs", options=options).notes
    assert note.startswith(f"{tmp_path / 'wavs'} looks like ready clips: list.csv names its files")
    for number in range(6, 14):  # beside others, which are no clips of the table
        write_clip(tmp_path / "talks" / f"{number}.wav", number)
    (note,) = ws.cut([tmp_path / "wavs", tmp_path / "talks"], options=options).notes
    assert note.startswith(f"{tmp_path / 'wavs'} looks like ready clips")
    cues = "".join(f"0.wav,{number},{number + 1}\n" for number in range(9))
    (tmp_path / "list.csv").write_text(f"file,start,end\n{cues}")
    assert ws.cut(tmp_path / "wavs", options=options).notes == ()


def test_what_a_model_wrote_stays_until_the_table_has_a_text(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "models")
    for number in range(2):
        write_clip(tmp_path / "wavs" / f"{number}.wav", number)
    report = ws.import_folder(tmp_path / "wavs")
    heard = [
        replace(
            clip,
            text="heard",
            text_source="model:ear@1",
            text_score=0.5,
            hypothesis="heard",
            hypothesis_source="model:ear@1",
        )
        for clip in clips_of(report)
    ]
    replace_rows(report.manifest, table_from_clips(heard))
    (tmp_path / "t.csv").write_text("file,text\n0.wav,said\n")
    again = ws.import_folder(tmp_path / "wavs")
    assert (again.num_changed, bool(again.lost)) == (1, False)
    assert [
        (clip.text, clip.text_source, clip.text_score, clip.hypothesis) for clip in clips_of(again)
    ] == [("said", "human", None, "heard"), ("heard", "model:ear@1", 0.5, "heard")]


def test_single_words_under_a_heading_that_nobody_knows_are_asked_about(tmp_path: Path) -> None:
    for number in range(3):
        write_clip(tmp_path / "wavs" / f"{number}.wav", number)
    table = tmp_path / "digits.csv"
    table.write_text(
        "clip,what he says,m/f,room\n0.wav,Zero,m,1\n1.wav,One,m,2\n2.wav,Two,m,2\n", "utf-8"
    )
    ws = audioset.init(tmp_path / "w", name="digits")
    report = ws.import_folder(tmp_path / "wavs", metadata=table, dry_run=True)
    (asked,) = [note for note in report.notes if "known to hold the texts" in note]
    assert "if 'what he says' does" in asked
    assert ("m/f", "gender") in report.mapped
