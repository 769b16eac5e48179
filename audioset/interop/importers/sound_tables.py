"""Parquet files of others, with a column of sounds or without, read some rows at a time."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from audioset.errors import InvalidInputError, NotFoundError, StorageError
from audioset.storage.bounded import open_bounded

_ROWS_AT_ONCE = 16  # a sound may have some megabytes
_WORDS_AT_ONCE = 1000  # rows of a table that only names files
_FEATURES_KEY = b"huggingface"


@dataclass(frozen=True, slots=True)
class SoundTable:
    """An open file.

    Attributes:
        column: of the sounds: a struct of `bytes` and `path`.
        labels: names of classes, by column; a row has the number of one.
    """

    column: str
    labels: dict[str, list[str]]
    _file: pq.ParquetFile

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the rows, as values of Python by column."""
        for batch in self._file.iter_batches(batch_size=_ROWS_AT_ONCE, use_threads=False):
            yield from batch.to_pylist()

    def names(self) -> Iterator[str | None]:
        """Yield `path` of each row, without reading the sounds."""
        for batch in self._file.iter_batches(columns=[f"{self.column}.path"], use_threads=False):
            for value in batch.column(0).to_pylist():
                yield (value or {}).get("path")


@contextmanager
def open_sound_table(path: Path) -> Iterator[SoundTable]:
    """Open a Parquet file that has a column of sounds.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: no Parquet file, a damaged one, or one without such a column.
        StorageError: it cannot be read.
    """
    with _opened(path) as file:
        schema = file.schema_arrow
        column = next((field.name for field in schema if _holds_sounds(field.type)), None)
        if column is None:
            raise InvalidInputError(f"{path} has no column of sounds: struct<bytes, path>")
        yield SoundTable(column, _labels_of((schema.metadata or {}).get(_FEATURES_KEY)), file)


def parquet_columns(path: Path) -> list[str]:
    """Give the names of the columns of a Parquet file; raises as `open_sound_table`."""
    with _opened(path) as file:
        return list(file.schema_arrow.names)


def parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a Parquet file without sounds; raises as `open_sound_table`."""
    with _opened(path) as file:
        for batch in file.iter_batches(batch_size=_WORDS_AT_ONCE, use_threads=False):
            yield from batch.to_pylist()


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    try:
        with pa.OSFile(str(path)) as source, open_bounded(source, str(path)) as file:
            yield file
    except FileNotFoundError as error:
        raise NotFoundError(f"{path}: no such file") from error
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise StorageError(f"cannot read {path}: {error.strerror}") from error
        reason = str(error).partition("\n")[0]
        raise InvalidInputError(f"{path} is no Parquet file, or is damaged: {reason}") from error


def _holds_sounds(kind: pa.DataType) -> bool:
    if not pa.types.is_struct(kind):
        return False
    types = {field.name: field.type for field in kind}
    data = types.get("bytes")
    return (
        "path" in types
        and data is not None
        and (pa.types.is_binary(data) or pa.types.is_large_binary(data))
    )


def _labels_of(features: bytes | None) -> dict[str, list[str]]:
    """Read the names of classes from what `datasets` notes in a file."""
    try:
        described = json.loads(features or b"{}")["info"]["features"]
        return {
            name: [str(each) for each in feature["names"]]
            for name, feature in described.items()
            if isinstance(feature, dict) and isinstance(feature.get("names"), list)
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
