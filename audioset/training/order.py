"""Which clips come when: the order of an epoch, and how clips are divided into batches.

The order is a pure function of (digest, split, seed, epoch). In the full shuffle each clip gets the
sha256 of these and of its id, and the hashes are sorted; in the block shuffle a hash of these is
spread over places by fixed arithmetic. No random generator is involved, so the order is the same
on every machine, with every release of numpy, for any number of workers, and after a resume.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from audioset.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_EVEN_STEP = np.uint64(0x9E3779B97F4A7C15)  # of SplitMix64, as are the two below
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))


def epoch_order(
    clip_ids: Iterable[str], *, digest: str, split: str | None, seed: int, epoch: int
) -> list[int]:
    """Give the positions of the clips in the order of one epoch; see `order_by_hash`."""
    order = order_by_hash(clip_ids, digest=digest, split=split, seed=seed, epoch=epoch)
    positions: list[int] = order.tolist()
    return positions


def order_by_hash(
    clip_ids: Iterable[str], *, digest: str, split: str | None, seed: int, epoch: int
) -> "NDArray[np.int64]":
    """Give the positions of the clips in the order of one epoch, shape (number of clips,).

    Args:
        clip_ids: each occurs once.
        digest: full digest of the version.
        split: that was selected; None for all clips.
        seed, epoch: any whole numbers.
    """
    prefix = hashlib.sha256(f"{digest}/{split or ''}/{seed}/{epoch}/".encode())

    hashes = bytearray()
    for clip_id in clip_ids:
        clip_hash = prefix.copy()
        clip_hash.update(clip_id.encode())
        hashes += clip_hash.digest()
    words = np.frombuffer(hashes, ">u8").reshape(-1, prefix.digest_size // 8)
    return np.lexsort(words.T[::-1])  # the last key counts first


def block_groups(
    num_clips: int,
    *,
    key: int,
    block_clips: int,
    group_blocks: int,
) -> "list[NDArray[np.int64]]":
    """Order clips so that a reader finds what it needs next in few places of the store.

    A block is a run of clips that lie one after the other. Blocks come in random order; a group is
    some of them in a row, and the clips of a group are shuffled together. Where the first block
    ends differs from epoch to epoch, and so which clips share one.

    How well it shuffles: two clips that come near each other were in one block before with a chance
    of 1 in `group_blocks`; otherwise they are from anywhere.

    Args:
        num_clips: places 0 to num_clips - 1, in the order of the clips' ids.
        key: decides the order; see `order_key`.
        block_clips: clips of a block; the first and the last may have fewer.
        group_blocks: blocks of a group; the last may have fewer.

    Returns:
        The places of each group in their order; every place once.
    """
    if not num_clips:
        return []
    # Not np.unique, whose first call imports the masked arrays: as much as the rest of a plan.
    starts = np.array(sorted({0, *range(key % block_clips, num_clips, block_clips)}))
    sizes = np.diff(starts, append=num_clips)
    group_of_block = np.empty(len(starts), np.int64)
    group_of_block[np.argsort(scatter(len(starts), key), kind="stable")] = (
        np.arange(len(starts)) // group_blocks
    )
    group_of_clip = np.repeat(group_of_block, sizes)
    order = np.lexsort((scatter(num_clips, key + 1), group_of_clip))
    return np.split(order, np.cumsum(np.bincount(group_of_clip))[:-1])


def order_key(*, digest: str, split: str | None, seed: int, epoch: int) -> int:
    """Give the number, 0 to 2^64 - 1, from which the order of an epoch is made."""
    text = f"block/{digest}/{split or ''}/{seed}/{epoch}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def scatter(count: int, key: int) -> "NDArray[np.uint64]":
    """Give evenly spread numbers, shape (count,): the outputs of SplitMix64 that follow `key`."""
    start = np.uint64(key % 2**64)
    with np.errstate(over="ignore"):
        values = start + _EVEN_STEP * np.arange(1, count + 1, dtype=np.uint64)
        values = (values ^ (values >> _SHIFTS[0])) * _MIX[0]
        values = (values ^ (values >> _SHIFTS[1])) * _MIX[1]
        mixed: NDArray[np.uint64] = values ^ (values >> _SHIFTS[2])
        return mixed


def divide(
    order: Iterable[int],
    lengths_seconds: Sequence[float],
    *,
    clips: int | None,
    seconds: float | None,
) -> Iterator[list[int]]:
    """Divide an order into batches by number of clips or by their total length.

    Args:
        order: positions into `lengths_seconds`.
        lengths_seconds: of all clips.
        clips: of a batch, at least 1; the last batch may have fewer.
        seconds: that a batch may hold, more than 0; a longer clip is a batch of its own.

    Raises:
        InvalidInputError: not exactly one of `clips` and `seconds` is given, or it is too small.
    """
    if (clips is None) == (seconds is None):
        raise InvalidInputError("say how large a batch is: either clips=… or seconds=…")
    if clips is not None and clips < 1:
        raise InvalidInputError(f"a batch needs at least 1 clip; got clips={clips}")
    if seconds is not None and not seconds > 0:
        raise InvalidInputError(f"a batch needs more than 0 seconds; got seconds={seconds}")
    return _divided(order, lengths_seconds, clips, seconds)


def _divided(
    order: Iterable[int],
    lengths_seconds: Sequence[float],
    clips: int | None,
    seconds: float | None,
) -> Iterator[list[int]]:
    batch: list[int] = []
    batch_seconds = 0.0
    for position in order:
        length = lengths_seconds[position]
        full = len(batch) == clips if seconds is None else batch_seconds + length > seconds
        if batch and full:
            yield batch
            batch, batch_seconds = [], 0.0
        batch.append(position)
        batch_seconds += length
    if batch:
        yield batch
