"""A table for others by the name of its file, cell for cell."""

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow.parquet import read_table

from audioset.errors import InvalidInputError, StorageError
from audioset.storage.plain_tables import write_plain_table

TABLE = pa.table({"=name": ["-x", "a,b", None], "count": [1, None, -3], "yes": [True, False, None]})


@pytest.mark.parametrize("name", ["t.csv", "T.CSV", "a.b.Csv"])
def test_a_csv_has_a_head_quotes_and_nothing_for_null(tmp_path: Path, name: str) -> None:
    write_plain_table(tmp_path / "new" / name, TABLE)
    assert (tmp_path / "new" / name).read_text() == (
        '"\'=name","count","yes"\n"\'-x",1,true\n"a,b",,false\n,-3,\n'
    )
    assert [path.name for path in (tmp_path / "new").iterdir()] == [name]


@pytest.mark.parametrize("name", ["t.parquet", "T.PARQUET"])
def test_a_parquet_has_everything_as_it_is(tmp_path: Path, name: str) -> None:
    write_plain_table(tmp_path / name, TABLE)
    assert read_table(tmp_path / name).equals(TABLE)


@pytest.mark.parametrize("name", ["t", "t.xlsx", "t.csv.gz", ".csv", "parquet"])
def test_another_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInputError) as told:
        write_plain_table(tmp_path / name, TABLE)
    assert str(told.value) == f"{tmp_path / name} is neither a .parquet nor a .csv file"
    assert list(tmp_path.iterdir()) == []


def test_columns_of_several_pieces_and_of_none_are_written(tmp_path: Path) -> None:
    write_plain_table(tmp_path / "t.csv", pa.concat_tables([TABLE.slice(1), TABLE.slice(0, 1)]))
    assert (tmp_path / "t.csv").read_text().splitlines()[1:] == [
        '"a,b",,false', ",-3,", '"\'-x",1,true',
    ]  # fmt: skip
    write_plain_table(tmp_path / "t.csv", TABLE.slice(0, 0))
    assert (tmp_path / "t.csv").read_text() == '"\'=name","count","yes"\n'


def test_a_table_without_columns_is_a_file_without_any(tmp_path: Path) -> None:
    write_plain_table(tmp_path / "t.csv", pa.table({}))
    assert (tmp_path / "t.csv").read_text() == ""


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match=f"^cannot write {tmp_path}/file/t.csv: "):
        write_plain_table(tmp_path / "file" / "t.csv", TABLE)
