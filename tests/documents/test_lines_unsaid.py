"""What stands on a page and nobody says is not taken for words of a line, and is told."""

from pathlib import Path

import pytest

from audioset.documents.transcripts import read_lines
from audioset.documents.transcripts.lines_file import LinesFile
from audioset.errors import InvalidInputError
from audioset.records.line_report import LineReport
from audioset.records.lines import Alignment


def read(folder: Path, text: str) -> LinesFile:
    path = folder / "lines.txt"
    path.write_text(text, encoding="utf-8")
    return read_lines(path)


def texts(found: LinesFile) -> list[str]:
    return [line.text for line in found.lines]


@pytest.mark.parametrize(
    ("line", "said", "told"),
    [
        ("Good morning (laughs), to you", "Good morning, to you", "stage directions"),
        ("(softly) aye", "aye", "stage directions"),
        ("*coughs* aye", "aye", "stage directions"),
        ("[music plays in the hall] aye", "aye", "stage directions"),
        ("aye <laugh> right", "aye right", "stage directions"),
        ("(pauses briefly) right", "right", "stage directions"),
        ("Ja (lacht) gut", "Ja gut", "stage directions"),
        ("[00:12] good", "good", "times"),
        ("good [0:01:02.5 - 0:01:04] morning", "good morning", "times"),
        ("good \U0001f600 morning \u2600\ufe0f", "good morning", "pictures and musical signs"),
        ("\u266a la la \u266a", "la la", "pictures and musical signs"),
        ("good[12] morning\u2020", "good morning", "footnote marks"),
        ("good // morning | all", "good morning all", "reading marks"),
        ("- good", "good", "bullets"),
        ("\u2022 good", "good", "bullets"),
        ("[ ] good", "good", "bullets"),
        ("**Good** _old_ `morning`", "Good old morning", "marks of markup"),
        ("the [link](https://x.y/z)", "the link", "marks of markup"),
        ("![a picture](x.png) good", "good", "marks of markup"),
        ("R&amp;B <i>now</i>", "R&B now", "marks of markup"),
    ],
)
def test_it_is_taken_out_told_with_its_line_and_kept_as_written(
    tmp_path: Path, line: str, said: str, told: str
) -> None:
    found = read(tmp_path, f"first of all\n{line}\n")
    assert texts(found) == ["first of all", said]
    assert found.lines[1].written == line
    assert found.lines[0].written is None
    (problem,) = found.problems
    assert problem.startswith(f"{told} are not said and left out (line 2: ")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("good (my) morning", "brackets are taken as said; take out what nobody says"),
        ("(silence is golden) they say", "brackets are taken as said"),
        ("see https://a.b/c?d now", "addresses are left as written"),
        ("NB: say it softly", "notes are taken as said"),
        ("we meet at 12:30 sharp", ""),
        ("and/or -5 degrees", ""),
        ("m\u00b2 is 2 < 3 > 1, snake_case", ""),
        ("he laughs - and pauses", ""),
        ("R&B; 5 * 3 * 2", ""),
    ],
)
def test_what_may_be_said_stays_and_is_told_where_it_is_in_doubt(
    tmp_path: Path, line: str, told: str
) -> None:
    found = read(tmp_path, f"first of all\n{line}\n")
    assert texts(found) == ["first of all", line]
    assert [problem[: len(told)] for problem in found.problems] == ([told] if told else [])


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("1) ", "2) "),
        ("(1) ", "(2) "),
        ("#1 ", "#2 "),
        ("Line 3 \u2013 ", "Line 4 \u2013 "),
        ("12. ", "13. "),
        ("a) ", "b) "),
        ("7: ", "8: "),
        ("00:12 ", "00:15 "),
        ("0:01:02 - ", "0:01:09 - "),
        ("[0:12] ", "[0:15] "),
    ],
)
def test_numbers_and_times_in_front_of_lines_are_taken_off(
    tmp_path: Path, one: str, two: str
) -> None:
    found = read(tmp_path, f"{one}good morning\n{two}the kettle\n")
    assert texts(found) == ["good morning", "the kettle"]
    assert len(found.problems) == 1


def test_numbers_that_do_not_count_are_words(tmp_path: Path) -> None:
    assert texts(read(tmp_path, "1984. war\n1990. peace\n")) == ["1984. war", "1990. peace"]
    assert texts(read(tmp_path, "12:30 it ends\ngood morning\naye\n"))[0] == "12:30 it ends"


def test_a_speaker_with_a_time_speaks_the_lines_after_it(tmp_path: Path) -> None:
    found = read(tmp_path, "Isla Mair  0:03\nGood morning\nto you\n\nRab  0:09\nHello\n")
    assert [(line.speaker, line.text) for line in found.lines] == [
        ("Isla Mair", "Good morning"),
        ("Isla Mair", "to you"),
        ("Rab", "Hello"),
    ]
    assert found.problems[0].startswith("speakers with times are read as the speakers of")
    found = read(tmp_path, "[SPEAKER_00]: aye\n[SPEAKER_01]: naw\n")
    assert [(line.speaker, line.text) for line in found.lines] == [
        ("SPEAKER_00", "aye"),
        ("SPEAKER_01", "naw"),
    ]


def test_numbers_of_pages_and_lone_times_are_no_lines(tmp_path: Path) -> None:
    found = read(tmp_path, "good\nPage 3 of 12\n- 4 -\n00:12\nmorning\n[laughter]\n")
    assert texts(found) == ["good", "morning"]
    assert len(found.problems) == 4


def test_brackets_behind_nearly_every_line_are_translations(tmp_path: Path) -> None:
    found = read(tmp_path, "Guid mornin (Good morning)\nAye (Yes)\nNaw [No]\nOch (Oh)\naye\n")
    assert texts(found)[:3] == ["Guid mornin", "Aye", "Naw"]
    assert found.problems[0].startswith("brackets at the end of nearly every line are not said")


def test_takes_speakers_and_directions_in_one_line(tmp_path: Path) -> None:
    found = read(tmp_path, "1. Isla: (softly) good morning (x3)\n2. Isla: aye [laughs]\n")
    assert [(line.speaker, line.text, line.takes) for line in found.lines] == [
        ("Isla", "good morning", 3),
        ("Isla", "aye", None),
    ]


def test_captions_named_txt_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"line 2: .* name the file \.srt or \.vtt"):
        read(tmp_path, "1\n00:00:01,000 --> 00:00:02,000\nhello\n")


def test_a_report_keeps_the_line_as_it_was_written(tmp_path: Path) -> None:
    found = read(tmp_path, "aye (laughs)\n")
    alignment = Alignment(aligner="a@1", spans=(), missing=(1,), unexplained=(), length_seconds=1.0)
    report = LineReport(
        transcript="lines.txt", lines=found.lines, alignment=alignment, track=1, channels="mix"
    )
    assert LineReport.from_json(report.to_json()).lines[0].written == "aye (laughs)"
