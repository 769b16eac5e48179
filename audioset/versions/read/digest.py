"""The digest of a version: one hash over what its rows say.

It does not depend on Parquet, on chunks or parts, on where or when: equal digests mean equal data.
`docs/format.md` states it so that others can compute it.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.errors import InvalidInputError
from audioset.records.manifest import columns
from audioset.storage.arrays import as_numbers, bytes_of_texts, fill_null

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIGEST_FORMAT = b"audioset digest 1\n"


def table_digest(batches: Iterable[pa.RecordBatch]) -> str:
    """Hash the rows of a manifest, all columns but those of the group `storage`.

    A column without any value counts as absent, so that a column which a later release adds leaves
    the digests of older data as they are.

    Args:
        batches: the rows in the order of their clip ids; how they are divided does not matter.

    Returns:
        sha256, hex.

    Raises:
        InvalidInputError: the clip ids do not ascend.
    """
    running = RunningDigest()
    for batch in batches:
        running.add(batch)
    return running.hexdigest()


class RunningDigest:
    """The digest of rows that come one batch after the other; see `table_digest`."""

    def __init__(self) -> None:
        kept = [column for column in columns() if column.metadata["group"] != "storage"]
        self._hashes = {column.name: _ColumnHash(column.metadata["arrow"]) for column in kept}
        self._last = ""

    def add(self, batch: pa.RecordBatch) -> None:
        """Go on with the next rows.

        Raises:
            InvalidInputError: the clip ids do not ascend.
        """
        self._last = _require_order(batch, self._last)
        for name, running in self._hashes.items():
            if name in batch.schema.names:
                running.add(batch.column(name))
            else:
                running.add(pa.nulls(batch.num_rows, pa.string()))

    def hexdigest(self) -> str:
        """Give the digest of the rows so far: sha256, hex."""
        whole = hashlib.sha256(DIGEST_FORMAT)
        for name, running in sorted(self._hashes.items()):
            if running.num_values:
                whole.update(f"{name}\t{running.arrow}\t{running.hexdigest()}\n".encode())
        return whole.hexdigest()


class _ColumnHash:
    """Three running hashes of one column, which its division into batches cannot change."""

    def __init__(self, arrow: str) -> None:
        self.arrow = arrow
        self.num_values = 0
        self._validity = hashlib.sha256()
        self._lengths = hashlib.sha256()
        self._values = hashlib.sha256()

    def add(self, array: pa.Array) -> None:
        """Go on with the next rows."""
        if pa.types.is_map(array.type):
            array = _encode_maps(array)
        self.num_values += len(array) - array.null_count
        self._validity.update(_bytes_of(array.is_valid()).data)
        if pa.types.is_string(array.type):
            lengths, values = _string_bytes(array)
            self._lengths.update(lengths.data)
            self._values.update(values)
        else:
            self._values.update(_fixed_bytes(array).data)

    def hexdigest(self) -> str:
        """Combine the three."""
        parts = (self._validity, self._lengths, self._values)
        return hashlib.sha256(b"".join(part.digest() for part in parts)).hexdigest()


def _require_order(batch: pa.RecordBatch, last: str) -> str:
    """Check that the ids ascend, also from the batch before; returns the last one."""
    if not batch.num_rows:
        return last
    ids = batch.column("clip_id")
    ascends = pc.all(pc.less(ids.slice(0, len(ids) - 1), ids.slice(1))).as_py()
    if ids[0].as_py() <= last or ascends is False:
        raise InvalidInputError("a digest is taken over rows in the order of their clip ids")
    return str(ids[-1].as_py())


def _string_bytes(array: pa.Array) -> "tuple[NDArray[np.uint32], memoryview]":
    """Give the lengths (uint32, null: 0) and the UTF-8 bytes of all strings, without gaps."""
    filled = fill_null(array)
    _, offsets_buffer, values_buffer = filled.buffers()
    if not len(filled) or values_buffer is None:
        return np.zeros(len(filled), "<u4"), memoryview(b"")
    offsets = np.frombuffer(offsets_buffer, np.int32)[filled.offset :][: len(filled) + 1]
    return np.diff(offsets).astype("<u4"), bytes_of_texts(filled)


def _fixed_bytes(array: pa.Array) -> "NDArray[Any]":
    """Give little-endian values, null as zero; all NaN are one NaN and -0.0 is 0.0."""
    if pa.types.is_boolean(array.type):
        return _bytes_of(fill_null(array))
    values = as_numbers(fill_null(array))
    if values.dtype.kind == "f":
        values = np.where(np.isnan(values), values.dtype.type("nan"), values + values.dtype.type(0))
    return np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<"), copy=False))


def _bytes_of(booleans: pa.Array) -> "NDArray[np.uint8]":
    """Give one byte for each."""
    return np.ascontiguousarray(as_numbers(booleans.cast(pa.uint8())))


def _encode_maps(array: pa.Array) -> pa.Array:
    """Write each map as JSON of its sorted pairs; an empty map says nothing and becomes null."""
    filled = np.flatnonzero(np.diff(as_numbers(array.offsets)) * _bytes_of(array.is_valid()))
    if not len(filled):
        return pa.nulls(len(array), pa.string())  # an array of Python values would load pandas
    texts: list[str | None] = [None] * len(array)
    for position in filled:
        pairs = sorted(array[int(position)].as_py())
        texts[position] = json.dumps(pairs, ensure_ascii=False, separators=(",", ":"))
    return pa.array(texts, pa.string())
