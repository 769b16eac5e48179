"""Who said what of which field, in which pass, and what of it waits to be settled.

Words are read in the order in which they were said. In the first pass all share one word: whoever
speaks after somebody else has seen what that one said. A blind word, of pass 2 and later, was given
without seeing anything, and holds nowhere. When reviewers differ and somebody then decides, in the
first pass, that word settles it: it holds, but is no opinion, since it knows of both.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from audioset.catalog.decisions import DecisionKey, RecordedDecision
from audioset.catalog.fields import is_private
from audioset.records.agreement import Disagreement, Opinion, OpinionValue
from audioset.records.split_report import SPLIT_AUTHOR
from audioset.records.succession import person_of

# Tells of a key whether two values differ.
Differ = Callable[[DecisionKey, OpinionValue, OpinionValue], bool]


@dataclass(slots=True)
class Voices:
    """What was said of one field.

    Attributes:
        opinions: what each reviewer said before it was settled, by name.
        waiting: what each says now, of what was said since it was settled last, by name.
    """

    opinions: dict[str, Opinion] = field(default_factory=dict)
    waiting: dict[str, Opinion] = field(default_factory=dict)
    _settled_of: frozenset[str] = frozenset()  # whose opinions are not to change any more
    _spoke_last: str | None = None

    @property
    def is_blind_only(self) -> bool:
        """Whether nobody said anything of it but blind reviewers: it holds nowhere."""
        return all(one.is_blind for one in self.waiting.values())

    def hear(self, said: Opinion, *, is_conflict: bool) -> None:
        """Take in the next word; `is_conflict` tells whether those that wait differ."""
        if said.is_blind:
            self._hear_blind(said)
        elif is_conflict:
            self._settled_of = frozenset(self.opinions)
            self.waiting = {said.by: said}
        else:
            self._hear_open(said)

    def _hear_blind(self, said: Opinion) -> None:
        before = self.opinions.get(said.by)
        if before is None or (
            before.review_pass == said.review_pass and said.by not in self._settled_of
        ):
            self.opinions[said.by] = said
        self.waiting[said.by] = said

    def _hear_open(self, said: Opinion) -> None:
        before = self.opinions.get(said.by)
        # Who speaks again after others have spoken has heard them.
        corrects = before is not None and not before.is_blind and self._spoke_last == said.by
        if before is None or (corrects and said.by not in self._settled_of):
            self.opinions[said.by] = said
        self._spoke_last = said.by
        self.waiting = {by: one for by, one in self.waiting.items() if one.is_blind}
        self.waiting[said.by] = said


def gather(words: Iterable[RecordedDecision], differ: Differ) -> dict[DecisionKey, Voices]:
    """Gather what was said of each field; what its author took back was not said.

    Args:
        words: in any order; retractions among them.
        differ: tells whether two values of a field are different ones.
    """
    rows = list(words)
    taken_back = {(_key(row), row.retracts) for row in rows if row.retracts is not None}
    said = [row for row in rows if row.retracts is None and _is_opinion(row)]
    found: dict[DecisionKey, Voices] = {}
    for row in sorted(said, key=lambda row: (row.decided_at, row.row_id)):
        key = _key(row)
        if (key, row.op_id) in taken_back:
            continue
        opinion = Opinion(
            by=person_of(row.decided_by),
            value=row.decision.value,
            review_pass=row.review_pass or 1,
            decided_at=row.decided_at,
        )
        voices = found.setdefault(key, Voices())
        voices.hear(opinion, is_conflict=_conflict(key, voices.waiting.values(), differ))
    return found


def find_disagreements(
    voices: Mapping[DecisionKey, Voices], differ: Differ
) -> tuple[Disagreement, ...]:
    """List the fields of which reviewers say different things, and nobody has settled it."""
    return tuple(
        Disagreement(
            subject_kind=key[0],
            subject_id=key[1],
            field=key[2],
            opinions=tuple(sorted(said.waiting.values(), key=lambda one: one.decided_at)),
        )
        for key, said in sorted(voices.items())
        if _conflict(key, said.waiting.values(), differ)
    )


def _is_opinion(row: RecordedDecision) -> bool:
    """Tell whether a decision is one that others may settle: no plan, and no private note."""
    return row.decided_by != SPLIT_AUTHOR and not is_private(row.decision.field)


def _key(row: RecordedDecision) -> DecisionKey:
    return row.decision.subject_kind, row.decision.subject_id, row.decision.field


def _conflict(key: DecisionKey, waiting: Iterable[Opinion], differ: Differ) -> bool:
    """Tell whether any two of some words differ."""
    values = (one.value for one in waiting)
    return any(differ(key, one, other) for one, other in combinations(values, 2))
