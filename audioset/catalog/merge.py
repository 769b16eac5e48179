"""Two histories of the same field, from two catalogs, become one.

The newest decision of a catalog holds, unless it was retracted. So rows that come from elsewhere
are added behind those that are there, in their order, and where an older word would hold then, the
row that holds is moved behind it. What one of the two retracted holds in neither.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from audioset.records.split_report import SPLIT_AUTHOR

RowKey = tuple[str, str, str]  # subject_kind, subject_id, field


class DecisionRow(NamedTuple):
    """A row of a catalog without its number; `value` is JSON. Equal rows are the same row."""

    decided_at: datetime
    decided_by: str
    subject_kind: str
    subject_id: str
    field: str
    value: str
    op_id: str
    retracts: str | None = None
    review_pass: int | None = None
    heard_share: float | None = None

    @property
    def key(self) -> RowKey:
        """What was decided."""
        return self.subject_kind, self.subject_id, self.field


@dataclass(slots=True)
class Merged:
    """What some rows of one catalog become in another.

    Attributes:
        rows: to be added, in this order; the other catalog lacks them.
        moved: to be moved behind all others afterwards, in this order.
        conflicts: the row that holds and the one that does not, by what was decided, where both
            catalogs had decided it on their own, and differently.
    """

    rows: list[DecisionRow] = field(default_factory=list)
    moved: list[DecisionRow] = field(default_factory=list)
    conflicts: dict[RowKey, tuple[DecisionRow, DecisionRow]] = field(default_factory=dict)


def merge(
    batch: Sequence[DecisionRow], here: Iterable[DecisionRow], there: Iterable[DecisionRow]
) -> Merged:
    """Merge some rows of one catalog into another.

    Which row holds afterwards: that of the catalog that knew of the other's; where neither did, a
    person's before that of `audioset split`, then the newer one.

    Args:
        batch: rows to bring, in their order.
        here: all rows about the same subjects where they come from, in their order.
        there: all rows about the same subjects where they go to, in their order.
    """
    merged = Merged()
    ours, theirs = list(here), list(there)
    of_us, of_them = set(ours), set(theirs)
    retracted = {(row.retracts, row.key) for row in (*ours, *theirs) if row.retracts}
    known = set(of_them)
    for row in batch:
        if row not in known:
            known.add(row)
            merged.rows.append(row)
    holds_here, holds_there = _holding(ours, retracted), _holding(theirs, retracted)
    last = _holding((*theirs, *merged.rows), retracted)
    for key in dict.fromkeys(row.key for row in batch):
        mine, other = holds_here.get(key), holds_there.get(key)
        if mine is None or other is None:
            wanted = mine or other
        else:
            wanted = _choose(mine, other, of_us, of_them)
            if mine.value != other.value and other not in of_us and mine not in of_them:
                merged.conflicts[key] = (wanted, other if wanted is mine else mine)
        # What is wanted may still come, in a later batch.
        if wanted in known and last[key] != wanted:
            merged.moved.append(wanted)
    return merged


def _holding(
    rows: Iterable[DecisionRow], retracted: set[tuple[str, RowKey]]
) -> dict[RowKey, DecisionRow]:
    return {
        row.key: row
        for row in rows
        if row.retracts is None
        and row.review_pass in (None, 1)
        and (row.op_id, row.key) not in retracted
    }


def _choose(
    mine: DecisionRow, other: DecisionRow, ours: set[DecisionRow], theirs: set[DecisionRow]
) -> DecisionRow:
    """Choose the row that holds, of that which holds here and that which holds there."""
    if (other in ours) != (mine in theirs):
        return mine if other in ours else other
    return mine if _rank(mine) > _rank(other) else other


def _rank(row: DecisionRow) -> tuple[bool, tuple[object, ...]]:
    """Order rows that hold in one of two catalogs: the same order wherever it is asked for."""
    planned = (row.field, row.decided_by) == ("split", SPLIT_AUTHOR)
    # By the moment first, and by nothing that may be None: a row that holds retracts nothing.
    return not planned, row[:7]
