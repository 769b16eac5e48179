"""Numbers between numpy and Arrow without a copy, and without pandas.

Arrow's own ways from Python values, and to numpy, load all of pandas: a third of a second of CPU
before the first clip.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def as_indices(positions: "Sequence[int] | NDArray[np.int64]") -> pa.Array:
    """Give positions as an Arrow array of int64, to take rows by."""
    numbers = np.ascontiguousarray(positions, np.int64)
    return pa.Array.from_buffers(pa.int64(), len(numbers), [None, pa.py_buffer(numbers)])


def fill_null(array: pa.Array) -> pa.Array:
    """Fill nulls with the empty string, zero or false."""
    if not array.null_count:
        return array
    buffers = [None, pa.py_buffer(bytes(8))]  # a value of any fixed width, or two offsets
    if pa.types.is_string(array.type):
        buffers.append(pa.py_buffer(b""))
    return pc.fill_null(array, pa.Array.from_buffers(array.type, 1, buffers)[0])


def as_numbers(column: pa.Array | pa.ChunkedArray) -> "NDArray[Any]":
    """Give a column of numbers without nulls as numpy has it, shape (rows,)."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    numbers: NDArray[Any] = np.from_dlpack(whole)
    return numbers


def as_booleans(column: pa.Array | pa.ChunkedArray) -> "NDArray[np.bool_]":
    """Give a column of booleans without nulls as numpy has it, shape (rows,)."""
    return as_numbers(column.cast(pa.uint8())).astype(bool)


def replace_column(rows: pa.Table, name: str, values: "pa.Array | pa.ChunkedArray") -> pa.Table:
    """Give rows with other values in a column, whose place and field stay as they are."""
    at = rows.schema.get_field_index(name)
    return rows.set_column(at, rows.schema.field(at), values)


def least_kind(count: int) -> "type[np.int32] | type[np.int64]":
    """Give the smallest kind of number in which positions among so many are held."""
    return np.int32 if count < 2**31 else np.int64


def bytes_of_texts(texts: pa.Array) -> memoryview:
    """Give the UTF-8 bytes of all strings of an array without nulls, without gaps."""
    _, offsets_buffer, values_buffer = texts.buffers()
    if not len(texts) or values_buffer is None:
        return memoryview(b"")
    offsets = np.frombuffer(offsets_buffer, np.int32)[texts.offset :]
    return memoryview(values_buffer)[offsets[0] : offsets[len(texts)]]


def coded_schema(schema: pa.Schema, columns: "Sequence[str]", coded: "Sequence[str]") -> pa.Schema:
    """Give some columns of a schema, and of these some texts as numbers of a dictionary."""
    numbers = pa.dictionary(pa.int32(), pa.string())
    fields = [schema.field(name) for name in columns]
    return pa.schema([f.with_type(numbers) if f.name in coded else f for f in fields])


def code_columns(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Give the columns of a `coded_schema`; a batch of one source then has its hash once."""
    arrays = [
        batch.column(field.name).dictionary_encode()
        if pa.types.is_dictionary(field.type)
        else batch.column(field.name).cast(field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
