"""Two histories of the same field, from two catalogs, become one.

The newest row of a catalog holds, and rows are only added. So rows that come from elsewhere are
added behind those that are there, in their order, and where an older word would hold then, the row
that holds is added once more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from audioset.records.split_report import SPLIT_AUTHOR

RowKey = tuple[str, str, str]  # subject_kind, subject_id, field


class DecisionRow(NamedTuple):
    """A row of a catalog without its number; `value` is JSON. Equal rows are the same decision."""

    decided_at: datetime
    decided_by: str
    subject_kind: str
    subject_id: str
    field: str
    value: str

    @property
    def key(self) -> RowKey:
        """What was decided."""
        return self.subject_kind, self.subject_id, self.field


@dataclass(slots=True)
class Merged:
    """What some rows of one catalog become in another.

    Attributes:
        rows: to be added, in this order.
        num_new: how many of them the other catalog lacked; the rest are added once more.
        conflicts: the row that holds and the one that does not, by what was decided, where both
            catalogs had decided it on their own, and differently.
    """

    rows: list[DecisionRow] = field(default_factory=list)
    num_new: int = 0
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
    known, ours = set(there_rows := list(there)), set(here_rows := list(here))
    holds_here, holds_there = _holding(here_rows), _holding(there_rows)
    last = dict(holds_there)
    for row in batch:
        if row not in known:
            known.add(row)
            merged.rows.append(row)
            last[row.key] = row
    merged.num_new = len(merged.rows)
    for key in dict.fromkeys(row.key for row in batch):
        mine, other = holds_here[key], holds_there.get(key)
        wanted = mine if other is None else _choose(mine, other, ours, set(there_rows))
        if other is not None and _is_conflict(mine, other, ours, set(there_rows)):
            merged.conflicts[key] = (wanted, other if wanted is mine else mine)
        # What is wanted may still come, in a later batch.
        if wanted in known and last[key] != wanted:
            merged.rows.append(wanted)
    return merged


def _holding(rows: Iterable[DecisionRow]) -> dict[RowKey, DecisionRow]:
    return {row.key: row for row in rows}


def _is_conflict(
    mine: DecisionRow, other: DecisionRow, ours: set[DecisionRow], theirs: set[DecisionRow]
) -> bool:
    return mine.value != other.value and other not in ours and mine not in theirs


def _choose(
    mine: DecisionRow, other: DecisionRow, ours: set[DecisionRow], theirs: set[DecisionRow]
) -> DecisionRow:
    """Choose the row that holds, of that which holds here and that which holds there."""
    if (other in ours) != (mine in theirs):
        return mine if other in ours else other
    return mine if _rank(mine) > _rank(other) else other


def _rank(row: DecisionRow) -> tuple[bool, DecisionRow]:
    """Order rows that hold in one of two catalogs: the same order wherever it is asked for."""
    planned = (row.field, row.decided_by) == ("split", SPLIT_AUTHOR)
    return not planned, row  # by the moment first
