"""The plan of an epoch: every batch of it, in order, whoever will read it.

The plan knows nothing of nodes and workers: it is one sequence of batches, a pure function of
(digest, split, seed, epoch) and of how batches are made. Whoever reads takes batches from it by
their number, so that any number of readers can go on where any other number stopped.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Literal

import numpy as np

from audioset.errors import InvalidInputError
from audioset.training.batches import RowLists
from audioset.training.order import block_groups, divide, order_by_hash, order_key, scatter

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
        shuffle: "full" puts all clips in random order; "block" does nearly so and reads a remote
            store in long stretches; None keeps the order of clip ids. True means "full".
        bucket: clips of similar length share a batch, so that little is padded; the order of the
            batches is random.
        block_clips: clips in a row that stay in one group, for "block".
        group_blocks: blocks that are shuffled together.
        lanes: batches are dealt from this many groups in turn: as many readers each have groups of
            their own and need nothing of those of the others.
    """

    split: str | None = None
    clips: int | None = None
    seconds: float | None = None
    seed: int = 0
    shuffle: Shuffle = "full"
    bucket: bool = False
    block_clips: int = 32
    group_blocks: int = 16
    lanes: int = 8

    def __post_init__(self) -> None:
        divide([], [], clips=self.clips, seconds=self.seconds)  # refuses sizes that make no sense
        if self.shuffle not in ("full", "block", None, True, False):
            raise InvalidInputError(f"shuffle is 'full', 'block' or None, not {self.shuffle!r}")
        for name in ("block_clips", "group_blocks", "lanes"):
            if getattr(self, name) < 1:
                raise InvalidInputError(f"{name} must be at least 1, not {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class EpochPlan:
    """Every batch of an epoch.

    Attributes:
        batches: rows of the clips of each.
        groups: clips that should be fetched together, as rows; empty when each batch is by itself.
    """

    batches: RowLists
    groups: RowLists


def plan_epoch(
    rows: "NDArray[np.int64]",
    lengths_seconds: "NDArray[np.float64]",
    batching: Batching,
    *,
    clip_ids: Callable[[], Iterable[str]],
    digest: str,
    epoch: int,
) -> EpochPlan:
    """Plan one epoch.

    Args:
        rows: that belong to the split, in the order of their clip ids.
        lengths_seconds: of these clips, same shape.
        batching: how batches are made.
        clip_ids: gives the ids of these clips; called for the full shuffle only.
        digest: of the version or view.
        epoch: any whole number.
    """
    key = order_key(digest=digest, split=batching.split, seed=batching.seed, epoch=epoch)
    windows: list[NDArray[np.int64]]
    if batching.shuffle == "block":
        windows = block_groups(
            len(rows), key=key, block_clips=batching.block_clips, group_blocks=batching.group_blocks
        )
        lanes = [windows[lane :: batching.lanes] for lane in range(batching.lanes)]
    else:
        order = np.arange(len(rows))
        if batching.shuffle:
            order = order_by_hash(
                clip_ids(), digest=digest, split=batching.split, seed=batching.seed, epoch=epoch
            )
        windows = _cut(order, BUCKET_CLIPS)
        lanes = [windows]
    divided = [_divide_lane(lane, lengths_seconds, batching, key) for lane in lanes if lane]
    grouped = windows if batching.shuffle == "block" else []
    return EpochPlan(batches=RowLists.of(_deal(divided), rows), groups=RowLists.of(grouped, rows))


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
