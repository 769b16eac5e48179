"""Manifests as Parquet: written whole or not at all, read whole or as a stream.

The schema is stated in `records/manifest.py`; here it is held, when writing and when reading.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from audioset.errors import InvalidInputError, NotFoundError, StorageError
from audioset.records.kept_manifest import PANDAS_KEY, keep_for_pandas
from audioset.records.manifest import (
    SCHEMA_VERSION_KEY,
    SOURCE_KEY,
    manifest_schema,
    require_manifest,
    stored_schema,
)
from audioset.records.source import Source
from audioset.storage.bounded import open_bounded, read_groups
from audioset.storage.files import write_atomically
from audioset.storage.rows.as_manifest import ascends, conform, present_columns, require_rows
from audioset.storage.rows.laid_rows import even_batches
from audioset.storage.synced import was_written

# Rows that a reader holds at once; 64 k rows of all columns are some 30 MB.
ROW_GROUP_ROWS = 65_536


def write_manifest(
    path: Path,
    table: pa.Table,
    *,
    metadata: Mapping[bytes, bytes] | None = None,
    for_pandas: bool = True,
) -> None:
    """Write a manifest sorted by clip id, replacing an older file in one step.

    Nobody ever sees a half-written file: the bytes reach the disk under another name first.

    Args:
        path: of the file; its folder is made when missing.
        table: one row per clip; optional columns may be absent.
        metadata: kept in the file beside the schema version, such as `SOURCE_KEY`.
        for_pandas: whether what stands in it is to survive when somebody saves it from pandas.

    Raises:
        InvalidInputError: the table is not a manifest, a clip id occurs twice, or a column that
            every row must have holds null.
        StorageError: the disk is full, or the folder cannot be written.
    """
    ordered = order_manifest(table, str(path))
    said = {**manifest_schema().metadata, **dict(sorted((metadata or {}).items()))}
    kept = keep_for_pandas(said, ordered) if for_pandas else said
    write_atomically(path, lambda file: _write_parquet(ordered.replace_schema_metadata(kept), file))
    was_written(path)


def replace_rows(
    path: Path,
    table: pa.Table,
    *,
    source: Source | None = None,
    metadata: Mapping[bytes, bytes | None] | None = None,
) -> None:
    """Replace the rows of a working manifest in one step; what it says of its source stays.

    Args:
        path: of the manifest.
        table: the rows.
        source: is noted in the place of the one there.
        metadata: what else it shall say otherwise; None for what it shall say no more.

    Raises:
        As `write_manifest` and `read_manifest_metadata`.
    """
    said: dict[bytes, bytes | None] = {
        key: value
        for key, value in read_manifest_metadata(path).items()
        if key.startswith(b"audioset.") and key != SCHEMA_VERSION_KEY
    }
    if source is not None:
        said[SOURCE_KEY] = source.to_json().encode()
    said |= metadata or {}
    kept = {key: value for key, value in said.items() if value is not None}
    write_manifest(path, table, metadata=kept)


def read_saved(path: Path) -> pa.Table:
    """Read a Parquet file that was a manifest before somebody saved it, as it is.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: not a Parquet file.
        StorageError: the file cannot be read.
    """
    with _opened(path, str(path), is_manifest=False) as opened:
        return pq.ParquetFile(opened.source, metadata=opened.file.metadata).read()


def holds_clips(path: Path) -> bool:
    """Tell whether a file is a table of clips, be it a manifest that can be read or not."""
    try:
        return {"clip_id", "source_id"} <= set(read_saved(path).column_names)
    except (InvalidInputError, NotFoundError, StorageError):
        return False


def order_manifest(table: pa.Table, name: str) -> pa.Table:
    """Give a manifest all columns and the order of its clip ids; `name` is used in messages.

    Raises:
        InvalidInputError: the table is not a manifest, a clip id occurs twice, or a column that
            every row must have holds null.
    """
    rows = require_rows(table, name)
    if ascends(rows["clip_id"]):
        return rows
    rows = rows.sort_by("clip_id")
    if not ascends(rows["clip_id"]):
        counts = pc.value_counts(rows["clip_id"])
        twice = counts.filter(pc.greater(counts.field("counts"), 1))[0]["values"].as_py()
        raise InvalidInputError(f"{name}: clip {twice} occurs twice; clip ids are unique")
    return rows


def read_manifest(path: Path) -> pa.Table:
    """Read a manifest with all columns of this release; those an older file lacks are null.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: not a Parquet file, not a manifest, or of a newer release.
        StorageError: the file cannot be read.
    """
    with _opened(path, str(path)) as opened:
        return _whole(opened, str(path))


def read_manifest_metadata(path: Path) -> dict[bytes, bytes]:
    """Read what `write_manifest` was given as metadata, and the schema version.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: not a Parquet file, not a manifest, or of a newer release.
        StorageError: the file cannot be read.
    """
    with _opened(path, str(path)) as opened:
        said = opened.schema.metadata
        return {key: text for key, text in said.items() if key != PANDAS_KEY}


def list_manifests(path: Path) -> list[Path]:
    """List the manifests at `path`: the file itself, or the `*.parquet` of a folder, sorted.

    Raises:
        NotFoundError: nothing is there, or the folder holds no manifest.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise NotFoundError(f"no manifest at {path}; cut a source first: audioset cut FILE")
    found = sorted(p for p in path.glob("*.parquet") if not p.name.startswith("."))
    if not found:
        raise NotFoundError(f"{path} holds no manifest; cut a source first: audioset cut FILE")
    return found


