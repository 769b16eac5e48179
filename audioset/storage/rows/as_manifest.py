"""Rows as a manifest has them: all its columns, in their order and types, clip ids ascending."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.errors import InvalidInputError
from audioset.records.manifest import manifest_schema, require_manifest
from audioset.storage.arrays import as_numbers


def present_columns(schema: pa.Schema, columns: Sequence[str] | None) -> list[str]:
    """Give the wanted columns that a file has; clip_id when it has none, to count its rows.

    Raises:
        InvalidInputError: a manifest has no such column.
    """
    known = manifest_schema().names
    unknown = sorted(set(columns or ()) - set(known))
    if unknown:
        raise InvalidInputError(
            f"a manifest has no column {unknown[0]!r}; columns are {', '.join(known)}"
        )
    has = set(schema.names)
    return [column for column in columns or known if column in has] or ["clip_id"]


def conform(data: Any, columns: Sequence[str] | None, name: str) -> Any:
    """Give a table or batch exactly the wanted columns of our schema, absent ones as null.

    Raises:
        InvalidInputError: a column that every row must have holds null, or a length is no number;
            `name` is what the message calls the rows.
    """
    full = manifest_schema()
    schema = full if columns is None else pa.schema([full.field(c) for c in columns], full.metadata)
    has = set(data.schema.names)
    arrays = [
        data.column(field.name) if field.name in has else pa.nulls(data.num_rows, field.type)
        for field in schema
    ]
    for field, array in zip(schema, arrays, strict=True):
        if not field.nullable and array.null_count:
            raise InvalidInputError(
                f"{name}: column {field.name!r} holds null in {array.null_count} rows; "
                "every clip must have it"
            )
        if field.name == "length_seconds" and not _can_be_lengths(array):
            raise InvalidInputError(f"{name}: a clip has no finite length; it is damaged")
    return type(data).from_arrays(arrays, schema=schema)


def _can_be_lengths(seconds: Any) -> bool:
    """Tell whether all are finite and not negative; totals and batches are made of them."""
    numbers = as_numbers(seconds)  # Arrow's own comparison with a number loads all of pandas
    return bool(np.isfinite(numbers).all() and (numbers >= 0).all())


def require_rows(table: pa.Table, name: str) -> pa.Table:
    """Check a table before it is written, and give it all columns in order.

    Raises:
        InvalidInputError: the table is not a manifest, or as `conform`.
    """
    require_manifest(table.schema, name)
    unknown = sorted(set(table.schema.names) - set(manifest_schema().names))
    if unknown:
        raise InvalidInputError(
            f"{name}: a manifest has no column {unknown[0]!r}; further facts go to 'extra'"
        )
    return conform(table, None, name)


def ascends(ids: pa.ChunkedArray) -> bool:
    """Tell whether the ids strictly ascend, which also says that none occurs twice."""
    if len(ids) < 2:
        return True
    return bool(pc.all(pc.less(ids.slice(0, len(ids) - 1), ids.slice(1))).as_py())
