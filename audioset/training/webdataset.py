"""A version as a stock webdataset pipeline: whole shards, read in sequence.

The right way to read when every clip is used and the store is far away: a few large requests
instead of one per batch. Facts that people may change are not in the shards; they are joined here
from the manifest, by key.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import webdataset as wds

from audioset.errors import IntegrityError
from audioset.records.manifest import Clip, clips_from_table, columns
from audioset.records.version import VersionRecord
from audioset.storage.store import Store, open_store
from audioset.training.clip import decode_clip
from audioset.training.order import epoch_order
from audioset.versions.consumed import ConsumedPass
from audioset.versions.layout import shard_key

if TYPE_CHECKING:
    import pyarrow as pa

Sample = dict[str, Any]


def as_webdataset(
    table: "pa.Table",
    positions: Sequence[int],
    store: Store,
    record: VersionRecord,
    *,
    digest: str,
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
        table: the rows of the clips that are wanted.
        positions: of these rows in the version or view, for the receipt.
        store: where the version lies.
        record: of the version.
        digest: of the version or view; part of what decides the order.
        consumed: where consumed clips are noted.
        split: the split that the rows are of, or None; part of what decides the order.
        seed, epoch: choose the order of the shards and of the clips in the buffer.
        buffer_clips: clips are shuffled within a buffer of this many; 0 keeps the order of shards
            and of the clips in them.
    """
    rows = {clip.clip_id: clip for clip in clips_from_table(table)}
    shards = sorted({str(clip.shard_sha256) for clip in rows.values()})
    if buffer_clips:
        order = epoch_order(shards, digest=digest, split=split, seed=seed, epoch=epoch)
        shards = [shards[place] for place in order]
    keys = [shard_key(record.dataset, sha256) for sha256 in shards]
    sizes = {shard_key(record.dataset, s.sha256): s.size_bytes for s in record.shards}
    pipeline = wds.FluidWrapper(wds.SimpleShardList(keys)).compose(
        wds.split_by_node,
        wds.split_by_worker,
        _Opener(store, sizes),
        wds.pipelinefilter(wds.tariterators.tar_file_expander)(),
        wds.pipelinefilter(wds.tariterators.group_by_keys)(),
        _Keep(frozenset(rows)),
    )
    if buffer_clips:
        # Before decoding: compressed clips take a fifth of the memory.
        pipeline = pipeline.shuffle(buffer_clips, seed=f"{seed}/{epoch}")
    places = dict(zip(table.column("clip_id").to_pylist(), positions, strict=True))
    return pipeline.compose(_Join(rows, places, consumed))


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
class _Keep:
    """Drop members that the manifest, or the chosen split, does not have."""

    clip_ids: frozenset[str]

    def __call__(self, samples: Iterable[Sample]) -> Iterator[Sample]:
        return (sample for sample in samples if sample["__key__"] in self.clip_ids)


@dataclass(frozen=True, slots=True)
class _Join:
    """Decode the audio, checked against its hash, and add what the manifest says of the clip."""

    rows: Mapping[str, Clip]
    positions: Mapping[str, int]
    consumed: ConsumedPass

    def __call__(self, samples: Iterable[Sample]) -> Iterator[Sample]:
        for sample in samples:
            row = self.rows[sample["__key__"]]
            loaded = decode_clip(row, sample["flac"])
            self.consumed.add([self.positions[row.clip_id]])
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
