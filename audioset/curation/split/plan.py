"""Which split each new clip goes to; clips that have one keep it.

New clips that share something make a group. A group that shares nothing with older clips goes, as
a whole, where a hash of its oldest clip says. A group that touches clips of one split joins them.
One that touches several splits joins the split where most of its length can stay; those of its
clips that touch another split get none. So no clip is ever moved, and none is put where it leaks.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audioset.curation.split.components import (
    Codes,
    chosen_of,
    components,
    first_clips,
)
from audioset.curation.split.leaks import partners_of
from audioset.curation.split.shared import (
    Shared,
)
from audioset.records.split_report import SPLITS
from audioset.storage.arrays import least_kind

_SEEDS = 100  # that are tried when nobody chose one
_MOST_DRAWS = 200_000  # all seeds together; with many groups any seed is near


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Clips to divide, in the order of their ids.

    Attributes:
        ids: clip ids, shape (number,).
        seconds: lengths; 0 for a clip that is not to be published and only holds its split.
        fixed: place of the split that a clip keeps in `SPLITS` (or beyond); -1 for a new one.
        active: whether the clip is to be published.
        first_version: the first version that holds it; a great number when none does; int32.
    """

    ids: Sequence[str]
    seconds: NDArray[np.float64]
    fixed: Codes
    active: NDArray[np.bool_]
    first_version: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class SplitPlan:
    """Where clips go.

    Attributes:
        sides: place of each clip's split in `SPLITS`; -1 without one.
        seed: that was used.
        touched: bool, shape (number, splits): what a new clip shares something with.
        num_groups: groups of new clips that were drawn.
    """

    sides: Codes
    seed: int
    touched: NDArray[np.bool_]
    num_groups: int


def plan_splits(
    clips: Candidates, shared: Shared, ratios: Sequence[float], seed: int | None
) -> SplitPlan:
    """Give every new clip a split, or none where it would leak.

    Args:
        clips: old and new.
        shared: what they share.
        ratios: wanted shares of the length, in the order of `SPLITS`.
        seed: None takes the one whose draw comes nearest to the ratios.
    """
    new = clips.active & (clips.fixed < 0)
    width = max(len(SPLITS), int(clips.fixed.max(initial=-1)) + 1)
    touched = _touched(shared, clips.fixed, width)
    touched &= new[:, None]
    labels = components((np.where(new, codes, -1) for codes in shared.values()), len(new))
    groups = _groups_of(labels, new)
    sides = clips.fixed.copy()
    _join_older(sides, groups, touched, clips.seconds)
    drawn = _free_groups(groups, touched)
    oldest = _oldest(groups, drawn, clips)
    held = [float(clips.seconds[sides == side].sum()) for side in range(len(SPLITS))]
    lengths = np.bincount(
        chosen_of(groups, new), chosen_of(clips.seconds, new), minlength=len(drawn)
    )
    seconds = lengths[drawn].astype(np.float64)
    names = [clips.ids[clip] for clip in oldest.tolist()]
    if seed is None:
        seed = _nearest_seed(names, seconds, held, ratios)
    of_group = np.full(len(drawn) + 1, -1, sides.dtype)  # the last: clips in no group
    of_group[:-1][drawn] = draw(names, ratios, seed)
    np.copyto(sides, of_group[groups], where=np.append(drawn, [False])[groups])
    return SplitPlan(sides, seed, touched, int(drawn.sum()))


def draw(names: Sequence[str], ratios: Sequence[float], seed: int) -> Codes:
    """Draw a split for each name: its hash, a number in [0, 1), falls into one of the shares."""
    hashes = (hashlib.sha256(f"{seed} {name}".encode()).digest() for name in names)
    numbers = np.fromiter((int.from_bytes(h[:6]) for h in hashes), np.float64, len(names)) / 2**48
    drawn: Codes = np.searchsorted(np.cumsum(ratios)[:-1], numbers, side="right")
    return drawn


def kept_by_dropping(
    clips: Candidates, shared: Shared, ratios: Sequence[float], seed: int
) -> float:
    """Length that the common rule keeps, in seconds.

    Whole speakers, and clips without one by themselves, are drawn into splits; then what leaks is
    dropped, from training and validation before test.
    """
    codes = {kind: chosen_of(of_clip, clips.active) for kind, of_clip in shared.items()}
    number = int(clips.active.sum())
    speakers = codes.get("speaker", np.full(number, -1, np.int32))
    every = np.arange(number, dtype=least_kind(number))
    firsts = first_clips(speakers, int(speakers.max(initial=-1)) + 1)
    named_by = np.where(speakers < 0, every, np.append(firsts, 0)[speakers])
    is_named = named_by == every
    named = np.flatnonzero(clips.active)[is_named]
    drawn = draw([clips.ids[clip] for clip in named.tolist()], ratios, seed).astype(np.int16)
    sides = drawn[(np.cumsum(is_named, dtype=every.dtype) - 1)[named_by]]
    for held_out in range(len(SPLITS) - 1, 0, -1):
        others = np.where(sides <= held_out, sides, -1)
        leaks = np.zeros(number, bool)
        for of_clip in codes.values():
            partners = partners_of(of_clip, others, held_out + 1)
            leaks |= (partners >= 0) & (sides[partners] == held_out)
        sides = np.where(leaks, -1, sides)
    return float(chosen_of(clips.seconds, clips.active)[sides >= 0].sum())


