"""The clips that somebody wants to hear, chosen and put in order."""

from collections.abc import Iterable, Sequence
from typing import Any

from audioset.catalog.decisions import DecisionValue
from audioset.catalog.fields import is_private
from audioset.curation.review.clip_table import TABLE_COLUMNS
from audioset.curation.review.live import LiveClips
from audioset.curation.review.queue import (
    WORST,
    QueueWish,
    WhoseClips,
    column_values,
    ordered,
    rows_where,
)
from audioset.curation.review.rows import flags_of, verdict_of
from audioset.curation.review.shared_work import SharedWork
from audioset.curation.workspace.working import Working
from audioset.records.manifest import column_names


class Chooser:
    """Chooses among the clips of a review.

    Attributes:
        whose: whose clips are chosen where a wish says nothing of it.
    """

    def __init__(self, working: Working, live: LiveClips, shared: SharedWork) -> None:
        self.whose: WhoseClips | None = None
        self._working, self._live, self._shared = working, live, shared

    def chosen(self, wish: QueueWish) -> list[int]:
        """Give the rows for which a wish holds; raises as `in_any_state`."""
        return self.of_state(self.in_any_state(wish), wish)

    def in_any_state(self, wish: QueueWish) -> list[int]:
        """Give the rows for which a wish holds, but for its state.

        Raises:
            InvalidInputError: its condition is none.
        """
        live = self._live
        rows: Iterable[int] = range(len(live))
        if (wish.whose or self.whose) != "all":
            rows = self._shared.own(rows, live.table.clip_ids)
        if wish.where:
            kept = self.where(wish.where)
            rows = [row for row in rows if row in kept]
        if wish.speaker is not None:
            rows = live.with_value(rows, "speaker", wish.speaker)
        if wish.source_id is not None:
            rows = live.with_value(rows, "source_id", wish.source_id)
        if wish.flag is not None:
            rows = live.with_flag(rows, wish.flag)
        if wish.tag is not None:
            rows = live.with_tag(rows, wish.tag)
        return list(rows)

    def why_none(self, wish: QueueWish) -> str | None:
        """Say why a wish can hold for no clip at all, one line; None where it can."""
        seat = self._live.held.seat
        return seat.why_blind if wish.state == "disagreement" and seat.is_blind else None

    def count_with(self, rows: Iterable[int], name: str, value: DecisionValue) -> int:
        """Count the rows of which a field has a value already, whoever gave it."""
        values = self._values(name)
        wanted = verdict_of(value) if name == "accepted" else value
        return sum(values[row] == wanted for row in rows)

    def _values(self, name: str) -> Sequence[object]:
        """Give what each clip has of a field that people decide."""
        live = self._live
        if name == "accepted":
            return live.verdicts
        if is_private(name):
            held = map(live.held.clip, live.table.clip_ids)
            return [each[name].value if name in each else None for each in held]
        if name in TABLE_COLUMNS:
            return live.column(name)
        column = name if name in column_names() else "extra"
        values = column_values(column, self._working, live.held.all(), live.table.row_of)
        return values if column == name else [dict(each or ()).get(name) for each in values]

    def where(self, condition: str) -> set[int]:
        """Give the rows for which a condition holds, decisions applied.

        Raises:
            InvalidInputError: it is none.
        """
        live = self._live
        return rows_where(
            condition, self._working, live.held.all(), live.table.row_of, held_of=live.held.clip
        )

    def ordered(self, rows: list[int], wish: QueueWish) -> list[int]:
        """Put rows in the order of a wish."""
        name, descending = wish.column_of_order()
        live = self._live
        if name == WORST:
            return ordered(rows, live.scores, descending=True)
        if name in TABLE_COLUMNS and name != "accepted":
            values = live.column(name)
        else:
            values = column_values(name, self._working, live.held.all(), live.table.row_of)
        return ordered(rows, values, descending=descending)

    def columns(self, rows: list[int]) -> dict[str, list[Any]]:
        """Give of rows what a queue shows of each, a column each."""
        live, ids = self._live, self._live.table.clip_ids
        lengths, speakers = live.lengths_seconds, live.column("speaker")
        flags, audio = live.column("flags"), live.column("audio_sha256")
        return {
            "clip_id": [ids[row] for row in rows],
            "verdict": [live.verdicts[row] for row in rows],
            "length_seconds": [lengths[row] for row in rows],
            "speaker": [speakers[row] for row in rows],
            "flags": [flags_of(flags[row]) for row in rows],
            "score": [live.scores[row] for row in rows],
            "audio_sha256": [audio[row] for row in rows],
        }

    def of_state(self, rows: Iterable[int], wish: QueueWish) -> list[int]:
        """Give of rows those that are in the state of a wish.

        Raises:
            InvalidInputError: the pass is blind to that state.
        """
        if wish.state == "all":
            return list(rows)
        if wish.state == "disagreement":
            return self._shared.disagreeing(rows, self._live.table.clip_ids)
        if wish.state == "heard_otherwise":
            return self._live.heard_otherwise(rows)
        if wish.state == "accepted_otherwise":
            return self._live.accepted_otherwise(rows)
        wanted = None if wish.state == "unreviewed" else wish.state
        return [row for row in rows if self._live.verdicts[row] == wanted]
