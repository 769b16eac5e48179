"""Which reviewer gets which clips: a fair share of the listening, the same whoever asks again."""

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import ceil

from audioset.records.assignments import Assignment


@dataclass(frozen=True, slots=True)
class Dealt:
    """A clip that is to be judged.

    Attributes:
        clip_id: the id under which it came into the workspace.
        group: what is judged together, by one person, such as the takes of a line.
        length_seconds: of the clip.
    """

    clip_id: str
    group: str
    length_seconds: float


class Dealer:
    """Deals clips to reviewers: all of a group to one, and in the end equally long to each.

    The order of the groups is by hash: it hangs neither on the order of the rows nor on names, and
    mixes sources.
    """

    def __init__(
        self,
        reviewers: Sequence[str],
        *,
        standing: Iterable[Assignment],
        judged: Iterable[Assignment],
    ) -> None:
        """Begin with what is known.

        Args:
            reviewers: who can be given clips.
            standing: what is assigned already, in any pass.
            judged: which clips were judged by whom, in any pass.
        """
        self.new: list[Assignment] = []
        self.num_without_other = 0
        self._reviewers = tuple(sorted(reviewers))
        self._holders: dict[tuple[str, int], list[str]] = defaultdict(list)
        self._passes: dict[tuple[str, str], set[int]] = defaultdict(set)  # of a clip and reviewer
        for one in standing:
            self._note(one)
        for one in judged:
            self._passes[one.clip_id, one.reviewer].add(one.review_pass)

    def holders(self, clip: Dealt, review_pass: int) -> Sequence[str]:
        """Give who is to judge a clip in a pass."""
        return self._holders.get((clip.clip_id, review_pass), ())

    def deal(self, clips: Sequence[Dealt], review_pass: int) -> None:
        """Deal the clips that nobody holds in a pass yet."""
        seconds = dict.fromkeys(self._reviewers, 0.0)
        for clip in clips:
            for holder in self.holders(clip, review_pass):
                if holder in seconds:
                    seconds[holder] += clip.length_seconds
        for group in in_groups(clips):
            free = [clip for clip in group if not self.holders(clip, review_pass)]
            able = [by for by in self._reviewers if self._may(by, group, review_pass)]
            if not free or not able:
                self.num_without_other += len(free)
                continue
            held_by = {by for clip in group for by in self.holders(clip, review_pass)}
            chosen = min(able, key=lambda by: (by not in held_by, seconds[by]))
            seconds[chosen] += sum(clip.length_seconds for clip in free)
            for clip in free:
                one = Assignment(reviewer=chosen, clip_id=clip.clip_id, review_pass=review_pass)
                self.new.append(one)
                self._note(one)

    def _may(self, reviewer: str, group: Iterable[Dealt], review_pass: int) -> bool:
        """Tell whether a reviewer judges no clip of a group in another pass."""
        return all(
            self._passes.get((clip.clip_id, reviewer), {review_pass}) <= {review_pass}
            for clip in group
        )

    def _note(self, one: Assignment) -> None:
        self._holders[one.clip_id, one.review_pass].append(one.reviewer)
        self._passes[one.clip_id, one.reviewer].add(one.review_pass)


def in_groups(clips: Iterable[Dealt]) -> list[list[Dealt]]:
    """Give clips by group, in the order of the hashes of the groups."""
    groups: dict[str, list[Dealt]] = {}
    for clip in clips:
        groups.setdefault(clip.group, []).append(clip)
    return [groups[name] for name in sorted(groups, key=_hash)]


def choose_share(clips: Iterable[Dealt], share: float, chosen: Container[str]) -> list[Dealt]:
    """Choose whole groups until a share of them is chosen; the same ones as the clips grow.

    Args:
        clips: to choose from.
        share: 0 to 1.
        chosen: clips that were chosen before, by id: they stay so, and count.
    """
    groups = in_groups(clips)
    groups.sort(key=lambda group: not any(clip.clip_id in chosen for clip in group))  # stable
    return [clip for group in groups[: ceil(share * len(groups))] for clip in group]


def _hash(group: str) -> str:
    return sha256(group.encode()).hexdigest()
