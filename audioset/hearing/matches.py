"""Which clip of one recording is which of another: of a video and of the edited one."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from audioset.hearing.fingerprint import HOP_SECONDS, Fingerprint, compare
from audioset.hearing.near_pairs import MAX_LAG_SECONDS, find_near_pairs

Heard = tuple[float, Fingerprint]  # where a clip starts in its recording, in s, and how it sounds

_MOST_LAG = round(MAX_LAG_SECONDS / HOP_SECONDS)
_LEAST_SHARED = 0.5  # of the active frames, at the lag that is tried
_NEAR_LAG = 5  # frames that an encoder moves the sound by
# Where others tell that two clips lie at the same place of both recordings, so many bits more may
# differ: then it is a louder, clipped or noisier mix. Other takes lie elsewhere.
_MORE_IN_PLACE = 0.1
_SAME_SHIFT_SECONDS = 0.1
_LEAST_VOTES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Two clips with the same sound, by their positions.

    Attributes:
        one, other: position among the clips of either recording.
        bit_errors: share of bits that differ.
        alone_seconds: the most sound at the start or end of either clip that the other lacks.
        shift_seconds: how much later the sound lies in the other recording.
    """

    one: int
    other: int
    bit_errors: float
    alone_seconds: float
    shift_seconds: float


def find_matches(ones: Sequence[Heard], others: Sequence[Heard], *, limit: float) -> list[Match]:
    """Find which clips of two recordings have the same sound; each clip has one match at most.

    Where several fit, as for a jingle, those go together that were moved as far as most were.

    Args:
        ones, others: the clips of either.
        limit: greatest share of bits that differ in the same sound, range (0, 0.4).
    """
    prints = [print_ for _, print_ in (*ones, *others)]
    pairs = (
        (pair.one, pair.other - len(ones))
        for pair in find_near_pairs(prints, limit=limit)
        if pair.one < len(ones) <= pair.other and pair.inside is None
    )
    lags = range(-_MOST_LAG, _MOST_LAG + 1)
    alike = [_match(ones, others, pair, lags) for pair in pairs]
    found = [match for match in alike if match is not None and match.bit_errors <= limit]
    votes = Counter(_place(match.shift_seconds) for match in found)

    def rank(match: Match) -> tuple[int, float, int, int]:
        return -_votes(votes, match), match.bit_errors, match.one, match.other

    kept = _each_once(sorted(found, key=rank), [])
    shifts = {
        _place(match.shift_seconds): match.shift_seconds
        for match in kept
        if _votes(votes, match) >= min(_LEAST_VOTES, len(kept))
    }
    for shift in sorted(shifts.values(), key=lambda shift: -votes[_place(shift)]):
        left = set(range(len(ones))) - {match.one for match in kept}
        kept = _each_once(_in_place(ones, others, left, shift, limit + _MORE_IN_PLACE), kept)
    return sorted(kept, key=lambda match: match.one)


def _votes(votes: Counter[int], match: Match) -> int:
    place = _place(match.shift_seconds)
    return sum(votes[place + step] for step in (-1, 0, 1))


def _place(shift_seconds: float) -> int:
    return round(shift_seconds / _SAME_SHIFT_SECONDS)


def _each_once(found: Iterable[Match], kept: Sequence[Match]) -> list[Match]:
    """Add matches in their order, but none of a clip that has one."""
    every = list(kept)
    ones, others = {match.one for match in kept}, {match.other for match in kept}
    for match in found:
        if match.one not in ones and match.other not in others:
            ones.add(match.one)
            others.add(match.other)
            every.append(match)
    return every


def _in_place(
    ones: Sequence[Heard], others: Sequence[Heard], left: Iterable[int], shift: float, limit: float
) -> Iterator[Match]:
    """Give matches of the clips that are left: at the same place when a recording is moved so."""
    starts = np.array([start for start, _ in others])
    ends = starts + [len(print_.words) * HOP_SECONDS for _, print_ in others]
    for one in sorted(left):
        start, print_ = ones[one]
        moved, until = start + shift, start + shift + len(print_.words) * HOP_SECONDS
        for other in np.flatnonzero((starts < until) & (ends > moved)):
            lag = round((starts[other] - moved) / HOP_SECONDS)
            near = range(lag - _NEAR_LAG, lag + _NEAR_LAG + 1)
            match = _match(ones, others, (one, int(other)), near)
            if match is not None and match.bit_errors <= limit:
                yield match


def _match(
    ones: Sequence[Heard], others: Sequence[Heard], pair: tuple[int, int], lags: range
) -> Match | None:
    """Look at which lag two clips are most alike; None where they share too little at each."""
    one, other = pair
    (left_start, left), (right_start, right) = ones[one], others[other]
    least = _LEAST_SHARED * max(int(left.active.sum()), int(right.active.sum()))
    tried = (
        (same.bit_errors, abs(lag), lag)
        for lag in lags
        if (same := compare(left, right, lag)) is not None and same.num_frames >= least
    )
    best = min(tried, default=None)
    if best is None:
        return None
    errors, _, lag = best
    return Match(
        one=one,
        other=other,
        bit_errors=errors,
        alone_seconds=_alone_seconds(left, right, lag),
        shift_seconds=right_start - left_start - lag * HOP_SECONDS,
    )


def _alone_seconds(one: Fingerprint, other: Fingerprint, lag: int) -> float:
    """Tell how much sound lies outside of what two clips share, on the side where it is most."""
    start, end = max(0, lag), min(len(one.words), len(other.words) + lag)
    alone = (
        one.active[:start],
        one.active[end:],
        other.active[: start - lag],
        other.active[end - lag :],
    )
    return max(int(frames.sum()) for frames in alone) * HOP_SECONDS
