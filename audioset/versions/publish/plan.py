"""Which clips of a new version stay where its parent has them, and which go into new shards.

A pure function of the parent's rows and record and the new rows, so that a publish which is run
again plans the same. Why so: `docs/decisions/027-parent-plus-change.md`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audioset.records.version import ContentObject
from audioset.storage.arrays import as_numbers, fill_null
from audioset.storage.rows.laid_rows import ManyRows, scan_rows, take_rows
from audioset.storage.shards import BLOCK_BYTES, END, SHARD_FACTS, split_shards
from audioset.versions.publish.reuse import KnownClips

# A shard is small below this part of the target. One in 16 is by chance, whatever is published.
SMALL_PART = 16
# So many small ones are merged at once: they have at most the target together.
MERGED_AT_ONCE = 16
# Small ones may be this part of all, and MERGED_AT_ONCE more, before any are merged.
SMALL_SHARE = 1 / 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardRules:
    """What the shards of a version should be like.

    Attributes:
        target_bytes: mean audio bytes of a new shard.
        dead_share: of the bytes of all shards, that clips may have which the version does not name.
        compact: none of them, and no small shard.
    """

    target_bytes: int
    dead_share: float
    compact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardPlan:
    """How a version is laid out.

    Attributes:
        known: the places of the clips that stay where they are.
        packed: rows of each shard that is to be put, ascending.
    """

    known: KnownClips
    packed: list[NDArray[np.int64]]


class ShardShares:
    """How much of each known shard a new version uses.

    Args:
        rows: manifest of the new version.
        sizes_bytes: of the audio of each clip.
        known: what is stored of the clips.

    Attributes:
        shards: that hold any of the clips, by hash in order.
        held_bytes: size of each.
        dead_bytes: of each that no clip of the version has, 0 where it names every clip.
        new_bytes: that the clips would take which are in none of them.
    """

    def __init__(self, rows: ManyRows, sizes_bytes: NDArray[np.int64], known: KnownClips) -> None:
        every = list(known.shards.values())
        used = np.unique(known.codes[known.is_known]).tolist()
        order = sorted(used, key=lambda code: every[code].sha256)
        self.shards: list[ContentObject] = [every[code] for code in order]
        self.held_bytes = np.array([shard.size_bytes for shard in self.shards], np.int64)
        held_clips = np.array([shard.num_clips for shard in self.shards], np.int64)
        places = np.full(len(every) + 1, -1, np.int32)  # the last is that of clips in none
        places[order] = np.arange(len(order))
        codes = places[known.codes]
        is_known = codes >= 0
        live_clips = np.bincount(codes[is_known], minlength=len(self.shards))
        has_dead = held_clips > live_clips
        self.dead_bytes = np.zeros(len(self.shards), np.int64)
        self.new_bytes = 0
        if not has_dead.any():
            return
        stored = stored_bytes(rows, sizes_bytes)
        live = np.bincount(codes[is_known], stored[is_known], len(self.shards)).astype(np.int64)
        dead = np.maximum(self.held_bytes - len(END) - live, 1)
        self.dead_bytes = np.where(has_dead, dead, 0)
        self.new_bytes = int(stored[~is_known].sum())

    def worst_first(self) -> list[int]:
        """Give the places of shards with dead clips, those with the largest share first."""
        share = self.dead_bytes / np.maximum(self.held_bytes, 1)
        order = sorted(range(len(self.shards)), key=lambda n: (-share[n], self.shards[n].sha256))
        return [place for place in order if self.dead_bytes[place]]


def choose_rewritten(
    rows: ManyRows, sizes_bytes: NDArray[np.int64], known: KnownClips, rules: ShardRules
) -> frozenset[str]:
    """Choose the shards whose clips are put again, without those that the version does not name.

    Args:
        rows: manifest of the new version.
        sizes_bytes: of the audio of each clip.
        known: what is stored of the clips.
        rules: what the shards should be like.
    """
    shares = ShardShares(rows, sizes_bytes, known)
    chosen = set(_over_limit(shares, 0.0 if rules.compact else rules.dead_share))
    packs = bool(chosen) or not known.is_known.all()
    left = [shard for place, shard in enumerate(shares.shards) if place not in chosen]
    if rules.compact:
        merged = _no_small_ones(left, rules.target_bytes)
        packs = packs or len(merged) > 1  # one alone would become the same again
    else:
        merged = _small_ones(left, rules.target_bytes)
    again = [*(shares.shards[place] for place in chosen), *(merged if packs else ())]
    return frozenset(shard.sha256 for shard in again)


def _over_limit(shares: ShardShares, most_share: float) -> list[int]:
    """Give the places of the worst shards, as many as bring the dead bytes under the limit."""
    dead = int(shares.dead_bytes.sum())
    total = int(shares.held_bytes.sum()) + shares.new_bytes
    chosen = []
    for place in shares.worst_first():
        if dead <= most_share * total:
            break
        chosen.append(place)
        dead -= int(shares.dead_bytes[place])
        total -= int(shares.dead_bytes[place])
    return chosen


def _small_ones(shards: Sequence[ContentObject], target_bytes: int) -> list[ContentObject]:
    """Give the smallest shards when there are too many small ones."""
    small = sorted(
        (shard for shard in shards if shard.size_bytes < target_bytes // SMALL_PART),
        key=lambda shard: (shard.size_bytes, shard.sha256),
    )
    few = len(small) < MERGED_AT_ONCE + int(SMALL_SHARE * len(shards))
    return [] if few else small[:MERGED_AT_ONCE]


def _no_small_ones(shards: Sequence[ContentObject], target_bytes: int) -> list[ContentObject]:
    """Give all small shards, and the smallest other one, so that they do not stay small."""
    least = target_bytes // SMALL_PART
    by_size = sorted(shards, key=lambda shard: (shard.size_bytes, shard.sha256))
    num_small = sum(shard.size_bytes < least for shard in shards)
    return by_size[: num_small + 1] if num_small else []


def lay_out(
    rows: ManyRows,
    sizes_bytes: NDArray[np.int64],
    known: KnownClips,
    *,
    rewritten: Collection[str],
    lost: Collection[str],
    target_bytes: int,
    least_bytes: int,
) -> ShardPlan:
    """Plan the shards of a version.

    Args:
        rows: manifest of the new version.
        sizes_bytes: of the audio of each clip.
        known: what is stored of the clips.
        rewritten: hashes of shards whose clips are put again.
        lost: hashes of shards that the store has not; what the version names whole is made as it
            was, of any other the clips are put again.
        target_bytes, least_bytes: of a new shard, as in `split_shards`.
    """
    shards, codes = list(known.shards.values()), known.codes
    live = np.bincount(codes[codes >= 0], minlength=len(shards))
    rebuilt, gone = [], np.zeros(rows.num_rows, bool)
    for code, shard in enumerate(shards):
        if shard.sha256 not in rewritten and shard.sha256 not in lost:
            continue
        members = np.flatnonzero(codes == code)
        if shard.sha256 not in rewritten and live[code] == shard.num_clips:
            rebuilt.append(members)
        else:
            gone[members] = True
    new = np.flatnonzero((codes < 0) | gone)
    ids = take_rows(rows, ["clip_id"], new)["clip_id"].to_pylist() if len(new) else []
    ranges = split_shards(
        ids, sizes_bytes[new].tolist(), target_bytes=target_bytes, least_bytes=least_bytes
    )
    packed = [new[positions.start : positions.stop] for positions in ranges]
    put = np.zeros(rows.num_rows, bool)
    for members in (*packed, *rebuilt):
        put[members] = True
    return ShardPlan(known=known.without(put), packed=[*packed, *(m for m in rebuilt if len(m))])


def stored_bytes(rows: ManyRows, sizes_bytes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the bytes that clips take in a shard with headers and facts, to a block or two.

    Args:
        rows: of the clips, with `SHARD_FACTS`.
        sizes_bytes: of their audio.
    """
    facts = [_fact_bytes(batch) for batch in scan_rows(rows, SHARD_FACTS)]
    return 2 * BLOCK_BYTES + _padded(sizes_bytes) + _padded(np.concatenate(facts))


def _fact_bytes(rows: pa.RecordBatch) -> NDArray[np.int64]:
    facts = np.full(rows.num_rows, 2, np.int64)  # the braces
    for name in SHARD_FACTS:
        text = pc.cast(rows[name], pa.string())
        marks = 6 if pa.types.is_string(rows[name].type) else 4  # quotes, colon, comma
        facts += as_numbers(fill_null(pc.binary_length(text))) + (marks + len(name))
    return facts


def _padded(sizes_bytes: NDArray[np.int64]) -> NDArray[np.int64]:
    return -(-sizes_bytes // BLOCK_BYTES) * BLOCK_BYTES
