"""Tables of facts: which sheet, row, column and separator, and what each cell becomes."""

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from audioset.documents.facts import (
    FactsTable,
    NamedFiles,
    find_facts_table,
    read_facts_table,
)
from audioset.errors import InvalidInputError

FILES = NamedFiles([f"clip_{number}.wav" for number in range(1, 10)])


def read(path: Path, text: str | bytes, **asked: Any) -> FactsTable:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_facts_table(path, FILES, **asked)


def said(table: FactsTable) -> list[tuple[int, str, str | None]]:
    return [(row.number, row.file, row.columns.get("text")) for row in table.rows]


COMMON_VOICE = (
    "client_id\tpath\tsentence_id\tsentence\tup_votes\tage\tgender\taccents\tlocale\tsegment\n"
    'ab12\tclip_1.mp3\t7\t"Hello he said\t2\ttwenties\tmale_masculine\tScots\ten\t\n'
    'ab13\tclip_2.mp3\t8\tbye" she said\t2\t\t\t\ten\t\n'
)


def test_common_voice_is_read_with_its_quotes_and_its_names(tmp_path: Path) -> None:
    table = read(tmp_path / "train.tsv", COMMON_VOICE)
    assert said(table) == [(2, "clip_1.mp3", '"Hello he said'), (3, "clip_2.mp3", 'bye" she said')]
    assert dict(table.mapped) == {
        "client_id": "speaker",
        "path": "file",
        "sentence": "text",
        "age": "age",
        "gender": "gender",
        "accents": "accent",
        "locale": "language",
    }
    assert table.extra == ("sentence_id", "up_votes")
    assert table.rows[0].columns["speaker"] == "ab12"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("metadata.csv", 'clip_1|"Quoth he|quoth he\nclip_2|no. 2"|number two\n'),
        ("metadata.csv", "clip_1|quoth he\nclip_2|number two\n"),
        ("list.txt", "wavs/clip_1.wav|quoth he|isla\nwavs/clip_2.wav|number two|isla\n"),
    ],
)
def test_ljspeech_has_no_headings_and_no_quotes(tmp_path: Path, name: str, text: str) -> None:
    table = read(tmp_path / name, text)
    assert [(number, text) for number, _, text in said(table)] == [
        (1, "quoth he"),
        (2, "number two"),
    ]


def test_nemo_lines_give_lengths_and_keep_what_is_not_known(tmp_path: Path) -> None:
    table = read(
        tmp_path / "manifest.json",
        '{"audio_filepath": "/data/clip_1.wav", "text": "aye", "duration": 1.5, "lang": "en"}\n'
        '\n{"audio_filepath": "clip_2.wav", "text": "naw", "duration": 2, "tags": ["a"]}\n',
    )
    assert said(table) == [(1, "/data/clip_1.wav", "aye"), (3, "clip_2.wav", "naw")]
    assert [row.length_seconds for row in table.rows] == [1.5, 2.0]
    assert table.rows[1].extra == {"duration": "2", "tags": '["a"]'}
    assert table.rows[0].columns["language"] == "en"
    with pytest.raises(InvalidInputError, match=r"m\.jsonl cannot be used: line 2: is not JSON"):
        read(tmp_path / "m.jsonl", '{"file": "clip_1.wav"}\n{"file": \n')


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("file;text\r\nclip_1.wav;na\u00efve, eh\r\n".encode("cp1252"), "Windows-1252"),
        ("file;text\nclip_1.wav;na\u00efve, eh\n".encode("utf-16"), None),
        ("\ufefffile;text\nclip_1.wav;na\u00efve, eh\n".encode(), None),
        ("sep=;\nfile;text\nclip_1.wav;na\u00efve, eh\n".encode(), None),
        ('file,text\r"clip_1.wav","na\u00efve, eh"\r'.encode(), None),
        ("file\ttext\r\nclip_1.wav\tna\u00efve,\reh\r\n".encode(), None),
        ("file;text\r\r\nclip_1.wav;na\u00efve, eh\r\r\n".encode(), None),
    ],
)
def test_signs_separators_and_ends_of_lines(tmp_path: Path, text: bytes, note: str | None) -> None:
    table = read(tmp_path / "t.csv", text)
    assert said(table) == [(2, "clip_1.wav", "na\u00efve, eh")]
    assert len(table.notes) == (note is not None)
    assert note is None or f"{note}, with words such as 'na\u00efve'" in table.notes[0]


def test_a_title_with_commas_does_not_choose_the_separator(tmp_path: Path) -> None:
    table = read(tmp_path / "t.csv", "Glasgow, May, 2024\n\nclip;said\nclip_1.wav;aye, so\n")
    assert table.mapped == (("clip", "file"),)
    assert table.extra == ("said",)
    assert "if 'said' does, say so" in table.notes[1]
    table = read(
        tmp_path / "t.csv", "Glasgow, May\nclip;said\nclip_1.wav;aye, so\n", text_column="B"
    )
    assert said(table) == [(3, "clip_1.wav", "aye, so")]


@pytest.mark.parametrize(
    "text",
    [
        'file,text\nclip_1.wav,"Hello\nclip_2.wav,bye"\n',  # a quote swallows a row
        'file,text\nclip_1.wav,"Hello\nclip_2.wav,bye\n',  # and here all of them
        b"file,text\nclip_1.wav,a\0b\n",
    ],
)
def test_no_row_is_swallowed_by_a_quote_and_no_sign_is_nothing(
    tmp_path: Path, text: str | bytes
) -> None:
    with pytest.raises(InvalidInputError, match=r"a quote begins here that is not closed|not text"):
        read(tmp_path / "t.csv", text)