def scan_manifests(
    paths: Iterable[Path], columns: Sequence[str] | None = None
) -> Iterator[pa.RecordBatch]:
    """Stream manifests, file after file, at most `ROW_GROUP_ROWS` rows at once.

    Args:
        paths: the files, in the order in which they are read.
        columns: which to read, in this order; all when None. Null where an older file lacks one.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: an unknown column, or a file that is not a manifest of this release.
        StorageError: a file cannot be read.
    """
    for path in paths:
        with _opened(path, str(path)) as opened:
            yield from _batches(opened, columns, str(path))


def encode_manifest(table: pa.Table) -> bytes:
    """Encode a manifest for the store, in the order of its rows; equal tables give equal bytes.

    Raises:
        InvalidInputError: the table is not a manifest, or its clip ids do not ascend.
    """
    require_manifest(table.schema, "the manifest")
    return encode_batches(table.to_batches())[0]


def encode_batches(batches: Iterable[pa.RecordBatch]) -> tuple[bytes, int]:
    """Encode rows as `encode_manifest` does a table of them; holds one group of rows beside it.

    Returns:
        The bytes, and how many rows they are.

    Raises:
        As `encode_manifest`.
    """
    sink = pa.BufferOutputStream()
    num_rows, last = 0, ""
    with _open_writer(sink, manifest_schema().metadata) as writer:
        for batch in even_batches(batches, ROW_GROUP_ROWS):
            rows = require_rows(pa.Table.from_batches([batch]), "the manifest")
            ids = rows["clip_id"]
            if not ascends(ids) or (num_rows and ids[0].as_py() <= last):
                raise InvalidInputError("the manifest is not in the order of its clip ids")
            num_rows, last = num_rows + rows.num_rows, ids[-1].as_py()
            _write_group(rows, writer)
    return sink.getvalue().to_pybytes(), num_rows


def decode_manifest(data: bytes, name: str) -> pa.Table:
    """Decode what `encode_manifest` made; `name` is used in messages.

    Raises:
        InvalidInputError: the bytes are not a manifest that this release can read.
    """
    with _opened(data, name) as opened:
        return _whole(opened, name)


def scan_encoded(
    data: bytes | Path, name: str, columns: Sequence[str] | None = None
) -> Iterator[pa.RecordBatch]:
    """Stream what `encode_manifest` made, as `scan_manifests` streams files.

    Raises:
        InvalidInputError: an unknown column, or not a manifest that this release can read.
    """
    with _opened(data, name) as opened:
        yield from _batches(opened, columns, name)


class RowGroups(NamedTuple):
    """The groups of rows that a manifest is read by.

    Attributes:
        num_rows: of each group.
        empty: columns of which no row has a value, as far as the file tells.
    """

    num_rows: list[int]
    empty: frozenset[str]


