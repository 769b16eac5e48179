"""The queue: which clips a reviewer wants to hear, and in which order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, get_args

from audioset.curation.workspace.effective import scan_effective
from audioset.curation.workspace.laid_over import Decisions
from audioset.curation.workspace.private_words import FieldsHeld, scan_where
from audioset.curation.workspace.working import Working
from audioset.errors import InvalidInputError
from audioset.near_names import ask_whether
from audioset.records.manifest import column_names

QueueState = Literal[
    "all",
    "unreviewed",
    "accept",
    "reject",
    "unsure",
    "disagreement",
    "heard_otherwise",
    "accepted_otherwise",
]
WhoseClips = Literal["mine", "all"]
STATES: tuple[str, ...] = get_args(QueueState)
WORST = "worst"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueWish:
    """Which clips somebody wants to hear, and in which order.

    Attributes:
        where: SQL condition on the columns, decisions applied; all clips when None.
        order: "worst", or a column, perhaps with ` desc` after it.
        state: "unreviewed" has no verdict; "heard_otherwise" has a text of no person, and a model
            wrote other words; "accepted_otherwise" was accepted with another text than it has now.
        flag, speaker, source_id, tag: that a clip has; any when None.
        whose: "mine" are the clips that are assigned to the reviewer, all where none is; None is as
            the review began, with those.
    """

    where: str | None = None
    order: str = WORST
    state: QueueState = "all"
    flag: str | None = None
    speaker: str | None = None
    source_id: str | None = None
    tag: str | None = None
    whose: WhoseClips | None = None

    def __post_init__(self) -> None:
        """Check what can be checked without looking at clips.

        Raises:
            InvalidInputError: an unknown state, or an unknown column to order by.
        """
        if self.state not in STATES:
            raise InvalidInputError(f"no state {self.state!r}; states are {', '.join(STATES)}")
        if self.whose not in (None, *get_args(WhoseClips)):
            raise InvalidInputError(f"whose is mine or all, not {self.whose!r}")
        self.column_of_order()

    def column_of_order(self) -> tuple[str, bool]:
        """Give the column, or "worst", and whether the greatest come first.

        Raises:
            InvalidInputError: an unknown column, or one that holds several values.
        """
        name, _, way = self.order.strip().partition(" ")
        if name == WORST and not way:
            return WORST, True
        sortable = [column for column in column_names() if column != "extra"]
        if name not in sortable or way.strip().lower() not in ("", "asc", "desc"):
            hint = ask_whether(name, sortable) or "docs/format.md lists the columns"
            raise InvalidInputError(
                f"cannot order by {self.order!r}: write {WORST}, or a column and perhaps desc "
                f"after it; {hint}"
            )
        return name, way.strip().lower() == "desc"


def rows_where(
    where: str,
    working: Working,
    decisions: Decisions,
    row_of: Mapping[str, int],
    *,
    held_of: Callable[[str], FieldsHeld],
) -> set[int]:
    """Find the rows for which a condition holds; see `audioset.storage.filters.filter_rows`.

    Only the columns that it names are read.

    Args:
        row_of: the row of each clip.
        held_of: gives what is decided about a clip; a condition may name private words too.

    Raises:
        InvalidInputError: not a condition, an unknown column, or one that takes too long.
        StorageError: a manifest cannot be read.
    """
    found: set[int] = set()
    scan = partial(scan_effective, working, decisions=decisions)
    for batch in scan_where(scan, where, ["clip_id"], held_of):
        kept = batch.column("clip_id").to_pylist()
        found.update(row_of[clip_id] for clip_id in kept if clip_id in row_of)
    return found


def ordered(rows: Sequence[int], values: Sequence[Any], *, descending: bool) -> list[int]:
    """Order rows by a value of each row of all; equal ones keep their order, null comes last."""
    known = [row for row in rows if values[row] is not None]
    unknown = [row for row in rows if values[row] is None]
    return [*sorted(known, key=values.__getitem__, reverse=descending), *unknown]


def column_values(
    name: str, working: Working, decisions: Decisions, row_of: Mapping[str, int]
) -> list[Any]:
    """Read one column of all clips, decisions applied; null for a clip that is gone since."""
    values: list[Any] = [None] * len(row_of)
    for batch in scan_effective(working, ["clip_id", name], decisions=decisions):
        clip_ids, found = (column.to_pylist() for column in batch.columns)
        for clip_id, value in zip(clip_ids, found, strict=True):
            if clip_id in row_of:
                values[row_of[clip_id]] = value
    return values
