"""The plan of an epoch: every batch of it, in order, whoever will read it.

The plan knows nothing of nodes and workers: it is one sequence of batches, a pure function of
(digest, split, seed, epoch), of where clips lie, and of how batches are made. Whoever reads takes
batches from it by their number, so that any number of readers can go on where any other number
stopped.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from audioset.errors import InvalidInputError
from audioset.training.batches import RowLists
from audioset.training.order import (
    divide,
    order_by_hash,
    order_key,
    scatter,
    stretch_windows,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

Shuffle = Literal["full", "block"] | bool | None

# Clips among which similar lengths are looked for, where the order has no groups of its own.
BUCKET_CLIPS = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Batching:
    """How the clips of an epoch are ordered and divided into batches.

    Attributes:
        split: train, validation or test; None takes every clip.
        clips: number of clips of a batch; or
        seconds: total length that a batch may hold. A longer clip is a batch of its own.
        seed: chooses the order, together with the epoch.
        shuffle: "block" puts clips in random order in a window of long stretches of the store, of
            which each is read once; "full" puts all in random order, and reads each by itself; None
            keeps the order of clip ids. True means "full".
        bucket: clips of similar length share a batch, so that little is padded; the order of the
            batches is random.
        window_bytes: audio of the clips that "block" shuffles at a time, the most in the mean.
        window_stretches: from how many places of the store they are.
        lanes: batches are dealt in turn from this many parts of a window: as many readers each have
            runs of clips of their own, and need nothing of those of the others.
        lane_clips: there are fewer lanes where not each would have so many clips.
    """

    split: str | None = None
    clips: int | None = None
    seconds: float | None = None
    seed: int = 0
    shuffle: Shuffle = "block"
    bucket: bool = False
    window_bytes: int = 256 * 2**20
    window_stretches: int = 16
    lanes: int = 8
    lane_clips: int = 512

    def __post_init__(self) -> None:
        divide([], [], clips=self.clips, seconds=self.seconds)  # refuses sizes that make no sense
        if self.shuffle not in ("full", "block", None, True, False):
            raise InvalidInputError(f"shuffle is 'full', 'block' or None, not {self.shuffle!r}")
        for name in ("window_bytes", "window_stretches", "lanes", "lane_clips"):
            if getattr(self, name) < 1:
                raise InvalidInputError(f"{name} must be at least 1, not {getattr(self, name)}")


class Stored(NamedTuple):
    """How some clips are stored.

    Attributes:
        order: their places among themselves, in the order in which they lie in the shards.
        sizes_bytes: of their audio, in that order.
    """

    order: "NDArray[Any]"
    sizes_bytes: "NDArray[Any]"


@dataclass(frozen=True, slots=True)
class EpochPlan:
    """Every batch of an epoch.

    Attributes:
        batches: rows of the clips of each.
        groups: clips that should be fetched together, as rows in the order in which they lie in a
            shard; empty when each batch is by itself.
    """

    batches: RowLists
    groups: RowLists


def plan_epoch(
    rows: "NDArray[np.int64]",
    lengths_seconds: "NDArray[np.float64]",
    batching: Batching,
    *,
    stored: "Callable[[], Stored]",
    clip_ids: Callable[[], Iterable[str]],
    digest: str,
    epoch: int,
) -> EpochPlan:
    """Plan one epoch.

    Args:
        rows: that belong to the split, in the order of their clip ids.
        lengths_seconds: of these clips, same shape.
        batching: how batches are made.
        stored: tells how these clips are stored; called for the block shuffle only.
        clip_ids: gives the ids of these clips; called for the full shuffle only.
        digest: of the version or view.
        epoch: any whole number.
    """
    key = order_key(digest=digest, split=batching.split, seed=batching.seed, epoch=epoch)
    groups = RowLists.of([], rows)
    if batching.shuffle == "block":
        lanes, groups = _windows(rows, stored(), batching, key)
    else:
        order = np.arange(len(rows))
        if batching.shuffle:
            order = order_by_hash(
                clip_ids(), digest=digest, split=batching.split, seed=batching.seed, epoch=epoch
            )
        lanes = [_cut(order, BUCKET_CLIPS)]
    divided = [_divide_lane(lane, lengths_seconds, batching, key) for lane in lanes if lane]
    return EpochPlan(batches=RowLists.of(_deal(divided), rows), groups=groups)


def _windows(
    rows: "NDArray[np.int64]", stored: Stored, batching: Batching, key: int
) -> "tuple[list[list[NDArray[np.int64]]], RowLists]":
    """Give the windows of each lane, and the clips of each stretch."""
    starts, lanes = stretch_windows(
        stored.sizes_bytes,
        key=key,
        window_bytes=batching.window_bytes,
        window_stretches=batching.window_stretches,
        lanes=batching.lanes,
        lane_clips=batching.lane_clips,
    )
    order = stored.order
    found = [[order[window] for window in lane if len(window)] for lane in lanes]
    return found, RowLists.cut(order, starts, rows)


def _divide_lane(
    windows: "Sequence[NDArray[np.int64]]",
    lengths: "NDArray[np.float64]",
    batching: Batching,
    key: int,
) -> "Iterator[NDArray[np.int64]]":
    """Divide the clips of a lane into batches, in order."""
    if not batching.bucket:
        return _divide(np.concatenate(windows), lengths, batching)
    if batching.clips is not None:  # only the last batch of the lane may have fewer
        whole = max(1, len(windows[0]) // batching.clips) * batching.clips
        windows = _cut(np.concatenate(windows), whole)
    return chain.from_iterable(_buckets(window, lengths, batching, key) for window in windows)


def _divide(
    order: "NDArray[np.int64]", lengths: "NDArray[np.float64]", batching: Batching
) -> "Iterator[NDArray[np.int64]]":
    # A view of memory gives Python's numbers one by one, which a list would hold all at once.
    places = divide(
        range(len(order)),
        lengths[order].data,
        clips=batching.clips,
        seconds=batching.seconds,
    )
    return (order[batch[0] : batch[-1] + 1] for batch in places)


def _buckets(
    window: "NDArray[np.int64]", lengths: "NDArray[np.float64]", batching: Batching, key: int
) -> "list[NDArray[np.int64]]":
    """Divide clips into batches of similar length, the batches in random order."""
    by_length = window[np.argsort(lengths[window], kind="stable")]
    batches = list(_divide(by_length, lengths, batching))
    if not batching.shuffle:
        return batches
    order = np.argsort(scatter(len(batches), key ^ int(window[0])), kind="stable")
    return [batches[place] for place in order.tolist()]


def _cut(order: "NDArray[np.int64]", size: int) -> "list[NDArray[np.int64]]":
    return [order[start : start + size] for start in range(0, len(order), size)]


def _deal(lanes: "Iterable[Iterator[NDArray[np.int64]]]") -> "Iterator[NDArray[np.int64]]":
    """Take a batch from each lane in turn until all are empty."""
    return (batch for turn in zip_longest(*lanes) for batch in turn if batch is not None)
