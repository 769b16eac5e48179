"""Rows of a Parquet file as cells, such as a manifest that pandas saved."""

import io
from typing import Any

from audioset.documents.reading.sheet import NumberedRow
from audioset.errors import InvalidInputError


def is_parquet(data: bytes) -> bool:
    """Tell by its first bytes whether a file is a Parquet file."""
    return data.startswith(b"PAR1")


def parquet_rows(data: bytes) -> list[NumberedRow]:
    """Give the names of the columns, and then the rows, as cells of text.

    Facts, a column of maps or of pairs, become a column each; what pandas makes of such a column is
    read too.

    Raises:
        InvalidInputError: not a Parquet file that can be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(data))
        columns = {name: table[name].to_pylist() for name in table.column_names}
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InvalidInputError(f"not a Parquet file that can be read ({error})") from error
    for name in [name for name, values in columns.items() if any(map(_is_map, values))]:
        pairs = [dict(_pairs(value)) for value in columns.pop(name)]
        for key in sorted({key for each in pairs for key in each} - columns.keys()):
            columns[key] = [each.get(key) for each in pairs]
    rows = zip(*columns.values(), strict=True)
    return [
        (number, [_cell(value) for value in row])
        for number, row in enumerate([tuple(columns), *rows], start=1)
    ]


def _is_map(value: object) -> bool:
    return isinstance(value, list | dict)


def _pairs(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [(str(key), each) for key, each in value.items()]
    pairs = [tuple(pair.values()) if isinstance(pair, dict) else pair for pair in value or ()]
    return [(str(pair[0]), pair[1]) for pair in pairs if len(pair) == 2]


def _cell(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)
