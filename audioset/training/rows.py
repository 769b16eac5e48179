"""The rows of a version or view, ready for what a reader asks of them again and again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from audioset.records.manifest import Clip, clips_from_table
from audioset.storage.arrays import as_indices, as_numbers, least_kind
from audioset.training.plan import Stored
from audioset.training.row_blocks import RowBlocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_PLACE = ("clip_id", "shard_sha256", "audio_sha256", "offset_bytes", "size_bytes")
_SHAPE = ("num_samples", "channels")
_LENGTH = "length_seconds"


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

    Of rows that are not held, length, size and shard of every clip are, in 16 bytes; 4 more where
    clips are not stored in the order of their ids.

    Args:
        rows: of a published version.
    """

    def __init__(self, rows: "pa.Table | RowBlocks") -> None:
        self._data: Any = rows if isinstance(rows, RowBlocks) else _filled(rows)

    @property
    def lengths_seconds(self) -> "NDArray[np.float64]":
        """Length of every clip, shape (rows,)."""
        return self._every.lengths_seconds

    def clip_id(self, position: int) -> str:
        """Tell the id of one clip."""
        taken = self._data.select(["clip_id"]).take(as_indices([position]))
        return str(taken.column("clip_id")[0].as_py())

    def places(self, positions: "Sequence[int] | NDArray[np.int64]") -> Places:
        """Tell where clips lie."""
        taken = self._data.select(_PLACE).take(as_indices(positions))
        values = {name: taken.column(name).to_pylist() for name in _PLACE}
        return Places(
            clip_ids=values["clip_id"],
            shards=values["shard_sha256"],
            hashes=values["audio_sha256"],
            ranges=list(zip(values["offset_bytes"], values["size_bytes"], strict=True)),
        )

    def clips(self, positions: Sequence[int]) -> "list[Callable[[], Clip]]":
        """Give what makes the row of each clip; all are made when the first is asked for."""
        some = _SomeRows(self._data, positions)
        return [partial(some.clip, number) for number in range(len(positions))]

    def count_by_shard(self, positions: "NDArray[np.int64]") -> dict[str, int]:
        """Count clips by the shard that holds them."""
        names, numbers = self._every.shard_names, self._every.shards
        counts = np.bincount(numbers[positions], minlength=len(names))
        return dict(zip(names, counts.tolist(), strict=True))

    def stored(self, positions: "NDArray[np.int64]") -> Stored:
        """Tell how clips are stored, one shard after the other; the positions ascend."""
        every = self._every
        is_all = len(positions) == len(every.sizes_bytes)
        if every.order is None:
            order = np.arange(len(positions), dtype=least_kind(len(positions)))
            return Stored(order, every.sizes_bytes if is_all else every.sizes_bytes[positions])
        order = every.order
        if not is_all:
            is_one = np.zeros(len(order), np.bool_)
            is_one[positions] = True
            order = order[is_one[order]]
        places = order if is_all else np.searchsorted(positions, order)
        return Stored(places, every.sizes_bytes[order])

    def sizes_bytes(self, positions: "Sequence[int] | NDArray[np.int64]") -> "NDArray[np.int64]":
        """Tell how large the audio of clips is, in bytes."""
        return self._every.sizes_bytes[np.asarray(positions, np.int64)].astype(np.int64)

    def in_shard(self, shard: str, positions: "NDArray[np.int64]") -> list[int]:
        """Give those of the positions whose clips lie in a shard, in the order in which they do."""
        every = self._every
        found = positions[every.shards[positions] == every.shard_names.index(shard)]
        offsets = [offset for offset, _ in self.places(found).ranges]
        in_order: list[int] = found[np.argsort(offsets, kind="stable")].tolist()
        return in_order

    def num_samples(self, positions: Sequence[int]) -> list[tuple[int, int]]:
        """Give the number of samples per channel, and of channels, of each clip."""
        taken = self._data.select(_SHAPE).take(as_indices(positions))
        lengths, channels = (taken.column(name).to_pylist() for name in _SHAPE)
        return list(zip(lengths, channels, strict=True))

    @cached_property
    def _every(self) -> "_Every":
        if isinstance(self._data, RowBlocks):
            return _every_of(self._data.places(_LENGTH), self._data.num_rows)
        batches = self._data.to_batches() if isinstance(self._data, pa.Table) else [self._data]
        return _every_of(batches, self._data.num_rows)


@dataclass(frozen=True, slots=True)
class _Every:
    """What is held of every clip: length, size, in which of the shards it lies, and where.

    Attributes:
        order: positions in the order in which clips are stored; None when that is their own.
    """

    lengths_seconds: "NDArray[np.float64]"
    sizes_bytes: "NDArray[np.uint32]"
    shards: "NDArray[np.int32]"
    shard_names: list[str]
    order: "NDArray[np.int32] | None"


def _every_of(batches: "Iterator[pa.RecordBatch] | list[pa.RecordBatch]", num_rows: int) -> _Every:
    lengths, sizes = np.empty(num_rows, np.float64), np.empty(num_rows, np.uint32)
    shards, offsets = np.empty(num_rows, np.int32), np.empty(num_rows, np.int64)
    names: dict[str, int] = {}
    start = 0
    for batch in batches:
        end = start + batch.num_rows
        lengths[start:end] = as_numbers(batch.column(_LENGTH))
        sizes[start:end] = as_numbers(batch.column("size_bytes")).clip(0, 2**32 - 1)
        offsets[start:end] = as_numbers(batch.column("offset_bytes"))
        encoded = batch.column("shard_sha256").dictionary_encode()
        here = [names.setdefault(name, len(names)) for name in encoded.dictionary.to_pylist()]
        shards[start:end] = np.array(here, np.int32)[as_numbers(encoded.indices)]
        start = end
    return _Every(lengths, sizes, shards, list(names), _order_of(shards, offsets))


def _order_of(
    shards: "NDArray[np.int32]", offsets: "NDArray[np.int64]"
) -> "NDArray[np.int32] | None":
    """Order clips by shard and offset; None when they are in that order."""
    same, onward = shards[1:] == shards[:-1], offsets[1:] >= offsets[:-1]
    if np.all((shards[1:] > shards[:-1]) | (same & onward)):
        return None
    return np.lexsort((offsets, shards)).astype(least_kind(len(shards)))


def _filled(table: pa.Table) -> "pa.Table | pa.RecordBatch":
    """Leave out columns that have no value but are not asked for by name."""
    filled = [
        name
        for name in table.column_names
        if table.column(name).null_count < (table.num_rows or 1) or name in _PLACE
    ]
    whole = table.select(filled).combine_chunks()
    batches = whole.to_batches()
    # A batch answers faster; more than 2 GB of text do not fit one.
    return batches[0] if len(batches) == 1 else whole


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
