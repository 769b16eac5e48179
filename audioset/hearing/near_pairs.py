"""Find clips that hold the same recording, without comparing all pairs.

Clips that share a key, 32 bits of a sure frame in which the three least sure bits may be either,
are candidates; their fingerprints are then compared bit by bit where the shared key puts them.
Source: the search of Haitsma and Kalker 2002, section 5, as a join of all clips with all.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioset.hearing.fingerprint import HOP_SECONDS, WEAK_BITS, Fingerprint, bit_errors
from audioset.storage.scratch import ScratchFile

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
_KEYS_AT_ONCE = 1_000_000  # of a join: some 60 MB
_PARTS_AT_ONCE = 64  # each a file of 10 MB meanwhile
_KEYS_IN_BLOCK = 65_536
_CLIPS_AT_ONCE = 1024
_MIX = np.uint32(2_654_435_761)  # Knuth's multiplicative hash
_KEY = np.dtype([("word", "<u4"), ("clip", "<u4"), ("frame", "<u2"), ("weak", "u1", (WEAK_BITS,))])
_VARIANT = np.dtype([("word", "<u4"), ("clip", "<u4"), ("frame", "<u2")])


@dataclass(frozen=True, slots=True)
class NearPair:
    """Two clips by their position, `one` < `other`, and the share of bits that differ."""

    one: int
    other: int
    bit_errors: float


def find_near_pairs(fingerprints: Sequence[Fingerprint], *, limit: float) -> list[NearPair]:
    """Find pairs whose fingerprints differ in at most `limit` of their bits.

    Holds some 100 MB and 4 bytes per clip; the disk of temporary files up to 0.8 kB per clip.

    Args:
        fingerprints: of all clips; one without active frames pairs with nothing.
        limit: share of bits, range (0, 0.5).

    Raises:
        StorageError: the disk of temporary files is full.
    """
    best: dict[tuple[int, int], float] = {}
    near: set[tuple[int, int, int]] = set()  # copies meet in many keys
    for place in _candidates(fingerprints):
        one, other, lag = place
        if place in near:
            continue
        errors = _compare(fingerprints[one], fingerprints[other], lag, limit)
        if errors <= limit:
            near.add(place)
            best[one, other] = min(errors, best.get((one, other), limit))
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
    """Give (one, other, lag in frames) of clips that share a key, some of them again and again."""
    active = np.zeros(len(fingerprints), np.int32)
    with closing(ScratchFile()) as keys:
        for start in range(0, len(fingerprints), _CLIPS_AT_ONCE):
            some = fingerprints[start : start + _CLIPS_AT_ONCE]
            active[start : start + len(some)] = [int(each.active.sum()) for each in some]
            keys.append(_keys_of(some, start).tobytes())
        num_keys = keys.size_bytes // _KEY.itemsize
        parts = -(-num_keys * _VARIANTS // _KEYS_AT_ONCE)
        for variants in _in_parts(keys, parts):
            yield from _unpacked(_join(variants, active), len(fingerprints))


def _keys_of(fingerprints: Sequence[Fingerprint], first: int) -> NDArray[Any]:
    """Give the keys of some clips, of which the first has a number."""
    found = np.empty(sum(len(each.key_frames) for each in fingerprints), _KEY)
    numbers = np.arange(first, first + len(fingerprints))
    found["clip"] = np.repeat(numbers, [len(each.key_frames) for each in fingerprints])
    if len(found):
        found["word"] = np.concatenate([each.words[each.key_frames] for each in fingerprints])
        found["frame"] = np.concatenate([each.key_frames for each in fingerprints])
        found["weak"] = np.concatenate([each.key_weak for each in fingerprints])
    return found


def _in_parts(keys: ScratchFile, parts: int) -> Iterator[NDArray[Any]]:
    """Give every way to read the weak bits of keys, equal words in the same part.

    All keys are gone through once for every `_PARTS_AT_ONCE` parts.
    """
    for first in range(0, parts, _PARTS_AT_ONCE):
        with ExitStack() as stack:
            wanted = range(first, min(first + _PARTS_AT_ONCE, parts))
            files = [stack.enter_context(closing(ScratchFile())) for _ in wanted]
            for block in _blocks(keys, _KEY):
                _deal(_variants(block), files, first, parts)
            for file in files:
                yield np.concatenate([np.empty(0, _VARIANT), *_blocks(file, _VARIANT)])


def _blocks(file: ScratchFile, kind: np.dtype[Any]) -> Iterator[NDArray[Any]]:
    size_bytes = _KEYS_IN_BLOCK * kind.itemsize
    for start in range(0, file.size_bytes, size_bytes):
        yield np.frombuffer(file.read(start, size_bytes), kind)


def _variants(keys: NDArray[Any]) -> NDArray[Any]:
    """Give every way to read the weak bits, in the order of the keys."""
    flips = np.uint32(1) << keys["weak"].astype(np.uint32)
    bare = keys["word"] & ~np.bitwise_or.reduce(flips, axis=1)
    found = np.empty((len(keys), _VARIANTS), _VARIANT)
    for variant in range(_VARIANTS):
        chosen = [bit for bit in range(WEAK_BITS) if variant >> bit & 1]
        found["word"][:, variant] = bare | np.bitwise_or.reduce(flips[:, chosen], axis=1)
    for name in ("clip", "frame"):
        found[name] = keys[name][:, None]
    return found.ravel()


def _deal(variants: NDArray[Any], files: Sequence[ScratchFile], first: int, parts: int) -> None:
    """Put keys into the files of their parts, of which the first file is one."""
    part = (variants["word"] * _MIX >> np.uint32(8)) % np.uint32(parts) - np.uint32(first)
    inside = np.flatnonzero(part < len(files))
    order = inside[np.argsort(part[inside], kind="stable")]
    ends = np.searchsorted(part[order], np.arange(len(files) + 1))
    for file, start, end in zip(files, ends, ends[1:], strict=False):
        file.append(variants[order[start:end]].tobytes())


def _join(keys: NDArray[Any], active: NDArray[np.int32]) -> NDArray[np.int64]:
    """Give the packed (one, other, lag) of keys of the same word, unique.

    Args:
        keys: in the order of their clips.
        active: number of active frames of each clip.
    """
    keys = keys[np.argsort(keys["word"], kind="stable")]
    found = [np.zeros(0, np.int64)]
    for step in range(1, _NEIGHBOURS + 1):
        same = np.flatnonzero(keys["word"][step:] == keys["word"][:-step])
        found.append(_pack(keys[same], keys[same + step], active))
    return np.unique(np.concatenate(found))


def _pack(left: NDArray[Any], right: NDArray[Any], active: NDArray[np.int32]) -> NDArray[np.int64]:
    """Keep the pairs of different clips that can overlap enough; pack them into one number.

    The clip of a left key is never after that of the right one.
    """
    one, other = left["clip"].astype(np.int64), right["clip"].astype(np.int64)
    lag = left["frame"].astype(np.int64) - right["frame"]
    short, long = np.minimum(active[one], active[other]), np.maximum(active[one], active[other])
    kept = (one != other) & (np.abs(lag) <= _MAX_LAG) & (short >= LEAST_OVERLAP * long)
    pairs = one[kept] * len(active) + other[kept]
    packed: NDArray[np.int64] = pairs * (2 * _MAX_LAG + 1) + lag[kept] + _MAX_LAG
    return packed


def _unpacked(packed: NDArray[np.int64], num_clips: int) -> Iterator[tuple[int, int, int]]:
    for code in packed:
        pair, lag = divmod(int(code), 2 * _MAX_LAG + 1)
        yield *divmod(pair, num_clips), lag - _MAX_LAG
