"""Tables for others, as Parquet or CSV by the name of the file."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from audioset.errors import InvalidInputError
from audioset.records.table_cell import FORMULA, HARMLESS
from audioset.storage.files import write_atomically


def write_plain_table(path: Path, table: pa.Table) -> None:
    """Write a table whole or not at all; `.parquet` and `.csv` are known.

    A CSV is opened in spreadsheet programs: what they would run gets an apostrophe in front.

    Raises:
        InvalidInputError: the name ends otherwise.
        StorageError: the disk is full, or the folder cannot be written.
    """
    if path.suffix.lower() == ".parquet":
        from pyarrow.parquet import write_table as write
    elif path.suffix.lower() == ".csv":
        from pyarrow.csv import write_csv as write

        table = _harmless(table)
    else:
        raise InvalidInputError(f"{path} is neither a .parquet nor a .csv file")
    write_atomically(path, lambda file: write(table, file))


def _harmless(table: pa.Table) -> pa.Table:
    columns = [
        _with_apostrophes(column) if pa.types.is_string(column.type) else column
        for column in table.columns
    ]
    names = pa.array(table.column_names, pa.string())
    return pa.table(columns, names=_with_apostrophes(names).to_pylist())


def _with_apostrophes(
    texts: "pa.Array | pa.ChunkedArray",
) -> "pa.Array | pa.ChunkedArray":
    runs = pc.and_not(
        pc.match_substring_regex(texts, FORMULA), pc.match_substring_regex(texts, HARMLESS)
    )
    return pc.if_else(runs, pc.binary_join_element_wise("'", texts, ""), texts)
