"""Tables for others, as Parquet or CSV by the name of the file."""

from pathlib import Path

import pyarrow as pa

from audioset.errors import InvalidInputError
from audioset.storage.files import write_atomically


def write_plain_table(path: Path, table: pa.Table) -> None:
    """Write a table whole or not at all; `.parquet` and `.csv` are known.

    Raises:
        InvalidInputError: the name ends otherwise.
        StorageError: the disk is full, or the folder cannot be written.
    """
    if path.suffix.lower() == ".parquet":
        from pyarrow.parquet import write_table as write
    elif path.suffix.lower() == ".csv":
        from pyarrow.csv import write_csv as write
    else:
        raise InvalidInputError(f"{path} is neither a .parquet nor a .csv file")
    write_atomically(path, lambda file: write(table, file))
