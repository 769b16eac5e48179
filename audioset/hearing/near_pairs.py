"""Find clips that hold the same recording, without comparing all pairs.

Clips that share a key, 32 bits of a sure frame in which the three least sure bits may be either,
are candidates; their fingerprints are then compared bit by bit where the shared key puts them.
Where that is the midst of the other clip, chance would make too many: there the bits of a frame
soon after the key must be alike too.
Source: the search of Haitsma and Kalker 2002, section 5, as a join of all clips with all.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioset.hearing.fingerprint import HOP_SECONDS, WEAK_BITS, Fingerprint, Likeness, compare
from audioset.storage.scratch import ScratchFile

# How far the same sound may lie apart in two clips: an edge cut 50 ms elsewhere, and what an MP3
# encoder puts before the first sample (1,105 samples, 138 ms at 8 kHz).
MAX_LAG_SECONDS = 0.3
LEAST_OVERLAP = 0.6  # of the active frames: 50 ms off each edge of a word of a quarter second
_MAX_LAG = round(MAX_LAG_SECONDS / HOP_SECONDS)
# A clip lies within another when that reaches over so much of it, and so much is alike; in less
# sound than the last, other takes of a word come near.
_LEAST_INSIDE = 0.85
_LEAST_HEARD_INSIDE = 0.5
_LEAST_INSIDE_FRAMES = 20
_FURTHEST = 9000  # frames into another clip: their number and two clips must fit into 64 bits
_AFTER_KEY = 8  # frames: far enough that they share little of their sound
_MOST_AFTER_KEY = 9  # bits that differ there: of 32 by chance in 1 of 100, of copies in 9 of 10
# Of the strong bits, copies in noise differ in fewer than other takes do: by so many of the limit,
# where there are as many as say something.
_STRONG_LIMIT = 0.28
_LEAST_STRONG = 200
_BESIDE = 0.12  # one frame beside the best, copies differ in at most so many bits more
_VARIANTS = 1 << WEAK_BITS
# A key that many clips share says little: each is joined with the next few only. Copies of one
# clip still make one group, as a chain.
_NEIGHBOURS = 8
_KEYS_AT_ONCE = 1_000_000  # of a join: some 80 MB
_PARTS_AT_ONCE = 64  # each a file of 14 MB meanwhile
_KEYS_IN_BLOCK = 65_536
_CLIPS_AT_ONCE = 1024
_MIX = np.uint32(2_654_435_761)  # Knuth's multiplicative hash
_PLACED = [("word", "<u4"), ("clip", "<u4"), ("frame", "<u2"), ("after", "<u4")]
_KEY = np.dtype([*_PLACED, ("weak", "u1", (WEAK_BITS,))])
_VARIANT = np.dtype(_PLACED)


@dataclass(frozen=True, slots=True)
class NearPair:
    """Two clips by their position, `one` < `other`, with the same sound.

    Attributes:
        bit_errors: the share of bits that differ.
        inside: the clip that lies within the other, which holds more; None where both have the same
            extent.
        starts_seconds: how far into the other it starts, or `other` into `one`; may be below 0.
    """

    one: int
    other: int
    bit_errors: float
    inside: int | None = None
    starts_seconds: float = 0.0


def find_near_pairs(fingerprints: Sequence[Fingerprint], *, limit: float) -> list[NearPair]:
    """Find pairs whose fingerprints differ in at most `limit` of their bits.

    Holds some 120 MB and 4 bytes per clip; the disk of temporary files 1 kB per clip of up to five
    seconds.

    Args:
        fingerprints: of all clips; one without active frames pairs with nothing.
        limit: share of bits, range (0, 0.5).

    Raises:
        StorageError: the disk of temporary files is full.
    """
    best: dict[tuple[int, int], NearPair] = {}
    near: set[tuple[int, int, int]] = set()  # copies meet in many keys
    for place in _candidates(fingerprints):
        one, other, lag = place
        if place in near:
            continue
        pair = _compare(fingerprints, one, other, lag, limit)
        if pair is not None:
            near.add(place)
            best[one, other] = min(pair, best.get((one, other), pair), key=_rank)
    return [best[key] for key in sorted(best)]


def _rank(pair: NearPair) -> tuple[bool, float, float, float]:
    shift = pair.starts_seconds
    return pair.inside is not None, pair.bit_errors, abs(shift), shift


def _compare(
    fingerprints: Sequence[Fingerprint], one: int, other: int, lag: int, limit: float
) -> NearPair | None:
    """Compare two clips at a lag and beside it; None when they differ, or overlap too little.

    The grids of two clips lie up to half a frame apart; the key may sit on either side.
    """
    left, right = fingerprints[one], fingerprints[other]
    same = compare(left, right, lag)
    if same is None or not _is_near(same, limit, _BESIDE):
        return None
    tried = [
        (lag, same),
        *((beside, compare(left, right, beside)) for beside in (lag - 1, lag + 1)),
    ]
    alike = [(each, at) for at, each in tried if each is not None]
    found, lag = min(alike, key=lambda each: (each[0].bit_errors, abs(each[1]), each[1]))
    if not _is_near(found, limit):
        return None
    active = int(left.active.sum()), int(right.active.sum())
    if found.num_frames >= LEAST_OVERLAP * max(active):
        return NearPair(one, other, found.bit_errors, starts_seconds=lag * HOP_SECONDS)
    if active[0] < active[1]:
        short, long, inside, start = left, right, one, -lag
    else:
        short, long, inside, start = right, left, other, lag
    if not _holds(long, short, start, found.num_frames):
        return None
    return NearPair(one, other, found.bit_errors, inside, start * HOP_SECONDS)


def _holds(long: Fingerprint, short: Fingerprint, start: int, num_alike: int) -> bool:
    """Tell whether a clip lies within another that it is like in some frames.

    Quiet frames of the shorter are none of the other where that is louder elsewhere.
    """
    least = max(_LEAST_INSIDE_FRAMES, _LEAST_HEARD_INSIDE * int(short.active.sum()))
    there = short.active[max(0, -start) : max(0, len(long.words) - start)]
    return num_alike >= least and int(there.sum()) >= _LEAST_INSIDE * int(short.active.sum())


def _is_near(likeness: Likeness, limit: float, more: float = 0.0) -> bool:
    if likeness.bit_errors <= limit + more:
        return True
    return likeness.num_strong >= _LEAST_STRONG and (
        likeness.strong_errors <= limit * _STRONG_LIMIT + more
    )


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
        found["after"] = np.concatenate([_after_keys(each) for each in fingerprints])
    return found


def _after_keys(of: Fingerprint) -> NDArray[np.uint32]:
    """Give the bits soon after each key; of the last frame for those at the end."""
    return of.words[np.minimum(of.key_frames.astype(np.int64) + _AFTER_KEY, len(of.words) - 1)]


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
    for name in ("clip", "frame", "after"):
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
    """Keep the pairs of different clips that may be alike; pack them into one number.

    Two clips of nearly one length may be so where they begin nearly together; one may lie within
    another wherever the bits after the key are alike too. The clip of a left key is never after
    that of the right one.
    """
    one, other = left["clip"].astype(np.int64), right["clip"].astype(np.int64)
    lag = left["frame"].astype(np.int64) - right["frame"]
    short, long = np.minimum(active[one], active[other]), np.maximum(active[one], active[other])
    together = (np.abs(lag) <= _MAX_LAG) & (short >= LEAST_OVERLAP * long)
    different = np.bitwise_count(left["after"] ^ right["after"])
    within = (short >= _LEAST_INSIDE_FRAMES) & (different <= _MOST_AFTER_KEY)
    kept = (one != other) & (np.abs(lag) <= _FURTHEST) & (together | within)
    pairs = one[kept] * len(active) + other[kept]
    packed: NDArray[np.int64] = pairs * (2 * _FURTHEST + 1) + lag[kept] + _FURTHEST
    return packed


def _unpacked(packed: NDArray[np.int64], num_clips: int) -> Iterator[tuple[int, int, int]]:
    for code in packed:
        pair, lag = divmod(int(code), 2 * _FURTHEST + 1)
        yield *divmod(pair, num_clips), lag - _FURTHEST
