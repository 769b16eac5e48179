"""Tables as spreadsheet programs leave them: read right, or told with the row."""

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from audioset.documents.cues import read_cues
from audioset.documents.decisions import read_deciding_table
from audioset.documents.facts import FactsRow, NamedFiles
from audioset.documents.facts import read_facts_table as read_table
from audioset.documents.transcripts import read_lines
from audioset.errors import InvalidInputError


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def book(path: Path, *rows: list[Any], formats: dict[str, str] | None = None) -> Path:
    made = openpyxl.Workbook()
    page = made.active
    assert page is not None
    for row in rows:
        page.append(row)
    for cell, number_format in (formats or {}).items():
        page[cell].number_format = number_format
    made.save(path)
    return path


def read_facts_table(path: Path) -> tuple[FactsRow, ...]:
    return read_table(path, NamedFiles(["a.wav", "b.wav", "x.mp3", "y.mp3", "z.mp3"])).rows


def spans(path: Path) -> list[tuple[float, float, str | None]]:
    return [(cue.start_seconds, cue.end_seconds, cue.text) for cue in read_cues(path).cues]


def texts(path: Path) -> list[str]:
    return [line.text for line in read_lines(path).lines]


@pytest.mark.parametrize(
    ("value", "number_format", "read", "told"),
    [
        (12.0, "General", "12", ""),
        (7, "000", "007", ""),
        (1e15, "0.00E+00", "1000000000000000", "numbers in a short form are read in full"),
        (True, "General", "TRUE", "truth values are read as words"),
        ("a_x000D_ b", "General", "a b", ""),
        ("x\u00a0", "General", "x", ""),
        ("\u2018tis\u2019", "General", "\u2018tis\u2019", ""),
        ("#N/A", "General", None, "errors of a spreadsheet program are not what was typed"),
        ("=A1", "General", None, "formulas without a result are not what was typed"),
        (dt.date(2026, 2, 1), "d-mmm", None, "dates that a spreadsheet program made are not"),
        (dt.time(1, 30), "h:mm", None, "times that a spreadsheet program made are not"),
    ],
)
def test_what_a_program_made_of_a_line_is_read_right_or_told_with_its_row(
    tmp_path: Path, value: Any, number_format: str, read: str | None, told: str
) -> None:
    path = book(
        tmp_path / "t.xlsx", ["text"], ["first"], [value], ["last"], formats={"A3": number_format}
    )
    found = read_lines(path)
    assert [line.text for line in found.lines] == ["first", *([read] if read else []), "last"]
    assert [problem[: len(told)] for problem in found.problems] == ([told] if told else [])
    assert all("(row 3: " in problem for problem in found.problems)


def test_times_of_a_workbook_are_seconds_also_of_more_than_a_day(tmp_path: Path) -> None:
    path = book(
        tmp_path / "t.xlsx",
        ["start", "end", "text"],
        [dt.time(0, 0, 1), dt.time(0, 0, 2, 500_000), "a"],
        [dt.timedelta(seconds=3), dt.timedelta(seconds=4.5), "b"],
        [1.5, 1.75, "c"],
        [61.5, 61.75, "d"],
        formats={"A4": "[h]:mm:ss", "B4": "h:mm:ss", "A5": "h:mm:ss", "B5": "[mm]:ss"},
    )
    day = 86_400
    assert spans(path) == [
        (1, 2.5, "a"),
        (3, 4.5, "b"),
        (1.5 * day, 1.75 * day, "c"),
        (61.5 * day, 61.75 * day, "d"),
    ]
    assert read_cues(path).unit == "clock"


def test_cells_of_cues_that_hold_no_words_are_told_and_the_span_stays(tmp_path: Path) -> None:
    path = book(
        tmp_path / "t.xlsx",
        ["start", "end", "text"],
        [1, 2, "a"],
        [3, 4, "#REF!"],
        [5, 6, dt.date(2026, 1, 2)],
        [7, 8, "=A1"],
        ["#N/A", 9, "lost"],
    )
    read = read_cues(path)
    assert spans(path) == [(1, 2, "a"), (3, 4, None), (5, 6, None), (7, 8, None)]
    assert [problem[:7] for problem in read.problems] == [
        "line 3:",
        "line 4:",
        "line 5:",
        "line 6:",
    ]


