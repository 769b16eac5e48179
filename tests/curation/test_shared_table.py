"""One table of lines for several recordings: each gets the rows that name it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

import audioset
from audioset.curation.cut.lines.choose import align_options_of, choose_lines
from audioset.curation.cut.lines.shared_table import rows_wanted, tell_rows
from audioset.documents.transcripts.row_facts import tell_columns
from audioset.errors import InvalidInputError
from audioset.records.line_options import TranscriptOptions
from tests.sounds import LINES, write_speech
from tests.word_files import table_document

SOURCES = ("videos/IMG_2310.MP4", "videos/IMG_2311.MP4")
ROWS = [("Video", "No.", "Phrase", "Speaker")] + [
    (f"IMG_{video}.MP4", number, f"{word} of {video}", "Isla")
    for video in (2310, 2311)
    for number, word in enumerate(("aye", "naw"), 1)
]


def book(path: Path, rows: list[tuple[object, ...]]) -> Path:
    made = openpyxl.Workbook()
    for row in rows:
        made.worksheets[0].append(row)
    made.save(path)
    return path


def sheet(path: Path, rows: list[tuple[object, ...]]) -> Path:
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    return path


def texts(path: Path, own: str, sources: tuple[str, ...] = SOURCES) -> list[tuple[int, str]]:
    asked = TranscriptOptions(path=path, aligner="structural")
    chosen = choose_lines(path, asked, align_options_of(asked), rows_wanted(sources, own))
    return [(line.number, line.text) for line in chosen.lines]


@pytest.mark.parametrize(("make", "name"), [(book, "my table.xlsx"), (sheet, "my table.csv")])
def test_each_source_gets_its_rows_numbered_from_one(
    make: Callable[[Path, list[tuple[object, ...]]], Path], name: str, tmp_path: Path
) -> None:
    path = make(tmp_path / name, ROWS)
    assert texts(path, SOURCES[1]) == [(1, "aye of 2311"), (2, "naw of 2311")]
    assert texts(path, SOURCES[0], ()) == [(1, "aye of 2310"), (2, "naw of 2310")]
    told = tell_rows(TranscriptOptions(path=path), SOURCES)
    assert told == (f"4 rows of {name} for 2 sources, by its column 'Video'",)


def test_names_without_ending_in_any_case_and_rows_of_nothing_at_hand(tmp_path: Path) -> None:
    rows = [("File", "Text"), ("img_2310", "aye"), ("img_9", "naw"), ("", "och")]
    path = sheet(tmp_path / "t.csv", rows)
    assert texts(path, SOURCES[0]) == [(1, "aye")]
    told = tell_rows(TranscriptOptions(path=path), SOURCES)
    assert told[1] == "2 rows of t.csv for no source of this cut: 'img_9', no name"
    with pytest.raises(InvalidInputError, match=r"no row is for .*IMG_2311.MP4.*'File'"):
        texts(path, SOURCES[1])


def test_one_of_many_cut_alone_gets_its_rows_also_under_an_unusual_heading(tmp_path: Path) -> None:
    alone = SOURCES[:1]
    groups = [(f"IMG_{n}", f"{word} of {n}") for n in range(2310, 2316) for word in ("aye", "naw")]
    path = sheet(tmp_path / "t.csv", [("Aufnahme", "Text"), *groups])
    assert texts(path, alone[0], alone) == [(1, "aye of 2310"), (2, "naw of 2310")]
    share, others = tell_rows(TranscriptOptions(path=path), alone)
    assert share == "2 rows of t.csv for 1 source, by its column 'Aufnahme'"
    assert others.startswith("10 rows of t.csv for no source of this cut: 'IMG_2311'")
    once = [("" if n % 2 else name, text) for n, (name, text) in enumerate(groups)]
    path = sheet(tmp_path / "t.csv", [("Aufnahme", "Text"), *once])
    assert texts(path, alone[0], alone) == [(1, "aye of 2310"), (2, "naw of 2310")]
    mixed = [("About", "Text"), *groups[::2], *groups[1::2]]  # words that come back name nothing
    assert len(texts(sheet(tmp_path / "t.csv", mixed), alone[0], alone)) == len(groups)


@pytest.mark.parametrize(
    "rows",
    [
        [("No.", "Text"), (1, "aye"), (2, "naw")],
        [("id", "Text"), (1, "aye"), (2, "naw")],
        [("Speaker", "Text"), ("1.mp4", "aye"), ("2.mp4", "naw")],
        [("clip", "Text"), ("a_1.wav", "aye"), ("a_2.wav", "naw")],
    ],
)
def test_numbers_speakers_and_files_of_lines_name_no_recording(
    rows: list[tuple[object, ...]], tmp_path: Path
) -> None:
    path = sheet(tmp_path / "t.csv", rows)
    assert texts(path, "1.mp4", ("1.mp4", "2.mp4")) == [(1, "aye"), (2, "naw")]
    assert tell_rows(TranscriptOptions(path=path), ("1.mp4", "2.mp4")) == ()


def test_a_changed_row_of_another_recording_cuts_nothing_again(tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    write_speech(tmp_path / "videos" / "one.wav")
    write_speech(tmp_path / "videos" / "two.wav", codec="pcm_s24le")
    rows: list[tuple[object, ...]] = [("Video", "Text")]
    rows += [(f"{name}.wav", line) for name in ("one", "two") for line in LINES]
    path = sheet(tmp_path / "t.csv", rows)
    ws = audioset.init(tmp_path / "work", name="scots")

    def statuses() -> list[str]:
        asked = TranscriptOptions(path=path, aligner="structural", anyway=True)
        report = ws.cut(tmp_path / "videos", options={"by": "lines"}, transcript=asked)
        return [source.status for source in report.sources]

    assert statuses() == ["cut", "cut"]
    assert statuses() == ["unchanged", "unchanged"]
    rows[-1] = ("two.wav", "something else that is said")
    sheet(path, rows)
    assert statuses() == ["unchanged", "cut"]
    named = ws.cut(tmp_path / "videos" / "one.wav", facts={"speaker": "isla"})
    assert [source.status for source in named.sources] == ["facts"]  # lines that name nobody
    assert set(ws.to_pandas()["speaker"].dropna()) == {"isla"}
    (tmp_path / "videos" / "one.wav").rename(tmp_path / "videos" / "monday.wav")
    assert statuses() == ["unchanged", "unchanged"]
    sheet(path, [rows[0], ("one.wav", "what the table says of Monday"), *rows[2:]])
    asked = TranscriptOptions(path=path, aligner="structural", anyway=True)
    report = ws.cut(tmp_path / "videos", options={"by": "lines"}, transcript=asked)
    assert [source.status for source in report.sources] == ["cut", "unchanged"]
    assert report.notes[1] == "the table knows monday.wav as 'one.wav', the name at the first cut"


def test_facts_of_the_rows_are_facts_of_the_clips_and_unread_columns_are_told(
    tmp_path: Path,
) -> None:
    write_speech(tmp_path / "one.wav")
    names = ("Text", "Who", "Sex", "Age", "No.", "Remarks")
    rows = [names] + [(line, "isla", "f", 63, n, "loud") for n, line in enumerate(LINES)]
    path = sheet(tmp_path / "t.csv", rows)
    ws = audioset.init(tmp_path / "work", name="scots")
    asked = TranscriptOptions(path=path, aligner="structural", anyway=True)

    def cut(**facts: str) -> audioset.SourceReport:
        return ws.cut(tmp_path / "one.wav", transcript=asked, facts=facts).sources[0]

    def clips() -> set[tuple[str, ...]]:
        columns = ("speaker", "gender", "age", "location")
        return set(ws.to_pandas(columns=columns)[list(columns)].itertuples(index=False, name=None))

    notes = cut(gender="m", location="Leith").warnings
    assert clips() == {("isla", "f", "63", "Leith")}  # rows go before what is said of all
    assert "taken as facts: 'Sex' as gender, 'Age'" in notes
    assert any(note.startswith("not read: 'Remarks' (") for note in notes)
    sheet(path, [names] + [(*row[:3], 64, *row[4:]) for row in rows[1:]])
    assert cut().status == "cut"
    assert clips() == {("isla", "f", "64", "Leith")}
    report = ws.cut(tmp_path / "one.wav", facts={"gender": "female"}, yes=True)
    assert report.sources[0].status == "cut"  # whose gender is whose, only the rows know
    assert clips() == {("isla", "f", "64", "Leith")}

    num_clips = len(ws.to_pandas())
    (exported,) = ws.export_lines()
    assert exported.path.read_text("utf-8-sig").splitlines()[0].endswith(",age,gender")
    asked = replace(asked, path=exported.path)
    cut()
    assert clips() == {("isla", "f", "64", "Leith")}
    asked = replace(asked, path=sheet(path, [("Text",), *[(line,) for line in LINES]]))
    kept = cut()
    assert (kept.status, kept.left_behind.kinds["line_facts"]) == ("kept", num_clips)
    assert clips() == {("isla", "f", "64", "Leith")}


def test_what_a_source_is_called_today_goes_before_what_it_was_called(tmp_path: Path) -> None:
    """Two that swapped their names: each has the rows of the name that it bears."""
    path = sheet(tmp_path / "t.csv", [("File", "Text"), ("a.mp4", "aye"), ("b.mp4", "naw")])
    asked = TranscriptOptions(path=path, aligner="structural")
    wanted = rows_wanted(("a.mp4", "b.mp4"), "a.mp4", first_names={"a.mp4": "b.mp4"})
    chosen = choose_lines(path, asked, align_options_of(asked), wanted)
    assert [line.text for line in chosen.lines] == ["aye"]


ONCE = [
    ("Video", "Text"),
    ("IMG_2310.MP4", "aye"),
    ("", "naw"),
    ("IMG_2311.MP4", "och"),
    ("", "ach"),
]


@pytest.mark.parametrize(
    ("make", "name"), [(book, "t.xlsx"), (sheet, "t.csv"), (table_document, "t.docx")]
)
def test_a_name_that_is_written_once_stands_for_the_rows_below_it(
    make: Callable[[Path, list[tuple[object, ...]]], Path], name: str, tmp_path: Path
) -> None:
    path = make(tmp_path / name, ONCE)
    asked = TranscriptOptions(path=path, aligner="structural")
    chosen = choose_lines(path, asked, align_options_of(asked), rows_wanted(SOURCES, SOURCES[1]))
    assert [line.text for line in chosen.lines] == ["och", "ach"]
    (told,) = chosen.problems
    assert told.startswith("rows with no name in 'Video' belong to the name above them (2)")
    forgotten = make(tmp_path / f"forgotten {name}", [*ONCE, ("IMG_2310.MP4", "aye")])
    assert texts(forgotten, SOURCES[1]) == [(1, "och")]
    assert "2 rows of" in tell_rows(TranscriptOptions(path=forgotten), SOURCES)[1]


def test_a_second_column_of_a_fact_is_told_of_though_it_holds_numbers() -> None:
    header, rows = ["Text", "Age", "Age", "Year", ""], [(2, ("aye", "34", "35", "2024", "7"))]
    told = tell_columns(header, rows, {1: "age"}, (0,))
    assert told[0] == "taken as facts: 'Age'"
    assert told[1].startswith("not read: 'Age' (")
