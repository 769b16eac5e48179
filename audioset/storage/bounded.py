"""Parquet that is read only as far as its bytes reach.

A few bytes of a Parquet file can state a million levels, petabytes of rows, or one long text for
every row, and Arrow makes of them what they state. Here nothing is made before it is known that
the file is large enough to mean it: a manifest has some 64 bytes per clip that nobody can compress.
"""

import struct
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from audioset.errors import InvalidInputError
from audioset.records.fact_pairs import are_pairs, maps_from_pairs
from audioset.records.manifest import manifest_schema

# What a manifest becomes in memory: real ones some 5 times their bytes, never this many.
MOST_FACTOR = 1000
LEAST_LIMIT_BYTES = 64 * 2**20
# A manifest has some 50; Arrow's stack overflows at some thousand that stand in each other.
MOST_SCHEMA_ELEMENTS = 1000
# Columns of fewer rows are read one after the other: to wake threads costs more than they bring.
FEWEST_ROWS_OF_THREADS = 16_384
_END = struct.Struct("<I4s")  # length of the footer, and the word at the very end
_MAGIC = b"PAR1"
_HEAD_BYTES = 32  # of the footer, which begins with its version and the length of its schema


def open_bounded(source: Any, name: str) -> pq.ParquetFile:
    """Open a Parquet file of a store or a workspace; `read_groups` reads it.

    Args:
        source: Arrow's file or buffer.
        name: for messages.

    Raises:
        InvalidInputError: it states more than it holds, or is no Parquet file.
    """
    size_bytes = source.size()
    _require_flat(source, size_bytes, name)
    file = _open(source)
    metadata = file.metadata
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    num_rows = max(metadata.num_rows, sum(group.num_rows for group in groups))
    if num_rows > size_bytes or any(group.num_rows < 0 for group in groups):
        raise InvalidInputError(f"{name} states {num_rows} rows in {size_bytes} bytes; {_DAMAGED}")
    stated = sum(group.total_byte_size for group in groups)
    if stated > limit_bytes(size_bytes):
        raise InvalidInputError(
            f"{name} states {stated} bytes of columns in {size_bytes} bytes; {_DAMAGED}"
        )
    return file


def _open(source: Any) -> pq.ParquetFile:
    for texts in (_usual_texts(), _earlier_texts()):
        try:
            return pq.ParquetFile(source, read_dictionary=texts)
        except KeyError:  # one of an earlier release lacks some
            continue
    return pq.ParquetFile(source)


def read_groups(
    file: pq.ParquetFile,
    source: Any,
    columns: list[str],
    name: str,
    groups: Iterable[int] | None = None,
) -> Iterator[pa.Table]:
    """Read a file group of rows after group, as long as all texts are no more than it can mean.

    Equal texts are read once, which costs no CPU, and counted before every row gets its own.
    Facts come as maps, in whichever form they lie.

    Args:
        file: of `open_bounded`.
        source: that it was opened from.
        columns: names of those to read.
        name: for messages.
        groups: numbers of those to read; all when None.

    Raises:
        InvalidInputError: the texts would be more, or a fact has no name.
    """
    once, texts = file, _text_paths(file)
    if texts not in (_usual_texts(), _earlier_texts()):  # it was opened for other ones
        once = pq.ParquetFile(source, metadata=file.metadata, read_dictionary=texts)
    size_bytes, held = source.size(), 0
    limit = limit_bytes(size_bytes)
    share = limit // max(file.metadata.num_row_groups, 1)
    for group in range(file.metadata.num_row_groups) if groups is None else groups:
        threads = file.metadata.row_group(group).num_rows >= FEWEST_ROWS_OF_THREADS
        try:
            table = once.read_row_group(group, columns=columns, use_threads=threads)
        except pa.ArrowNotImplementedError:  # facts of so many texts that equal ones are few
            plain = pq.ParquetFile(source, metadata=file.metadata)
            table = plain.read_row_group(group, columns=columns, use_threads=threads)
        table = _with_maps(table, name)
        # Counting costs as much as reading a small file; mostly there is no need to. What is not
        # counted must leave the groups that are their share: a guess is far more than there is.
        most = sum(map(_most_bytes, table.columns))
        held += most if most <= share else sum(map(_spread_bytes, table.columns))
        if held > limit:
            raise InvalidInputError(
                f"{name} states {held} bytes of texts in {size_bytes} bytes; {_DAMAGED}"
            )
        yield _spread(table)


