"""Find clips that hold the same recording, without comparing all pairs.

Clips that share a key, 32 bits of a sure frame in which the three least sure bits may be either,
are candidates; their fingerprints are then compared bit by bit where the shared key puts them.
Source: the search of Haitsma and Kalker 2002, section 5, as a join of all clips with all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audioset.hearing.fingerprint import HOP_SECONDS, WEAK_BITS, Fingerprint, bit_errors

# How far the same sound may lie apart in two clips: an edge cut 50 ms elsewhere, and what an MP3
# encoder puts before the first sample (1,105 samples, 138 ms at 8 kHz).
MAX_LAG_SECONDS = 0.3
LEAST_OVERLAP = 0.6  # of the active frames: 50 ms off each edge of a word of a quarter second
_MAX_LAG = round(MAX_LAG_SECONDS / HOP_SECONDS)
_BESIDE = 0.12  # one frame beside the best, copies differ in at most so many bits more
_VARIANTS = 1 << WEAK_BITS
# A key that many clips share says little: each is joined with the next few only. Copies of one
# clip still make one group, as a chain.
_NEIGHBOURS = 8
_KEYS_AT_ONCE = 4_000_000  # bounds the memory of the join, some 200 MB
_MIX = np.uint32(2_654_435_761)  # Knuth's multiplicative hash


@dataclass(frozen=True, slots=True)
class NearPair:
    """Two clips by their position, `one` < `other`, and the share of bits that differ."""

    one: int
    other: int
    bit_errors: float


def find_near_pairs(fingerprints: Sequence[Fingerprint], *, limit: float) -> list[NearPair]:
    """Find pairs whose fingerprints differ in at most `limit` of their bits.

    Takes 0.4 kB per second of audio for the fingerprints, and about 0.5 kB per clip for the keys.

    Args:
        fingerprints: of all clips; one without active frames pairs with nothing.
        limit: share of bits, range (0, 0.5).
    """
    best: dict[tuple[int, int], float] = {}
    for one, other, lag in _candidates(fingerprints):
        errors = _compare(fingerprints[one], fingerprints[other], lag, limit)
        if errors <= min(limit, best.get((one, other), limit)):
            best[one, other] = errors
    return [NearPair(one, other, errors) for (one, other), errors in sorted(best.items())]


def _compare(one: Fingerprint, other: Fingerprint, lag: int, limit: float) -> float:
    """Give the least share of differing bits at a lag or beside it; 1 when they overlap too little.

    The grids of two clips lie up to half a frame apart; the key may sit on either side.
    """
    errors = bit_errors(one, other, lag, least_overlap=LEAST_OVERLAP)
    if errors is None or errors > limit + _BESIDE:
        return 1.0
    beside = (bit_errors(one, other, lag + step, least_overlap=LEAST_OVERLAP) for step in (-1, 1))
    return min(errors, *(found for found in beside if found is not None), 1.0)


def _candidates(fingerprints: Sequence[Fingerprint]) -> Iterator[tuple[int, int, int]]:
    """Give (one, other, lag in frames) of clips that share a key, each once."""
    words = [print_.words[print_.key_frames] for print_ in fingerprints]
    counts = np.array([len(found) for found in words], np.int64)
    if counts.sum() == 0:
        return
    keys = _Keys(
        words=np.concatenate(words),
        weak=np.concatenate([print_.key_weak for print_ in fingerprints]),
        clips=np.repeat(np.arange(len(fingerprints), dtype=np.int64), counts),
        frames=np.concatenate([print_.key_frames for print_ in fingerprints]).astype(np.int64),
        active=np.array([int(print_.active.sum()) for print_ in fingerprints]),
    )
    parts = -(-len(keys.words) * _VARIANTS // _KEYS_AT_ONCE)
    found = [keys.join(part, parts) for part in range(parts)]
    packed = np.unique(np.concatenate(found))
    for code in packed:
        pair, lag = divmod(int(code), 2 * _MAX_LAG + 1)
        yield *divmod(pair, len(fingerprints)), lag - _MAX_LAG


@dataclass(frozen=True, slots=True, eq=False)
class _Keys:
    """The key frames of all clips, one row each; `active` is per clip."""

    words: NDArray[np.uint32]
    weak: NDArray[np.uint8]
    clips: NDArray[np.int64]
    frames: NDArray[np.int64]
    active: NDArray[np.int64]

    def join(self, part: int, parts: int) -> NDArray[np.int64]:
        """Give the packed (one, other, lag) of the keys of one part, unique."""
        words, rows = self._variants(part, parts)
        order = np.lexsort((rows, words))
        words, rows = words[order], rows[order]
        found = [np.zeros(0, np.int64)]
        for step in range(1, _NEIGHBOURS + 1):
            same = np.flatnonzero(words[step:] == words[:-step])
            found.append(self._pack(rows[same], rows[same + step]))
        return np.unique(np.concatenate(found))

    def _variants(self, part: int, parts: int) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """Give every way to read the weak bits, of the keys that fall into a part."""
        flips = np.uint32(1) << self.weak.astype(np.uint32)
        bare = self.words & ~np.bitwise_or.reduce(flips, axis=1)
        words, rows = [], []
        for variant in range(_VARIANTS):
            chosen = [bit for bit in range(WEAK_BITS) if variant >> bit & 1]
            filled = bare | np.bitwise_or.reduce(flips[:, chosen], axis=1)
            inside = np.flatnonzero((filled * _MIX >> np.uint32(8)) % np.uint32(parts) == part)
            words.append(filled[inside])
            rows.append(inside)
        return np.concatenate(words), np.concatenate(rows)

    def _pack(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
        """Keep the pairs of different clips that can overlap enough; pack them into one number."""
        swap = self.clips[left] > self.clips[right]
        left, right = np.where(swap, right, left), np.where(swap, left, right)
        one, other = self.clips[left], self.clips[right]
        lag = self.frames[left] - self.frames[right]
        short = np.minimum(self.active[one], self.active[other])
        long = np.maximum(self.active[one], self.active[other])
        kept = (one != other) & (np.abs(lag) <= _MAX_LAG) & (short >= LEAST_OVERLAP * long)
        pairs = one[kept] * len(self.active) + other[kept]
        packed: NDArray[np.int64] = pairs * (2 * _MAX_LAG + 1) + lag[kept] + _MAX_LAG
        return packed
