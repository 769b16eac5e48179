"""Tables for others: as Parquet or CSV by the name of the file, and as DataFrames of pandas."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from audioset.errors import InvalidInputError
from audioset.records.table_cell import FORMULA, HARMLESS
from audioset.storage.files import write_atomically

if TYPE_CHECKING:
    import pandas as pd


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


def frame_of(rows: pa.Table, columns: Sequence[str] | None = None) -> "pd.DataFrame":
    """Give rows as a DataFrame; every key of `extra` becomes a column of its own.

    A key that has the name of a manifest column is called `extra_<key>`. Numbers and truth values
    that may be missing have the nullable types of pandas, so that a line stays a whole number.

    Args:
        rows: all columns of a manifest, or some of them.
        columns: which to give, in this order, facts too; all when None.

    Raises:
        InvalidInputError: no clip has such a column or fact.
    """
    import pandas as pd

    nullable = {
        pa.int16(): pd.Int16Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
    }
    own = rows.drop_columns(["extra"])
    frame: pd.DataFrame = own.to_pandas()
    for field in own.schema:
        if field.nullable and field.type in nullable:
            frame[field.name] = own[field.name].to_pandas(types_mapper=nullable.get)
    facts = [dict(pairs or ()) for pairs in rows.column("extra").to_pylist()]
    for key in sorted({key for each in facts for key in each}):
        name = f"extra_{key}" if key in frame.columns else key
        frame[name] = pd.Series([each.get(key) for each in facts], dtype="str")
    if columns is None:
        return frame
    for name in columns:
        if name not in frame.columns:
            raise InvalidInputError(
                f"no clip has a column or fact {name!r}; there are {', '.join(frame.columns)}"
            )
    return frame[list(columns)]


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
