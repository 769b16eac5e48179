"""Which clips come when: the order of an epoch, and how clips are divided into batches.

The order is a pure function of (digest, split, seed, epoch): each clip gets the sha256 of these and
of its id, and the hashes are sorted. No random generator is involved, so the order is the same on
every machine, with every release of numpy, for any number of workers, and after a resume.
"""

import hashlib
from collections.abc import Iterator, Sequence

from audioset.errors import InvalidInputError


def epoch_order(
    clip_ids: Sequence[str], *, digest: str, split: str | None, seed: int, epoch: int
) -> list[int]:
    """Give the positions of the clips in the order of one epoch, shape (len(clip_ids),).

    Args:
        clip_ids: each occurs once.
        digest: full digest of the version.
        split: that was selected; None for all clips.
        seed, epoch: any whole numbers.
    """
    prefix = hashlib.sha256(f"{digest}/{split or ''}/{seed}/{epoch}/".encode())

    def rank(position: int) -> bytes:
        clip_hash = prefix.copy()
        clip_hash.update(clip_ids[position].encode())
        return clip_hash.digest()

    return sorted(range(len(clip_ids)), key=rank)


def divide(
    order: Sequence[int],
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
    order: Sequence[int],
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
