"""Decisions from a CSV table."""

from pathlib import Path

import pytest

from audioset.catalog.decisions import Decision
from audioset.documents.decisions import read_decision_table
from audioset.errors import InvalidInputError, NotFoundError


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("separator", [",", "\t", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_cells_become_decisions_and_empty_ones_nothing(
    tmp_path: Path, separator: str, encoding: str, newline: str
) -> None:
    lines = [
        ["text", "clip_id", "accepted", "line", "shoe"],
        ['"Aye, right; ""so"""', "a", "yes", "", "42"],
        [],
        ["", "b", "no", "7", " "],
    ]
    text = newline.join(separator.join(line) for line in lines)
    assert read_decision_table(write(tmp_path / "t.csv", text, encoding)) == [
        Decision("clip", "a", "text", 'Aye, right; "so"'),
        Decision("clip", "a", "accepted", True),
        Decision("clip", "a", "shoe", "42"),
        Decision("clip", "b", "accepted", False),
        Decision("clip", "b", "line", 7),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty; its first line must name the columns"),
        ("file,text\nx,y\n", "one of them is clip_id"),
        ("clip_id,text,text\n", "each field once"),
        ("clip_id,text\na\n", "row 2 has 1 cells"),
        ("clip_id,text\na,b,c\n", "row 2 has 3 cells"),
        ("clip_id,line\na,1\nb,x\n", "row 3: line is a whole number"),
        ("clip_id,split\na,dev\n", "row 2: split is train"),
        ("clip_id,snr_db\na,3\n", "row 2: 'snr_db' is measured"),
        ('clip_id,text\na,"open\n', "not a CSV table"),
    ],
)
def test_tables_that_cannot_be_used_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(InvalidInputError, match=reason):
        read_decision_table(write(tmp_path / "t.csv", text))


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="UTF-8"):
        read_decision_table(write(tmp_path / "t.csv", "clip_id,text\na,é\n", "latin-1"))


def test_a_missing_table_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"none\.csv"):
        read_decision_table(tmp_path / "none.csv")
    with pytest.raises(InvalidInputError, match="not a CSV table"):
        read_decision_table(tmp_path)
