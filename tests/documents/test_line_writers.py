"""A lines file may say who wrote each text; a text that a person changed there is a person's."""

from pathlib import Path

import openpyxl
import pytest

from audioset.documents.transcripts import read_lines
from audioset.errors import InvalidInputError
from audioset.records.line_report import LineReport
from audioset.records.lines import Alignment, Line, Writer

ASR = "model:scots-asr@3"
HEADER = "text,speaker,takes,text_source,text_score,hypothesis,hypothesis_source"


def lines_of(path: Path, *rows: str, header: str = HEADER) -> list[Line]:
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    return list(read_lines(path).lines)


def test_an_unchanged_text_stays_the_models_with_score_and_hypothesis(tmp_path: Path) -> None:
    [line] = lines_of(tmp_path / "t.csv", f"och aye,isla,2,{ASR},0.75,och  aye,{ASR}")
    assert (line.text, line.speaker, line.takes) == ("och aye", "isla", 2)
    assert line.writer == Writer(
        text_source=ASR, text_score=0.75, hypothesis="och aye", hypothesis_source=ASR
    )


def test_a_changed_text_is_a_persons_and_what_the_model_heard_stays(tmp_path: Path) -> None:
    [line] = lines_of(tmp_path / "t.csv", f"och naw,,,{ASR},0.75,och no,{ASR}")
    assert line.writer == Writer(text_source="human", hypothesis="och no", hypothesis_source=ASR)


def test_a_changed_subtitle_is_a_persons_and_is_no_hypothesis(tmp_path: Path) -> None:
    same, changed = lines_of(
        tmp_path / "t.csv", "aye,,,subtitles,,aye,", "och aye,,,subtitles,,och I,"
    )
    assert same.writer == Writer(text_source="subtitles")
    assert changed.writer == Writer(text_source="human")


def test_a_persons_text_stays_a_persons_also_where_a_model_heard_the_same(tmp_path: Path) -> None:
    rows = (f"aye,,,human,,aye,{ASR}", "naw,,,Human,,,", f"och,,,human,,,{ASR}")
    confirmed, written, silent = lines_of(tmp_path / "t.csv", *rows)
    assert confirmed.writer == Writer(text_source="human", hypothesis="aye", hypothesis_source=ASR)
    assert written.writer == Writer(text_source="human")
    assert silent.writer == Writer(text_source="human", hypothesis="", hypothesis_source=ASR)


def test_lines_without_a_writer_have_none(tmp_path: Path) -> None:
    rows = (f"aye,,,{ASR},,aye,{ASR}", "put in by hand,,,,,,")
    assert [line.writer is None for line in lines_of(tmp_path / "t.csv", *rows)] == [False, True]
    [line] = lines_of(tmp_path / "u.csv", "aye,och aye", header="text,hypothesis")
    assert line.writer is None


def test_texts_with_a_writer_are_taken_as_they_stand(tmp_path: Path) -> None:
    said = ("1. Isla: aye (x3)", "2. Isla: naw", "#3 is mine")
    rows = [f"{text},,,{ASR},,{text},{ASR}" for text in said]
    lines = lines_of(tmp_path / "t.csv", *rows)
    assert tuple(line.text for line in lines) == said
    assert {line.writer.text_source for line in lines if line.writer} == {ASR}
    with pytest.raises(InvalidInputError, match=r"taken as they stand; leave --speakers .* out"):
        read_lines(tmp_path / "t.csv", speakers=True)


def test_a_workbook_and_a_table_of_another_country_say_it_too(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (HEADER.split(","), ["aye", None, 1, ASR, 0.5, "aye", ASR]):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    [from_book] = read_lines(tmp_path / "t.xlsx").lines
    [from_table] = lines_of(
        tmp_path / "t.csv", f"aye;;1;{ASR};0,5;aye;{ASR}", header=HEADER.replace(",", ";")
    )
    assert from_book == from_table
    assert from_book.writer is not None
    assert from_book.writer.text_score == 0.5


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (
            "aye,,,isla,,,",
            "row 2: text_source is 'isla'; it is human, subtitles, transcript, model",
        ),
        ("aye,,,model:asr,,aye,", "row 2: text_source is 'model:asr'; it is"),
        (f"aye,,,{ASR},,,{ASR}", "row 2: text_source is '.*' but hypothesis is empty, so nobody"),
        (f"aye,,,{ASR},high,aye,", "row 2: text_score is 'high'; it is a number from 0 to 1"),
        (f"aye,,,{ASR},1.5,aye,", "row 2: text_score is '1.5'; it is a number from 0 to 1"),
        ("aye,,,human,,aye,isla", "row 2: hypothesis_source is 'isla'; it is model:<name>"),
    ],
)
def test_a_bad_writer_is_refused_with_its_row(tmp_path: Path, row: str, told: str) -> None:
    with pytest.raises(InvalidInputError, match=rf"t\.csv: {told}"):
        lines_of(tmp_path / "t.csv", row)


def test_the_writer_stays_in_what_a_manifest_keeps_of_the_lines() -> None:
    found = Alignment(aligner="a@1", spans=(), missing=(1, 2), unexplained=(), length_seconds=9)
    lines = (
        Line(number=1, text="aye", writer=Writer(text_source=ASR, hypothesis="aye")),
        Line(number=2, text="naw"),
    )
    report = LineReport(transcript="t.csv", lines=lines, alignment=found)
    assert LineReport.from_json(report.to_json()) == report
    older = report.to_json().replace(', "writer": null', "")
    assert LineReport.from_json(older) == report