def test_a_row_that_is_longer_than_the_table_gives_its_file_alone(tmp_path: Path) -> None:
    table = read(tmp_path / "t.csv", "file,text\nclip_1.wav,one, two\nclip_2.wav,aye\n")
    assert said(table) == [(2, "clip_1.wav", None), (3, "clip_2.wav", "aye")]
    assert table.rows[0].problems[0].startswith("has 3 cells and the table 2 columns")


def test_the_column_of_files_is_the_one_whose_cells_fit(tmp_path: Path) -> None:
    numbers = NamedFiles(["1.wav", "2.wav", "3.wav"])
    path = tmp_path / "t.csv"
    path.write_text("No.,Said,Take\n1,aye,3.wav\n2,naw,1.wav\n3,och,2.wav\n")
    assert [row.file for row in read_facts_table(path, numbers).rows] == ["3.wav", "1.wav", "2.wav"]
    with pytest.raises(InvalidInputError, match=r"several columns that name files \(A and B\)"):
        read(tmp_path / "u.csv", "here,there\nclip_1,clip_2\nclip_3,clip_4\n")
    table = read(tmp_path / "u.csv", "here,there\nclip_1,clip_2\n", file_column="There")
    assert [row.file for row in table.rows] == ["clip_2"]
    with pytest.raises(InvalidInputError, match="has no column 'where'"):
        read(tmp_path / "u.csv", "here,there\nclip_1,clip_2\n", file_column="where")


def test_splits_facts_and_cells_that_a_program_changed(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in (
        ["clip", "text", "age", "recorded on", "split", "subset"],
        ["clip_1", "aye", dt.date(2026, 2, 3), dt.date(2026, 5, 1), "dev", "clean"],
        ["clip_2", "#NAME?", "23", "#DIV/0!", "holdout", "other"],
    ):
        page.append(row)
    book.save(tmp_path / "t.xlsx")
    first, second = read_facts_table(tmp_path / "t.xlsx", FILES).rows
    assert dict(first.columns) == {"text": "aye", "text_source": "human", "split": "validation"}
    assert dict(first.extra) == {"recorded on": "2026-05-01", "subset": "clean"}
    assert first.problems == (
        "age: '2026-02-03' is one of the dates that a spreadsheet program made; not taken",
    )
    assert dict(second.columns) == {"age": "23"}
    assert [problem.partition(":")[0] for problem in second.problems] == [
        "text",
        "recorded on",
        "split",
    ]


def test_of_several_sheets_or_tables_that_fit_none_is_guessed(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for title, number in (("May", 1), ("June", 2)):
        page = book.create_sheet(title)
        page.append(["file", "text"])
        page.append([f"clip_{number}", title])
    book.save(tmp_path / "t.xlsx")
    with pytest.raises(
        InvalidInputError, match=r"several sheets that name files .*'May' and 'June'"
    ):
        read_facts_table(tmp_path / "t.xlsx", FILES)
    for asked in ("June", "3"):
        (row,) = read_facts_table(tmp_path / "t.xlsx", FILES, sheet=asked).rows
        assert row.columns["text"] == "June"
    with pytest.raises(InvalidInputError, match="has no sheet 'July'"):
        read_facts_table(tmp_path / "t.xlsx", FILES, sheet="July")
    folder = tmp_path / "clips"
    folder.mkdir()
    (tmp_path / "t.xlsx").rename(tmp_path / "~$t.xlsx")
    (tmp_path / "other.csv").write_text("file,text\nsomething.wav,else\n")
    assert find_facts_table(folder, FILES)[0] is None
    (folder / "a.csv").write_text("file,text\nclip_1.wav,aye\n")
    found, _ = find_facts_table(folder, FILES)
    assert found is not None
    assert found.path == folder / "a.csv"
    (tmp_path / "b.tsv").write_text("file\ttext\nclip_1.wav\taye\n")
    with pytest.raises(InvalidInputError, match=r"2 tables name files of .*a\.csv.*b\.tsv"):
        find_facts_table(folder, FILES)


def test_a_table_of_another_program_beside_is_named(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    (tmp_path / "list.ods").write_bytes(b"PK")
    assert find_facts_table(tmp_path / "clips", FILES) == (
        None,
        ["list.ods is in a format that is not read; save it as .xlsx, or as CSV UTF-8"],
    )


def test_tables_that_belong_elsewhere_are_told_and_not_taken(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    (tmp_path / "export.csv").write_text("clip_id,source_name,text\nc-1-2,clip_1.wav,aye\n")
    (tmp_path / "large.csv").write_bytes(b"file,text\nclip_1.wav,aye\n" + b" " * 9 * 2**20)
    found, notes = find_facts_table(tmp_path / "clips", FILES)
    assert found is None
    assert [note.partition(";")[0] for note in notes] == [
        "not read: export.csv is a table of clips of a workspace",
        "not read: large.csv is too large to be looked into unasked",
    ]
    assert read_facts_table(tmp_path / "export.csv", FILES).rows[0].file == "clip_1.wav"
