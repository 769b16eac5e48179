"""Verify the rows of one version: what they add up to, and where they say that clips lie."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.records.version import ContentObject, VersionRecord
from audioset.storage.arrays import as_numbers
from audioset.versions.read.digest import RunningDigest
from audioset.versions.verify.shard import ClaimedClip


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardUse:
    """The clips that a version has in one shard.

    Attributes:
        part: key of the part of the manifest that names the first of them.
        shard_sha256: the shard; None where rows do not say.
        places: of the clips, in order.
    """

    part: str
    shard_sha256: str | None
    places: tuple[ClaimedClip, ...]


@dataclass(slots=True, kw_only=True)
class RowSums:
    """What the rows of a version add up to.

    Attributes:
        digest: of the rows.
        num_clips: rows.
        clips_of_part: rows of each part, by key.
        clips_of_shard: rows of each shard, by hash.
        withdrawn: ids of clips whose recording was withdrawn, by part.
    """

    digest: str = ""
    num_clips: int = 0
    clips_of_part: Counter[str] = field(default_factory=Counter)
    clips_of_shard: Counter[str] = field(default_factory=Counter)
    withdrawn: dict[str, list[str]] = field(default_factory=dict)
    _lengths: list[float] = field(default_factory=list)
    _speakers: set[str] = field(default_factory=set)

    def add(self, part: str, batch: pa.RecordBatch, recordings: pa.Array) -> None:
        """Count some rows.

        Args:
            part: key of the part that holds them.
            recordings: `pcm_sha256` of what was withdrawn.
        """
        self.num_clips += batch.num_rows
        self.clips_of_part[part] += batch.num_rows
        self._lengths.append(math.fsum(batch.column("length_seconds").to_numpy()))
        self._speakers.update(pc.unique(batch.column("speaker").drop_null()).to_pylist())
        if len(recordings):
            held = pc.is_in(batch.column("pcm_sha256"), value_set=recordings)
            if ids := batch.column("clip_id").filter(held).to_pylist():
                self.withdrawn.setdefault(part, []).extend(ids)

    def disagreements(self, record: VersionRecord) -> list[str]:
        """Say where a record says something else than its rows."""
        pairs: list[tuple[str, object, object]] = [
            ("num_clips", record.num_clips, self.num_clips),
            ("num_speakers", record.num_speakers, len(self._speakers)),
            ("size_bytes", record.size_bytes, sum(s.size_bytes for s in record.shards)),
        ]
        if not record.num_withdrawn:  # its identity is what it was before
            pairs.append(("digest", record.digest, self.digest))
        pairs += [
            (f"num_clips of shard {shard.sha256[:12]}", shard.num_clips, found)
            for shard in record.shards
            if not _can_hold(record, shard, found := self.clips_of_shard[shard.sha256])
        ]
        length = math.fsum(self._lengths)  # of sums of batches: right but for the last bits
        if not math.isclose(record.length_seconds, length, rel_tol=1e-12, abs_tol=1e-9):
            pairs.append(("length_seconds", record.length_seconds, length))
        return [
            f"says {name} is {said}, but its rows give {found}"
            for name, said, found in pairs
            if said != found
        ]


def _can_hold(record: VersionRecord, shard: ContentObject, num_rows: int) -> bool:
    """Tell whether a shard can be one of a version that names so many of its clips."""
    if record.format_version == 1:
        return num_rows == shard.num_clips
    return 0 < num_rows <= shard.num_clips


class RowWalk:
    """One pass over the rows of a version, which gives its shards one after the other.

    The rows of a shard are held until all of its clips were met, or until the end.

    Args:
        batches: key of the part and rows, in order.
        recordings: `pcm_sha256` of what was withdrawn.
        shards: those of the version.

    Attributes:
        sums: what the rows add up to; all of it when the walk is over.
    """

    def __init__(
        self,
        batches: Iterable[tuple[str, pa.RecordBatch]],
        recordings: frozenset[str],
        shards: Iterable[ContentObject],
    ) -> None:
        self.sums = RowSums()
        self._batches = batches
        self._recordings = pa.array(sorted(recordings), pa.string())
        self._held = {shard.sha256: shard.num_clips for shard in shards}
        # Of each shard the first part that names it, and rows.
        self._open: dict[str | None, tuple[str, list[pa.RecordBatch]]] = {}

    def uses(self) -> Iterator[ShardUse]:
        """Walk to the end, and give the clips of each shard once.

        Raises:
            InvalidInputError: the rows are not in order, or are not rows of a manifest.
        """
        digest = RunningDigest()
        for part, batch in self._batches:
            self.sums.add(part, batch, self._recordings)
            for shard, rows in _by_shard(batch):
                self.sums.clips_of_shard[str(shard)] += rows.num_rows
                self._open.setdefault(shard, (part, []))[1].append(rows)
                if shard is not None and self.sums.clips_of_shard[shard] == self._held.get(shard):
                    yield self._close(shard)
            digest.add(batch)
        for shard in list(self._open):
            yield self._close(shard)
        self.sums.digest = digest.hexdigest()

    def _close(self, shard: str | None) -> ShardUse:
        part, batches = self._open.pop(shard)
        places = tuple(place for batch in batches for place in _places(batch))
        return ShardUse(part=part, shard_sha256=shard, places=places)


def _by_shard(batch: pa.RecordBatch) -> Iterator[tuple[str | None, pa.RecordBatch]]:
    """Divide rows by their shard, in the order of the first of each; None where a place lacks."""
    claimed = batch.select(ClaimedClip._fields)
    is_whole = np.ones(batch.num_rows, bool)
    for column in claimed.columns:
        is_whole &= np.asarray(column.is_valid(), dtype=bool)
    names = pc.if_else(pa.array(is_whole), claimed["shard_sha256"], None)
    encoded = names.dictionary_encode(null_encoding="encode")
    codes = as_numbers(encoded.indices)
    order = np.argsort(codes, kind="stable")
    ordered = claimed.take(pa.array(order))
    ends = np.cumsum(np.bincount(codes, minlength=len(encoded.dictionary))).tolist()
    for shard, start, end in zip(encoded.dictionary.to_pylist(), [0, *ends], ends, strict=False):
        yield shard, ordered.slice(start, end - start)


def _places(batch: pa.RecordBatch) -> Iterator[ClaimedClip]:
    columns = [batch.column(name).to_pylist() for name in ClaimedClip._fields]
    return (ClaimedClip(*values) for values in zip(*columns, strict=True))