def test_titles_hidden_rows_merged_cells_and_other_sheets(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    hidden = made.active
    assert hidden is not None
    hidden.title, hidden.sheet_state = "old", "hidden"
    hidden.append(["text"])
    page = made.create_sheet("lines")
    for row in (["Session 3"], [], ["text", "speaker"], ["aye", "isla"], ["naw"], ["och", "rab"]):
        page.append(row)
    page.merge_cells("B4:B5")
    page.row_dimensions[5].hidden = True
    made.save(tmp_path / "t.xlsx")
    found = read_lines(tmp_path / "t.xlsx")
    assert [(line.text, line.speaker) for line in found.lines] == [
        ("aye", "isla"),
        ("naw", "isla"),
        ("och", "rab"),
    ]
    assert [problem.partition(" (")[0] for problem in found.problems] == [
        "read is the sheet 'lines', not 'old'",
        "rows that are hidden in the sheet are read too",
        "rows above the table are left out",
    ]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("sep=;\nstart;end;text\n1,5;2,5;a, b, c, d\n", "utf-8"),
        ("start;end;text\r\n1,5;2,5;a, b, c, d\r\n", "utf-8-sig"),
        ("start\tend\ttext\n1,5\t2,5\ta, b, c, d\n", "utf-16"),
        ('start,end,text\n"1,5","2,5","a, b,\nc, d"\n', "utf-8"),
        ("A study;;\nof speech;;\n\nstart;end;text\n1,5;2,5;a, b, c, d\n", "utf-8"),
        ("start|end|text\n1.5|2.5|a, b, c, d\n", "utf-8"),
    ],
)
def test_separators_titles_and_decimal_commas(tmp_path: Path, text: str, encoding: str) -> None:
    assert spans(write(tmp_path / "t.csv", text, encoding)) == [(1.5, 2.5, "a, b, c, d")]


@pytest.mark.parametrize("name", ["t.selections.txt", "t.Table", "t.log", "t"])
def test_a_table_is_known_by_its_names_whatever_its_own(tmp_path: Path, name: str) -> None:
    raven = "Selection\tView\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tAnnotation\n"
    assert spans(write(tmp_path / name, f"{raven}1\tWaveform 1\t1.5\t2.5\t0\taye\n")) == [
        (1.5, 2.5, "aye")
    ]
    praat = "tmin\ttier\ttext\ttmax\n1.5\twords\taye\t2.5\n"
    assert spans(write(tmp_path / name, praat)) == [(1.5, 2.5, "aye")]
    assert spans(write(tmp_path / name, "1.5\t2.5\taye\n")) == [(1.5, 2.5, "aye")]
    json = '[{"start": 1.5, "end": 2.5, "text": "aye"}]'
    assert spans(write(tmp_path / name, json)) == [(1.5, 2.5, "aye")]


def test_a_workbook_under_another_name_is_one_and_others_are_named(tmp_path: Path) -> None:
    path = book(tmp_path / "t.xlsx", ["start", "end", "text"], [1, 2, "aye"])
    named = path.rename(tmp_path / "t.csv")
    assert spans(named) == [(1, 2, "aye")]
    assert texts(named) == ["aye"]
    assert texts(write(tmp_path / "u.txt", "aye\n")) == ["aye"]
    with zipfile.ZipFile(tmp_path / "o.xlsx", "w") as archive:
        archive.writestr("content.xml", "<x/>")
    with pytest.raises(InvalidInputError, match=r"is an OpenDocument file; save it as \.xlsx"):
        read_lines(tmp_path / "o.xlsx")


def test_quotes_that_are_none_lose_no_rows_and_open_ones_are_refused(tmp_path: Path) -> None:
    rows = 'path\tsentence\nx.mp3\t"Hello he said\ny.mp3\tno "quotes" here\nz.mp3\tfine\n'
    found = read_facts_table(write(tmp_path / "t.tsv", rows))
    assert [row.columns["text"] for row in found] == ['"Hello he said', 'no "quotes" here', "fine"]
    for read in (read_facts_table, read_deciding_table, read_lines, read_cues):
        path = write(tmp_path / "o.csv", 'file,clip_id,text,start,end\nx,y,"Hello,1,2\nz,w,u,3,4\n')
        with pytest.raises(
            InvalidInputError, match="line 2: a quote begins here that is not close"
        ):
            read(path)