def _touched(shared: Shared, fixed: Codes, width: int) -> NDArray[np.bool_]:
    """Tell with clips of which splits each clip shares something, shape (number, splits)."""
    found = np.zeros((len(fixed), width), bool)
    for codes in shared.values():
        held = np.zeros((int(codes.max(initial=-1)) + 2, width), bool)  # the last: no group
        inside = (codes >= 0) & (fixed >= 0)
        held[codes[inside], fixed[inside]] = True
        found |= held[codes]
    return found


def _join_older(
    sides: Codes, groups: Codes, touched: NDArray[np.bool_], seconds: NDArray[np.float64]
) -> None:
    """Put the groups that touch older clips where most of their length can stay."""
    touches = touched.any(axis=1)
    if not touches.any():
        return
    joining = np.zeros(int(groups.max()) + 2, bool)  # the last: clips in no group
    joining[groups[touches]] = True
    members = np.flatnonzero(joining[groups])
    _join_members(sides, groups, touched, seconds, members)


def _join_members(
    sides: Codes,
    groups: Codes,
    touched: NDArray[np.bool_],
    seconds: NDArray[np.float64],
    members: Codes,
) -> None:
    """Do so for all clips of these groups."""
    found, places = np.unique(groups[members], return_inverse=True)
    touched = touched[members]
    stay = np.zeros((len(found), touched.shape[1]))
    near: NDArray[np.bool_] = np.zeros(stay.shape, bool)
    for side in range(touched.shape[1]):
        others = np.delete(touched, side, axis=1).any(axis=1)
        weights = np.where(others, 0.0, seconds[members])
        stay[:, side] = np.bincount(places, weights, minlength=len(found))
        near[places[touched[:, side]], side] = True
    chosen = np.argmax(np.where(near, stay, -1.0), axis=1)[places]
    elsewhere = touched.sum(axis=1) > touched[np.arange(len(members)), chosen]
    sides[members] = np.where(elsewhere, -1, chosen)


def _groups_of(labels: Codes, new: NDArray[np.bool_]) -> Codes:
    """Number the groups of new clips; -1 for other clips."""
    if new.all():
        return labels
    has_new = np.zeros(int(labels.max(initial=-1)) + 1, bool)
    has_new[labels[new]] = True
    ranks = np.cumsum(has_new, dtype=labels.dtype) - 1
    return np.where(new, ranks[labels], -1)


def _free_groups(groups: Codes, touched: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which groups touch no older clip, shape (groups,)."""
    free: NDArray[np.bool_] = np.ones(int(groups.max(initial=-1)) + 1, bool)
    free[groups[(groups >= 0) & touched.any(axis=1)]] = False
    return free


def _oldest(groups: Codes, drawn: NDArray[np.bool_], clips: Candidates) -> Codes:
    """Give the oldest clip of every drawn group: first by version, then by clip id."""
    count = len(drawn)
    oldest = np.full(count + 1, np.iinfo(np.int32).max, np.int32)  # the last: clips in no group
    np.minimum.at(oldest, groups, clips.first_version)
    are_oldest = clips.first_version == oldest[groups]
    found: Codes = first_clips(np.where(are_oldest, groups, -1), count)[drawn]
    return found


def _nearest_seed(
    names: Sequence[str],
    seconds: NDArray[np.float64],
    held: Sequence[float],
    ratios: Sequence[float],
) -> int:
    """Find the seed whose draw comes nearest to the ratios; the least of equals.

    The distance is that of a chi-squared test, which minds an empty test split.
    """
    wanted = np.array(ratios)
    whole = max(float(seconds.sum()) + sum(held), 1e-9)

    def distance(seed: int) -> float:
        sides = draw(names, ratios, seed)
        shares = (np.bincount(sides, seconds, minlength=len(wanted)) + held) / whole
        return float(((shares - wanted) ** 2 / np.maximum(wanted, 1e-9)).sum())

    tries = max(1, min(_SEEDS, _MOST_DRAWS // max(1, len(names))))
    return min(range(tries), key=distance) if names else 0
