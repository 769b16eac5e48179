"""Tables of decisions, as they stand in their files."""

from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audioset.documents.decisions import read_deciding_table
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.fact_pairs import pairs_type


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("separator", [",", "\t", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_table_of_text_is_read_whatever_wrote_it(
    tmp_path: Path, separator: str, encoding: str, newline: str
) -> None:
    lines = [
        ["text", "clip_id", "accepted", "line", "shoe"],
        ['"Aye, right; ""so"""', "a", "yes", "", "42"],
        [],
        ["", "b", "no", "7", " "],
        ["", "", "", "", ""],
    ]
    text = newline.join(separator.join(line) for line in lines)
    table = read_deciding_table(write(tmp_path / "t.csv", text, encoding))
    assert (table.subject_kind, table.sheet) == ("clip", None)
    assert table.names == ("text", "clip_id", "accepted", "line", "shoe")
    assert [(number, [*row]) for number, row in table.rows] == [
        (2, ['Aye, right; "so"', "a", "yes", "", "42"]),
        (4, ["", "b", "no", "7", " "]),
    ]
    assert [table.subject_of(row) for _, row in table.rows] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty; its first line must name the columns"),
        ("file,text\nx,y\n", "one of them is clip_id"),
        ("clip_id,text,Clip ID\n", "each column once, and has clip_id twice"),
        ("clip_id,text\na\n", "row 2 has 1 cells, the first row 2"),
        ("clip_id,text\na,b,c\n", "row 2 has 3 cells"),
        ("text,speaker,takes\naye,ada,1\n", "but no column clip_id that says of which clips"),
        ('clip_id,text\na,"open\n', "not a table that can be read"),
    ],
)
def test_tables_that_cannot_be_used_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(InvalidInputError, match=reason):
        read_deciding_table(write(tmp_path / "t.csv", text))


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="UTF-8"):
        read_deciding_table(write(tmp_path / "t.csv", "clip_id,text\na,é\n", "latin-1"))


def test_a_missing_table_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"none\.csv"):
        read_deciding_table(tmp_path / "none.csv")
    with pytest.raises(InvalidInputError, match="not a table that can be read"):
        read_deciding_table(tmp_path)


def test_titles_may_stand_above_the_names_and_clips_be_named_by_their_files(tmp_path: Path) -> None:
    rows = "Reviewed by isla,,\n,,\nClip ID,text,\nclips/a.flac,aye,\nC:\\x\\b.FLAC,naw,\n"
    table = read_deciding_table(write(tmp_path / "t.csv", rows))
    assert [table.subject_of(row) for _, row in table.rows] == ["a", "b"]
    assert [number for number, _ in table.rows] == [4, 5]


def test_a_table_of_many_columns_is_read_to_its_end(tmp_path: Path) -> None:
    names = ["clip_id", *(f"fact{number}" for number in range(100))]
    path = write(tmp_path / "t.csv", f"{','.join(names)}\n{','.join(['a'] * 101)}\n")
    assert read_deciding_table(path).names == tuple(names)
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(names)
    book.active.append(["a"] * 101)
    book.save(tmp_path / "t.xlsx")
    assert read_deciding_table(tmp_path / "t.xlsx").names == tuple(names)


@pytest.mark.parametrize("kind", [pa.map_(pa.string(), pa.string()), pairs_type()])
def test_a_parquet_file_is_a_table_too_with_a_column_for_each_fact(
    tmp_path: Path, kind: pa.DataType
) -> None:
    facts = pa.array([[("mood", "glad")], None], pa.map_(pa.string(), pa.string())).cast(kind)
    rows = pa.table({"clip_id": ["a", "b"], "line": [1.0, None], "ok": [True, None], "x": facts})
    pq.write_table(rows, tmp_path / "t.parquet")
    table = read_deciding_table(tmp_path / "t.parquet")
    assert table.names == ("clip_id", "line", "ok", "mood")
    assert [[*row] for _, row in table.rows] == [["a", "1", "True", "glad"], ["b", "", "", ""]]
    rows.to_pandas().to_parquet(tmp_path / "p.parquet")
    assert read_deciding_table(tmp_path / "p.parquet").rows == table.rows
    damaged = write(tmp_path / "d.parquet", "PAR1 and no more")
    with pytest.raises(InvalidInputError, match="not a Parquet file that can be read"):
        read_deciding_table(damaged)
