"""The rows of a version or view, ready for what a reader asks of them again and again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from audioset.records.manifest import Clip, clips_from_table
from audioset.storage.arrays import as_indices, as_numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_CHECKED = ("clip_id", "audio_sha256")


@dataclass(frozen=True, slots=True)
class Places:
    """Where some clips lie; all in the same order.

    Attributes:
        clip_ids, shards, hashes: id, sha256 of the shard, sha256 of the bytes of each.
        ranges: (offset, size) of the bytes of each in its shard.
    """

    clip_ids: list[str]
    shards: list[str]
    hashes: list[str]
    ranges: list[tuple[int, int]]


class Rows:
    """Rows by position, each of the columns that have any value.

    Args:
        table: rows of a published version.
    """

    def __init__(self, table: pa.Table) -> None:
        filled = [
            name
            for name in table.column_names
            if table.column(name).null_count < (table.num_rows or 1) or name in _CHECKED
        ]
        whole = table.select(filled).combine_chunks()
        batches = whole.to_batches()
        # A batch answers faster; more than 2 GB of text do not fit one.
        self._data: Any = batches[0] if len(batches) == 1 else whole

    @cached_property
    def lengths_seconds(self) -> "NDArray[np.float64]":
        """Length of every clip, shape (rows,)."""
        return self._numbers("length_seconds")

    def places(self, positions: Sequence[int]) -> Places:
        """Tell where clips lie."""
        taken = self._data.select(_CHECKED).take(as_indices(positions))
        index = np.asarray(positions, np.int64)
        names = self._shard_names
        return Places(
            clip_ids=taken.column("clip_id").to_pylist(),
            shards=[names[number] for number in self._shard_numbers[index].tolist()],
            hashes=taken.column("audio_sha256").to_pylist(),
            ranges=list(
                zip(self._offsets[index].tolist(), self._sizes[index].tolist(), strict=True)
            ),
        )

    def clips(self, positions: Sequence[int]) -> "list[Callable[[], Clip]]":
        """Give what makes the row of each clip; all are made when the first is asked for."""
        some = _SomeRows(self._data, positions)
        return [partial(some.clip, number) for number in range(len(positions))]

    def count_by_shard(self, positions: "NDArray[np.int64]") -> dict[str, int]:
        """Count clips by the shard that holds them."""
        counts = np.bincount(self._shard_numbers[positions], minlength=len(self._shard_names))
        return dict(zip(self._shard_names, counts.tolist(), strict=True))

    def num_samples(self, positions: Sequence[int]) -> list[tuple[int, int]]:
        """Give the number of samples per channel, and of channels, of each clip."""
        index = np.asarray(positions, np.int64)
        return list(
            zip(self._num_samples[index].tolist(), self._channels[index].tolist(), strict=True)
        )

    @cached_property
    def _num_samples(self) -> "NDArray[np.int64]":
        return self._numbers("num_samples")

    @cached_property
    def _channels(self) -> "NDArray[np.int16]":
        return self._numbers("channels")

    @cached_property
    def _sizes(self) -> "NDArray[np.int64]":
        return self._numbers("size_bytes")

    @cached_property
    def _offsets(self) -> "NDArray[np.int64]":
        return self._numbers("offset_bytes")

    @cached_property
    def _shards(self) -> "tuple[list[str], NDArray[np.int32]]":
        column = self._data.column("shard_sha256")
        whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        encoded = whole.dictionary_encode()
        return encoded.dictionary.to_pylist(), as_numbers(encoded.indices)

    @property
    def _shard_names(self) -> list[str]:
        return self._shards[0]

    @property
    def _shard_numbers(self) -> "NDArray[np.int32]":
        return self._shards[1]

    def _numbers(self, name: str) -> "NDArray[Any]":
        return as_numbers(self._data.column(name))


class _SomeRows:
    """Rows of one batch, turned into clips together when the first is asked for."""

    def __init__(self, data: Any, positions: Sequence[int]) -> None:
        self._data = data
        self._positions = positions
        self._clips: list[Clip] | None = None

    def clip(self, number: int) -> Clip:
        if self._clips is None:
            self._clips = list(self._made())
        return self._clips[number]

    def _made(self) -> Iterator[Clip]:
        return clips_from_table(self._data.take(as_indices(self._positions)))
