"""Which clips come when: the order of an epoch, and how clips are divided into batches.

The order is a pure function of (digest, split, seed, epoch), in the block shuffle also of where the
clips lie in the shards of the version. In the full shuffle each clip gets the sha256 of these and
of its id, and the hashes are sorted; in the block shuffle a hash of these is spread over places by
fixed arithmetic. No random generator is involved, so the order is the same on every machine, with
every release of numpy, for any number of workers, and after a resume.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

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


class DealtStretches(NamedTuple):
    """How the clips of an epoch are taken from where they are stored.

    Attributes:
        starts: places at which what is fetched together begins, ascending, and where the last
            ends: a stretch, or several of one window that lie beside each other and are small.
        lanes: of each lane its windows, one after the other: places in their order.
    """

    starts: "NDArray[np.int64]"
    lanes: "list[list[NDArray[np.int64]]]"


def stretch_windows(
    sizes_bytes: "NDArray[Any]",
    *,
    key: int,
    window_bytes: int,
    window_stretches: int,
    lanes: int,
    lane_clips: int,
) -> DealtStretches:
    """Order clips so that a reader needs long stretches of the store, and few of them at a time.

    A stretch is clips that are stored one after the other, a window some stretches from anywhere.
    Each stretch of a window is dealt to the lanes, a run to each, and what a lane has of a window
    is shuffled together. Where the first stretch ends differs from epoch to epoch, and so which
    clips share one. Who reads all lanes needs whole stretches; who reads every second or fourth
    lane needs halves or quarters, in one piece.

    How well it shuffles: two clips that come near each other were in one run before with a chance
    of 1 in `window_stretches`; otherwise they are from anywhere.

    Args:
        sizes_bytes: of the clips, shape (clips,), in the order in which they are stored.
        key: decides the order; see `order_key`.
        window_bytes: the most that the clips of a window have in the mean.
        window_stretches: stretches of a window; some have one more or fewer.
        lanes: into how many parts a window is dealt.
        lane_clips: there are fewer lanes where not each of them would have so many clips.
    """
    num_clips = len(sizes_bytes)
    if not num_clips:
        return DealtStretches(np.zeros(1, np.int64), [])
    while lanes > 1 and num_clips < lanes * lane_clips:
        lanes //= 2
    ends = np.cumsum(sizes_bytes, dtype=np.int64)
    total = int(ends[-1])
    num_windows = min(num_clips, max(1, -(-total // window_bytes)))
    stretch_bytes = max(1, -(-total // (num_windows * window_stretches)))
    numbers = (np.append(0, ends[:-1]) + key % stretch_bytes) // stretch_bytes
    first = np.flatnonzero(np.diff(numbers, prepend=-1))
    counts = np.diff(first, append=num_clips)
    stretches = np.add.reduceat(sizes_bytes, first, dtype=np.int64)
    window = _even_parts(stretches, num_windows, key)
    turn = (scatter(len(first), key + 2) % np.uint64(lanes)).astype(np.int64)
    part = np.arange(num_clips) - np.repeat(first, counts)
    part *= lanes
    part //= np.repeat(counts, counts)
    part = _dealt(lanes)[part]
    part += np.repeat(turn, counts)
    part %= lanes
    part += np.repeat(window * lanes, counts)
    order = np.lexsort((scatter(num_clips, key + 1), part))
    parts = np.split(order, np.cumsum(np.bincount(part, minlength=num_windows * lanes))[:-1])
    begins = _joined(stretches.tolist(), window.tolist(), window_bytes // window_stretches)
    starts = np.append(first[begins], num_clips)
    return DealtStretches(starts, [parts[lane::lanes] for lane in range(lanes)])


def _joined(sizes: list[int], windows: list[int], most_bytes: int) -> list[int]:
    """Join stretches of one window that lie beside each other; gives the first of each."""
    begins, held = [0], sizes[0]
    for number in range(1, len(sizes)):
        held += sizes[number]
        if windows[number] != windows[number - 1] or held > most_bytes:
            begins.append(number)
            held = sizes[number]
    return begins


def _even_parts(sizes: "NDArray[np.int64]", number: int, key: int) -> "NDArray[np.int64]":
    """Deal things in random order to parts of about equal size; gives the part of each."""
    order = np.argsort(scatter(len(sizes), key), kind="stable")
    middles = np.cumsum(sizes[order]) - (sizes[order] + 1) // 2
    parts = np.empty(len(sizes), np.int64)
    parts[order] = np.minimum(middles * number // max(1, int(sizes.sum())), number - 1)
    return parts


def _dealt(lanes: int) -> "NDArray[np.int64]":
    """Give the lanes in the order in which they have the runs of a stretch.

    Lanes of one reader lie beside each other: of 8 lanes 0, 4, 2, 6, 1, 5, 3, 7.
    """
    digits = (lanes - 1).bit_length()
    return np.array(sorted(range(lanes), key=lambda lane: f"{lane:0{digits}b}"[::-1]), np.int64)


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
