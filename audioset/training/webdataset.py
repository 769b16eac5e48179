"""A version as a stock webdataset pipeline: whole shards, read in sequence.

The right way to read when every clip is used and the store is far away: a few large requests
instead of one per batch. Which bytes of a shard are clips of the version is said by its rows: a
shard may hold others, also an older state of a clip. Facts that people may change are not in the
shards; they are joined here from the rows.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import webdataset as wds

from audioset.errors import IntegrityError
from audioset.records.manifest import Clip, columns
from audioset.storage.store import Store, open_store
from audioset.training.clip import decode_clip
from audioset.training.order import epoch_order
from audioset.versions.consumed import ConsumedPass
from audioset.versions.layout import shard_key

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audioset.training.reader import Dataset

Sample = dict[str, Any]
_POSITION = "__position__"  # of a sample on its way, in the rows of the version or view


def as_webdataset(
    dataset: "Dataset",
    positions: "NDArray[Any]",
    *,
    consumed: ConsumedPass,
    split: str | None,
    seed: int,
    epoch: int,
    buffer_clips: int,
) -> wds.FluidWrapper:
    """Give a webdataset pipeline; add `.map(…)`, `.batched(…)` and so on as usual.

    A sample is a dict: `__key__` (clip id), `samples` (float32, shape (num_samples,)),
    `sampling_rate` in Hz, and every filled column of the manifest, keys of `extra` included.
    Shards are divided over nodes and DataLoader workers by webdataset's own splitters.

    Args:
        dataset: the version or view.
        positions: of the clips that are wanted.
        consumed: where consumed clips are noted.
        split: the split that the clips are of, or None; part of what decides the order.
        seed, epoch: choose the order of the shards and of the clips in the buffer.
        buffer_clips: clips are shuffled within a buffer of this many; 0 keeps the order of shards
            and of the clips in them.
    """
    record = dataset.record
    counts = dataset.rows.count_by_shard(positions)
    shards = sorted(sha256 for sha256, count in counts.items() if count)
    if buffer_clips:
        order = epoch_order(shards, digest=dataset.digest, split=split, seed=seed, epoch=epoch)
        shards = [shards[place] for place in order]
    sha256_of = {shard_key(record.dataset, sha256): sha256 for sha256 in shards}
    sizes = {shard_key(record.dataset, s.sha256): s.size_bytes for s in record.shards}
    pipeline = wds.FluidWrapper(wds.SimpleShardList(list(sha256_of))).compose(
        wds.split_by_node,
        wds.split_by_worker,
        _Opener(dataset.store, sizes),
        _CutOut(dataset, positions, sha256_of),
    )
    if buffer_clips:
        # Before decoding: compressed clips take a fifth of the memory.
        pipeline = pipeline.shuffle(buffer_clips, seed=f"{seed}/{epoch}")
    return pipeline.compose(_Join(dataset, consumed))


# The stages are classes, not closures, so that DataLoader workers can unpickle them.


class _Opener:
    """Open each shard: a local one as a file, any other by reading it whole.

    Its size is checked: a tar that was cut short between two members would just end early.
    """

    def __init__(self, store: Store, sizes_bytes: Mapping[str, int]) -> None:
        self._store = store
        self._sizes_bytes = sizes_bytes

    def __reduce__(
        self,
    ) -> tuple[Callable[[str, Mapping[str, int]], "_Opener"], tuple[str, Mapping[str, int]]]:
        return _reopen, (self._store.url, self._sizes_bytes)

    def __call__(self, shards: Iterable[Sample]) -> Iterator[Sample]:
        for shard in shards:
            key = shard["url"]
            with self._open(key) as stream:
                size_bytes = stream.seek(0, io.SEEK_END)
                if size_bytes != self._sizes_bytes[key]:
                    raise IntegrityError(
                        f"{self._store.uri(key)} is damaged: it has {size_bytes} bytes, not "
                        f"{self._sizes_bytes[key]}"
                    )
                stream.seek(0)
                yield {**shard, "stream": stream}

    def _open(self, key: str) -> BinaryIO:
        if "://" in self._store.url:
            return io.BytesIO(self._store.get(key))
        try:
            return (Path(self._store.url) / key).open("rb")
        except FileNotFoundError as error:
            raise IntegrityError(f"{self._store.uri(key)} is missing") from error


@dataclass(frozen=True, slots=True)
class _CutOut:
    """Cut the clips that are wanted out of each shard, where the rows say that they lie."""

    dataset: "Dataset"
    positions: "NDArray[Any]"
    sha256_of: Mapping[str, str]

    def __call__(self, shards: Iterable[Sample]) -> Iterator[Sample]:
        rows = self.dataset.rows
        for shard in shards:
            found = rows.in_shard(self.sha256_of[shard["url"]], self.positions)
            places = rows.places(found)
            for position, clip_id, (offset, size) in zip(
                found, places.clip_ids, places.ranges, strict=True
            ):
                shard["stream"].seek(offset)
                flac = shard["stream"].read(size)
                yield {
                    "__key__": clip_id,
                    "__url__": shard["url"],
                    _POSITION: position,
                    "flac": flac,
                }


@dataclass(frozen=True, slots=True)
class _Join:
    """Decode the audio, checked against its hash, and add what the row says of the clip."""

    dataset: "Dataset"
    consumed: ConsumedPass

    def __call__(self, samples: Iterable[Sample]) -> Iterator[Sample]:
        for sample in samples:
            (make_row,) = self.dataset.rows.clips([sample[_POSITION]])
            row = make_row()
            loaded = decode_clip(row, sample["flac"])
            self.consumed.add([sample[_POSITION]])
            yield {
                **_facts(row),  # first: no fact may take the place of what follows
                "__key__": row.clip_id,
                "__url__": sample["__url__"],
                "samples": loaded.samples,
                "sampling_rate": loaded.sampling_rate,
            }


def _reopen(store_url: str, sizes_bytes: Mapping[str, int]) -> _Opener:
    return _Opener(open_store(store_url), sizes_bytes)


def _facts(row: Clip) -> dict[str, Any]:
    values = {field.name: getattr(row, field.name) for field in columns() if field.name != "extra"}
    return {**row.extra, **{name: value for name, value in values.items() if value is not None}}
