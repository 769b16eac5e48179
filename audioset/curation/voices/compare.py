"""What voiceprints say of names: one name with two voices, and two names with one.

A single clip is told from another voice in some 93 of 100 cases: too little to doubt a clip by
itself. So names are compared by the means of several clips.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Voiceprints = NDArray[np.float32]

LEAST_CLIPS = 3  # fewer are chance: a cough, a tone, a bad line
_MOST_TURNS = 20
_NAMES_AT_ONCE = 1024  # bounds memory


@dataclass(frozen=True, slots=True, eq=False)
class HeardName:
    """What was heard of one speaker.

    Attributes:
        name: of the speaker.
        num_clips: that have it, heard or not.
        clip_ids: those that were heard.
        prints: of these, shape (heard clips, size), each of length 1.
    """

    name: str
    num_clips: int
    clip_ids: tuple[str, ...]
    prints: Voiceprints


@dataclass(frozen=True, slots=True)
class TwoVoices:
    """One name with two voices.

    Attributes:
        distance: of their means, in standard deviations of the clips of each on the line between.
        more, fewer: clips of each that were heard, the most typical first.
    """

    distance: float
    more: tuple[str, ...]
    fewer: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SameVoice:
    """Two names with one voice.

    Attributes:
        one, other: the names, that with more clips first.
        similarity: of their means, [-1, 1].
        one_id, other_id: the most typical clip of each.
    """

    one: HeardName
    other: HeardName
    similarity: float
    one_id: str
    other_id: str


def find_two(heard: HeardName, limit: float) -> TwoVoices | None:
    """Divide the clips of a name in two; give both where they lie further apart than a limit.

    Any clips can be divided, so what counts is the distance between both halves beside their own
    spread: the likeness of their means depends on the microphone more than on the voice. What is
    like no other clip (a tone, a song) is left out first.
    """
    left = np.arange(len(heard.prints))
    while len(left) >= 2 * LEAST_CLIPS:
        second = _divide(heard.prints[left])
        small = second if second.sum() * 2 <= len(left) else ~second
        if small.sum() >= LEAST_CLIPS:
            return _told(heard, left, small, limit)
        if not small.any():
            return None
        left = left[~small]
    return None


def _told(
    heard: HeardName, left: NDArray[np.intp], small: NDArray[np.bool_], limit: float
) -> TwoVoices | None:
    distance = _distance(heard.prints[left[~small]], heard.prints[left[small]])
    if distance <= limit:
        return None
    more, fewer = (
        tuple(heard.clip_ids[place] for place in left[side][_typical(heard.prints[left[side]])])
        for side in (~small, small)
    )
    return TwoVoices(distance, more, fewer)


def find_same(names: Sequence[HeardName], limit: float) -> Iterator[SameVoice]:
    """Give pairs of names whose means are more alike than a limit.

    Args:
        names: those with too few clips are left out.
    """
    enough = [heard for heard in names if len(heard.prints) >= LEAST_CLIPS]
    if not enough:
        return
    means = np.stack([_mean(heard.prints) for heard in enough])
    for start in range(0, len(enough), _NAMES_AT_ONCE):
        # einsum, not @: BLAS would start threads of its own.
        alike = np.einsum("ij,kj->ik", means[start : start + _NAMES_AT_ONCE], means[start:])
        for row, column in np.argwhere(np.triu(alike > limit, 1)).tolist():
            pair = sorted(
                (enough[start + row], enough[start + column]), key=lambda one: -one.num_clips
            )
            ids = [one.clip_ids[int(_typical(one.prints)[0])] for one in pair]
            yield SameVoice(pair[0], pair[1], float(alike[row, column]), ids[0], ids[1])


def _distance(some: Voiceprints, others: Voiceprints) -> float:
    here, there = _along(some, others), _along(others, some)
    spread = float(np.sqrt((here.var(ddof=1) + there.var(ddof=1)) / 2))
    return float(here.mean() + there.mean()) / max(spread, 1e-6)


def _along(some: Voiceprints, others: Voiceprints) -> Voiceprints:
    """Tell how far each clip lies on the side of some, on the line between the means of both.

    A clip has no part in the mean of its side: few clips would seem far apart by that alone.
    """
    without = some.sum(axis=0) - some
    without /= np.maximum(np.linalg.norm(without, axis=1, keepdims=True), 1e-9)
    beyond = _mean(others)
    lines = without - beyond
    lines /= np.maximum(np.linalg.norm(lines, axis=1, keepdims=True), 1e-9)
    along: Voiceprints = np.einsum("ij,ij->i", some - (without + beyond) / 2, lines)
    return along


def _mean(prints: Voiceprints) -> Voiceprints:
    mean: Voiceprints = prints.mean(axis=0)
    return mean / max(float(np.linalg.norm(mean)), 1e-9)


def _typical(prints: Voiceprints) -> NDArray[np.intp]:
    """Order clips by how near each is to the mean, the nearest first."""
    return np.argsort(-np.einsum("ij,j->i", prints, _mean(prints)), kind="stable")


def _divide(prints: Voiceprints) -> NDArray[np.bool_]:
    """Divide clips in two by their directions, from the two that are least alike."""
    alike = np.einsum("ij,kj->ik", prints, prints)
    ends = np.unravel_index(int(alike.argmin()), alike.shape)
    means = prints[list(ends)]
    second = np.zeros(len(prints), bool)
    for _ in range(_MOST_TURNS):
        nearer = np.einsum("ij,kj->ik", prints, means)
        before, second = second, nearer[:, 1] > nearer[:, 0]
        if (second == before).all() or not second.any() or second.all():
            break
        means = np.stack([_mean(prints[~second]), _mean(prints[second])])
    return second
