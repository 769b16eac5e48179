"""Verify the rows of one version: what they add up to, and where they say that clips lie."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

import pyarrow as pa
import pyarrow.compute as pc

from audioset.records.version import VersionRecord
from audioset.versions.read.digest import table_digest
from audioset.versions.verify.shard import ClaimedClip


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardUse:
    """Clips of one shard that stand together in a version.

    Attributes:
        part: key of the part of the manifest that names the first of them.
        shard_sha256: the shard; None where rows do not say.
        places: of the clips, in order.
    """

    part: str
    shard_sha256: str | None
    places: tuple[ClaimedClip, ...]


UseShard = Callable[[ShardUse], None]


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
            (
                f"num_clips of shard {shard.sha256[:12]}",
                shard.num_clips,
                self.clips_of_shard[shard.sha256],
            )
            for shard in record.shards
        ]
        length = math.fsum(self._lengths)  # of sums of batches: right but for the last bits
        if not math.isclose(record.length_seconds, length, rel_tol=1e-12, abs_tol=1e-9):
            pairs.append(("length_seconds", record.length_seconds, length))
        return [
            f"says {name} is {said}, but its rows give {found}"
            for name, said, found in pairs
            if said != found
        ]


class RowWalk:
    """One pass over the rows of a version, which gives its shards one after the other.

    Args:
        batches: key of the part and rows, in order.
        recordings: `pcm_sha256` of what was withdrawn.
    """

    def __init__(
        self, batches: Iterable[tuple[str, pa.RecordBatch]], recordings: frozenset[str]
    ) -> None:
        self.sums = RowSums()
        self._batches = batches
        self._recordings = pa.array(sorted(recordings), pa.string())

    def run(self, use: UseShard) -> RowSums:
        """Walk to the end.

        Args:
            use: called with the clips of each shard, as they stand together.

        Raises:
            InvalidInputError: the rows are not in order, or are not rows of a manifest.
        """
        self.sums.digest = table_digest(self._counted(use))
        return self.sums

    def _counted(self, use: UseShard) -> Iterator[pa.RecordBatch]:
        open_use: ShardUse | None = None
        for part, batch in self._batches:
            self.sums.add(part, batch, self._recordings)
            for found in _uses(part, batch):
                self.sums.clips_of_shard[str(found.shard_sha256)] += len(found.places)
                if open_use is not None and open_use.shard_sha256 == found.shard_sha256:
                    open_use = _joined(open_use, found)
                    continue
                if open_use is not None:
                    use(open_use)
                open_use = found
            yield batch
        if open_use is not None:
            use(open_use)


def _uses(part: str, batch: pa.RecordBatch) -> Iterator[ShardUse]:
    """Divide rows into runs of one shard: a version's clips and shards have one order."""
    columns = [batch.column(name).to_pylist() for name in ClaimedClip._fields]
    places = (ClaimedClip(*values) for values in zip(*columns, strict=True))
    for shard, run in groupby(places, lambda p: None if None in p else p.shard_sha256):
        yield ShardUse(part=part, shard_sha256=shard, places=tuple(run))


def _joined(first: ShardUse, second: ShardUse) -> ShardUse:
    return ShardUse(
        part=first.part, shard_sha256=first.shard_sha256, places=first.places + second.places
    )