def read_row_groups(path: Path, name: str) -> RowGroups:
    """Tell the groups of rows of a manifest; no row is read.

    Raises:
        As `read_row_group`.
    """
    with _opened(path, name) as opened:
        metadata = opened.file.metadata
        groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
        missing = frozenset(manifest_schema().names) - set(opened.schema.names)
        filled = {
            chunk.path_in_schema.partition(".")[0]
            for group in groups
            for chunk in map(group.column, range(group.num_columns))
            if chunk.statistics is None or chunk.statistics.null_count != chunk.num_values
        }
        names = {column.partition(".")[0] for column in opened.file.schema.names}
        return RowGroups([group.num_rows for group in groups], missing | names - filled)


def read_row_group(path: Path, name: str, group: int, columns: Sequence[str]) -> pa.Table:
    """Read one group of rows of a manifest.

    Args:
        path: of the manifest.
        name: is used in messages.
        group: its number.
        columns: which to give, in this order.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: not a manifest that this release can read.
        StorageError: the file cannot be read.
    """
    with _opened(path, name) as opened:
        present = present_columns(opened.schema, columns)
        (table,) = read_groups(opened.file, opened.source, present, name, [group])
        return conform(table, columns, name).combine_chunks()


def _write_parquet(table: pa.Table, where: Any) -> None:
    with _open_writer(where, table.schema.metadata) as writer:
        _write_group(table, writer)


def _open_writer(where: Any, metadata: Mapping[bytes, bytes]) -> pq.ParquetWriter:
    # All options are fixed, so that equal rows give equal bytes.
    return pq.ParquetWriter(
        where,
        stored_schema().with_metadata(metadata),
        compression="zstd",
        compression_level=3,
        version="2.6",
        data_page_version="1.0",
        write_statistics=True,
    )


def _write_group(table: pa.Table, writer: pq.ParquetWriter) -> None:
    # Chunk borders of the table would move page borders in the file: make one chunk first.
    writer.write_table(table.cast(writer.schema).combine_chunks(), row_group_size=ROW_GROUP_ROWS)


class _OpenManifest(NamedTuple):
    """An open manifest, Arrow's file or buffer that it is read from, and its schema as written."""

    file: pq.ParquetFile
    source: Any
    schema: pa.Schema


@contextmanager
def _opened(where: Path | bytes, name: str, *, is_manifest: bool = True) -> Iterator[_OpenManifest]:
    """Open a manifest and check its schema; library errors inside the block are translated."""
    try:
        source = pa.BufferReader(where) if isinstance(where, bytes) else pa.OSFile(str(where))
        with source, open_bounded(source, name) as file:
            schema = file.schema.to_arrow_schema()  # as it was written, each row with its texts
            if is_manifest:
                require_manifest(schema, name)
            yield _OpenManifest(file, source, schema)
    except FileNotFoundError as error:
        raise NotFoundError(f"no manifest {name}") from error
    except MemoryError as error:
        raise InvalidInputError(f"{name} needs more memory than there is: {error}") from error
    except (pa.ArrowException, OSError) as error:
        # Arrow also reports damaged pages as OSError, but only the system gives a number.
        if isinstance(error, OSError) and error.errno is not None:
            raise StorageError(f"cannot read {name}: {error.strerror}") from error
        reason = str(error).partition("\n")[0]
        raise InvalidInputError(f"{name} is not a Parquet file, or is damaged: {reason}") from error


def _whole(opened: _OpenManifest, name: str) -> pa.Table:
    tables = list(_tables(opened, None, name))
    return pa.concat_tables(tables) if tables else manifest_schema().empty_table()


def _batches(
    opened: _OpenManifest, columns: Sequence[str] | None, name: str
) -> Iterator[pa.RecordBatch]:
    for table in _tables(opened, columns, name):
        yield from table.combine_chunks().to_batches(ROW_GROUP_ROWS)


def _tables(opened: _OpenManifest, columns: Sequence[str] | None, name: str) -> Iterator[pa.Table]:
    present = present_columns(opened.schema, columns)
    for table in read_groups(opened.file, opened.source, present, name):
        yield conform(table, columns, name)