@cache
def _usual_texts() -> list[str]:
    """Tell the paths of the texts in a file of all columns: nearly every file is one."""
    return _paths_of_texts("list.element")


@cache
def _earlier_texts() -> list[str]:
    """Tell them of a file of schema 1, which holds maps."""
    return _paths_of_texts("key_value")


def _paths_of_texts(between: str) -> list[str]:
    paths = []
    for field in manifest_schema():
        if pa.types.is_map(field.type):
            paths += [f"{field.name}.{between}.{part}" for part in ("key", "value")]
        elif pa.types.is_string(field.type):
            paths.append(field.name)
    return paths


def _text_paths(file: pq.ParquetFile) -> list[str]:
    columns = map(file.schema.column, range(len(file.schema.names)))
    known = set(manifest_schema().names)
    texts = [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]
    return [path for path in texts if path.partition(".")[0] in known]


def limit_bytes(size_bytes: int) -> int:
    """Tell how many bytes a manifest of this size may become in memory."""
    return LEAST_LIMIT_BYTES + MOST_FACTOR * size_bytes


_DAMAGED = "it is damaged, restore it from a backup"


def _require_flat(source: Any, size_bytes: int, name: str) -> None:
    """Look into the footer before Arrow does, which follows every level of the schema."""
    if size_bytes < _END.size + len(_MAGIC):
        raise InvalidInputError(f"{name} is not a Parquet file: it has {size_bytes} bytes")
    length, magic = _END.unpack(source.read_at(_END.size, size_bytes - _END.size))
    start = size_bytes - _END.size - length
    if magic != _MAGIC or start < len(_MAGIC):
        raise InvalidInputError(f"{name} is not a Parquet file, or is damaged: it has no footer")
    if _num_schema_elements(source.read_at(_HEAD_BYTES, start)) > MOST_SCHEMA_ELEMENTS:
        raise InvalidInputError(f"{name} is not a manifest: it has far too many columns")


def _num_schema_elements(head: bytes) -> int:
    """Read the beginning of a footer, in Thrift's compact form: a version, then a list of structs.

    Anything else counts as too many: nobody writes it.
    """
    version, _, rest = head.partition(b"\x19")  # a list, in the field after the one before
    if len(version) != 2 or version[:1] != b"\x15" or not rest or rest[0] & 0x0F != 0x0C:
        return MOST_SCHEMA_ELEMENTS + 1
    if rest[0] < 0xF0:
        return rest[0] >> 4
    count = 0
    for place, byte in enumerate(rest[1:]):
        count |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return count
    return MOST_SCHEMA_ELEMENTS + 1


def _with_maps(table: pa.Table, name: str) -> pa.Table:
    """Give facts that lie as pairs as maps."""
    for place, field in enumerate(table.schema):
        if are_pairs(field.type):
            maps = maps_from_pairs(table.column(place).combine_chunks(), name)
            table = table.set_column(place, pa.field(field.name, maps.type), maps)
    return table


def _spread(table: pa.Table) -> pa.Table:
    """Give each row its own texts."""
    found = list(table.schema)
    plain = [_plain(field) for field in found]
    columns = [
        column if wanted is field else column.cast(wanted.type)
        for column, field, wanted in zip(table.columns, found, plain, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=pa.schema(plain))


def _most_bytes(column: Any) -> int:
    """Tell what a column cannot be larger than when each row has its own text."""
    return sum(map(_most_bytes_of, column.chunks))


def _most_bytes_of(array: pa.Array) -> int:
    if pa.types.is_map(array.type):
        return _most_bytes_of(array.keys) + _most_bytes_of(array.items)
    if not pa.types.is_dictionary(array.type):
        return int(array.nbytes)
    return int(array.dictionary.nbytes) * len(array)


def _spread_bytes(column: Any) -> int:
    """Tell how many bytes a column has when each row has its own text."""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    return sum(map(_spread_bytes_of, chunks))


def _spread_bytes_of(array: pa.Array) -> int:
    if pa.types.is_map(array.type):
        return _spread_bytes_of(array.keys) + _spread_bytes_of(array.items)
    if not pa.types.is_dictionary(array.type):
        return int(array.nbytes)
    lengths = pc.binary_length(array.dictionary).cast(pa.int64())
    return int(pc.sum(lengths.take(array.indices), min_count=0).as_py())


def _plain(field: pa.Field) -> pa.Field:
    if pa.types.is_dictionary(field.type):
        return field.with_type(field.type.value_type)
    if pa.types.is_map(field.type):
        return field.with_type(pa.map_(pa.string(), pa.string()))
    return field
