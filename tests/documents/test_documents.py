"""Documents as word processors write them.

`libreoffice.docx` is LibreOffice's of `libreoffice.fodt`, `older.docx` a .doc of LibreOffice under
another name, `locked.docx` one with a password. `word.docx` was begun from a file of Word's.
"""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from audioset.documents.transcripts import read_lines
from audioset.errors import InvalidInputError

DOCUMENTS = Path(__file__).parent / "documents"


def texts(path: Path, column: str | None = None) -> list[str]:
    return [line.text for line in read_lines(path, column=column).lines]


def test_what_libreoffice_writes_is_read_as_it_is_shown() -> None:
    assert texts(DOCUMENTS / "libreoffice.docx") == [
        "I like dogs",  # by a tracked change, it was cats
        "ten pounds, please…",
        "software",  # with a soft hyphen
        "first half",
        "second half",  # Shift-Enter
        "a note below",  # without its footnote and comment
        "one thing",
        "two things",  # of a numbered list
        "see the place now",  # with a link
        "beside",
        "in the box",
        "the kettle is on",
        "mind the gap",  # of a table with numbers before them
    ]


def test_what_word_writes_is_read_as_it_is_shown() -> None:
    lines = read_lines(DOCUMENTS / "word.docx").lines
    assert [(line.text, line.speaker) for line in lines] == [
        ("I like dogs", None),
        ("joined together", None),
        ("“Whit’s that?”", None),
        ("over-there, ten pounds", None),
        ("one thing", None),
        ("base", None),
        ("the kettle is on", "Isla"),
        ("mind the gap", "Isla"),
        ("first second", None),
    ]


def test_a_column_of_a_document_is_of_its_tables(tmp_path: Path) -> None:
    assert texts(DOCUMENTS / "libreoffice.docx", "2") == ["the kettle is on", "mind the gap"]
    without = replaced(tmp_path / "t.docx", "w:tbl", "w:other")
    with pytest.raises(InvalidInputError, match=r"t\.docx: has no table, and so no columns"):
        texts(without, "2")


def test_a_table_with_two_columns_of_words_is_asked_about(tmp_path: Path) -> None:
    half = replaced(tmp_path / "half.docx", "<w:t>1<", "<w:t>isla<")
    path = replaced(tmp_path / "t.docx", "<w:t>2<", "<w:t>rab<", of=half)
    with pytest.raises(InvalidInputError) as told:
        texts(path)
    assert str(told.value) == (
        f"{path}: table 1, row 1: no column named text, line or sentence; say which holds the "
        "text: --column (column= in Python), one of 'isla', 'the kettle is on'; or take the table "
        "out"
    )
    assert texts(path, "2") == ["the kettle is on", "mind the gap"]


def test_a_document_may_call_its_text_other_than_word_does(tmp_path: Path) -> None:
    path = tmp_path / "web.docx"
    with (
        zipfile.ZipFile(DOCUMENTS / "libreoffice.docx") as one,
        zipfile.ZipFile(path, "w") as other,
    ):
        for name in one.namelist():
            part = one.read(name).replace(b"word/document.xml", b"word/document2.xml")
            other.writestr(name.replace("word/document.xml", "word/document2.xml"), part)
    assert texts(path) == texts(DOCUMENTS / "libreoffice.docx")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("locked.docx", "is locked with a password; save it without one, or as text"),
        ("older.docx", "is of an older Word or Excel, whatever its name says; save it as .docx"),
    ],
)
def test_locked_and_older_documents_are_refused_in_one_line(name: str, reason: str) -> None:
    with pytest.raises(InvalidInputError) as told:
        read_lines(DOCUMENTS / name)
    assert str(told.value) == f"{DOCUMENTS / name}: {reason}"


@pytest.mark.parametrize("header", [["nr", "Satz"], ["", "Satz"], None])
def test_the_only_column_with_words_needs_no_name(tmp_path: Path, header: list[str] | None) -> None:
    rows = [*([header] if header else []), ["1", "aye"], ["2", "naw"]]
    (tmp_path / "t.csv").write_text("\n".join(";".join(row) for row in rows), encoding="utf-8")
    assert texts(tmp_path / "t.csv") == ["aye", "naw"]
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([int(cell) if cell.isdigit() else cell or None for cell in row])
    book.save(tmp_path / "t.xlsx")
    assert texts(tmp_path / "t.xlsx") == ["aye", "naw"]


def test_words_in_the_first_row_alone_are_no_reason_to_leave_them_out(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Nr;he said, aye, aye\n2;naw\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="say which holds the text"):
        texts(path)


def replaced(path: Path, old: str, new: str, *, of: Path = DOCUMENTS / "libreoffice.docx") -> Path:
    """A document with another text in it."""
    data = io.BytesIO(of.read_bytes())
    with zipfile.ZipFile(data) as one, zipfile.ZipFile(path, "w") as other:
        for name in one.namelist():
            part = one.read(name)
            assert name != "word/document.xml" or old.encode() in part
            is_text = name == "word/document.xml"
            other.writestr(name, part.replace(old.encode(), new.encode()) if is_text else part)
    return path