def test_facts_and_decisions_come_from_workbooks_too(tmp_path: Path) -> None:
    path = book(
        tmp_path / "f.xlsx", ["Our clips"], ["file", "text", "age"], ["a.wav", "aye", 30], ["b.wav"]
    )
    assert [(row.file, row.columns) for row in read_facts_table(path)] == [
        ("a.wav", {"text": "aye", "age": "30", "text_source": "human"}),
        ("b.wav", {}),
    ]
    path = book(
        tmp_path / "d.xlsx", ["clip_id", "text", "accepted"], ["a-1", "aye"], ["a-2", None, True]
    )
    table = read_deciding_table(path)
    assert [(number, [*row]) for number, row in table.rows] == [
        (2, ["a-1", "aye", ""]),
        (3, ["a-2", "", "TRUE"]),
    ]
    broken = book(tmp_path / "f2.xlsx", ["file", "clip_id", "text"], ["a", "a", "#REF!"])
    (row,) = read_facts_table(broken)
    assert (dict(row.columns), row.extra) == ({}, {"clip_id": "a"})
    assert row.problems[0].startswith("text: '#REF!' is one of the errors of a spreadsheet program")


def test_two_columns_of_one_name_are_asked_about(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "start,end,text,text\n1,2,aye,naw\n")
    for read in (read_cues, read_lines):
        with pytest.raises(InvalidInputError, match="has two columns named 'text'"):
            read(path)


def test_errors_are_no_comments(tmp_path: Path) -> None:
    found = read_lines(write(tmp_path / "t.csv", "text,n\n#N/A,1\n#comment,2\naye,3\n"))
    assert [line.text for line in found.lines] == ["aye"]
    (problem,) = found.problems
    assert "(row 2: '#N/A')" in problem


def workbook(path: Path, **sheets: list[list[object]]) -> Path:
    made = openpyxl.Workbook()
    del made[made.sheetnames[0]]
    for title, rows in sheets.items():
        page = made.create_sheet(title)
        for row in rows:
            page.append(row)
    made.save(path)
    return path


PEOPLE: list[list[object]] = [["Video", "Speaker", "Sex"], ["IMG_1", "isla", "f"]]


def test_the_sheet_with_the_lines_is_read_and_the_one_with_facts_is_told(tmp_path: Path) -> None:
    said: list[list[object]] = [["No.", "Phrase"], [1, "aye"], [2, "naw"]]
    orders = ({"People": PEOPLE, "Lines": said}, {"Lines": said, "People": PEOPLE})
    for number, sheets in enumerate(orders):
        found = read_lines(workbook(tmp_path / f"my table {number}.xlsx", **sheets))
        assert [line.text for line in found.lines] == ["aye", "naw"]
        assert list(found.problems) == [
            "read is the sheet 'Lines', not 'People'",
            f"facts in the sheet 'People': audioset decide --from 'my table {number}.xlsx' "
            "--sheet People",
        ]
    bare = workbook(tmp_path / "bare.xlsx", Lines=[["aye"], ["naw"]], Notes=[["Text"], ["x"]])
    assert [line.text for line in read_lines(bare).lines] == ["aye", "naw"]


def test_a_fact_that_a_program_lost_is_told(tmp_path: Path) -> None:
    rows: list[list[object]] = [["Text", "Age"], ["aye", "#N/A"], ["naw", 63]]
    found = read_lines(workbook(tmp_path / "t.xlsx", Lines=rows))
    assert [line.facts for line in found.lines] == [(), (("age", "63"),)]
    assert any("errors of a spreadsheet program" in problem for problem in found.problems)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (["film", "what is said (3x)", "who"], ["a.mp4", "aye", "isla"]),
        (["Line", "Phrase", "film"], ["1", "aye", "a.mp4"]),
        (["film", "phrase (three times)", "sex"], ["a.mp4", "aye", "f"]),
        (["film", "Sentence x3", "sex"], ["a.mp4", "aye", "f"]),
    ],
)
def test_texts_are_found_beside_counts_of_lines_and_of_takes(
    header: list[object], row: list[object], tmp_path: Path
) -> None:
    found = read_lines(workbook(tmp_path / "t.xlsx", Lines=[header, row]))
    assert [line.text for line in found.lines] == ["aye"]


def test_the_column_that_may_hold_the_texts_is_proposed(tmp_path: Path) -> None:
    rows: list[list[object]] = [["film", "said by her", "sex"], ["a.mp4", "aye so it is", "f"]]
    with pytest.raises(InvalidInputError, match=r"the text: --column 'said by her' \(column="):
        read_lines(workbook(tmp_path / "t.xlsx", Lines=rows))
