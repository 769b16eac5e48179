import csv
from pathlib import Path

import pyarrow as pa

from audioset.records.table_cell import from_cell, to_cell
from audioset.storage.plain_tables import write_plain_table


def test_no_cell_of_a_csv_is_a_formula_and_numbers_stay_numbers(tmp_path: Path) -> None:
    texts = ["=1+1", "-3.5", "-1e-05", "+44", "@a", "\tx", "'=", "plain", "", None]
    table = pa.table({"=name": texts, "snr_db": [-1.5] * len(texts)})
    write_plain_table(tmp_path / "t.csv", table)
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert head == ["'=name", "snr_db"]
    first = ["'=1+1", "-3.5", "-1e-05", "'+44", "'@a", "'\tx", "''=", "plain", "", ""]
    assert [row[0] for row in rows] == first
    assert {row[1] for row in rows} == {"-1.5"}
    assert [from_cell(row[0]) for row in rows] == [text or "" for text in texts]
    assert [to_cell(text or "") for text in texts] == first


def test_parquet_holds_texts_as_they_are(tmp_path: Path) -> None:
    from pyarrow.parquet import read_table

    table = pa.table({"name": ["=1+1"]})
    write_plain_table(tmp_path / "t.parquet", table)
    assert read_table(tmp_path / "t.parquet") == table
