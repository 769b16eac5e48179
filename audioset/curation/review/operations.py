"""What a reviewer does to clips: operations that can be repeated, expected and taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from audioset.catalog.decisions import Decision, DecisionKey, Recorded
from audioset.catalog.fields import require_decision
from audioset.curation.review.live import LiveClips
from audioset.curation.review.pace import Pace
from audioset.curation.review.seat import Seat
from audioset.curation.workspace.working import Working
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.reshaping import RESHAPING_FIELDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Decisions that belong together: one key press.

    Attributes:
        op_id: names them, so that a repeated request is harmless; 1 to 100 characters.
        decisions: at least one.
        expected: number of the row that held for each key when the person looked; keys that are
            missing are not compared.
        heard_share: share of the clip that was heard before, 0 to 1; None where nobody knows.
    """

    op_id: str
    decisions: Sequence[Decision]
    expected: Mapping[DecisionKey, int | None] = field(default_factory=dict)
    heard_share: float | None = None


class Operations:
    """Records what one reviewer decides, and takes it back."""

    def __init__(self, working: Working, live: LiveClips, pace: Pace, *, seat: Seat) -> None:
        self._catalog, self._live, self._pace = working.catalog, live, pace
        self._seat = seat

    def record(self, wanted: Wanted, *, cuts: bool = False) -> Recorded:
        """Record decisions, all or none.

        Args:
            cuts: that they may say which clips there are; such values are checked already.

        Raises:
            DecisionConflict: somebody decided one of them otherwise meanwhile.
            NotFoundError: a clip or speaker that is not in the review.
            InvalidInputError: a field that a person cannot decide, or a bad value.
            StorageError: the catalog cannot be reached or refused.
        """
        for decision in wanted.decisions:
            if not (cuts and decision.field in RESHAPING_FIELDS):
                require_decision(decision)
        self._live.require_known(wanted.decisions)
        recorded = self._catalog.record(
            [replace(d, subject_id=self._root(d.key)) for d in wanted.decisions],
            by=self._seat.reviewer,
            op_id=wanted.op_id,
            expected=self.about_roots(wanted.expected),
            review_pass=self._seat.review_pass if self._seat.is_blind else None,
            heard_share=wanted.heard_share,
        )
        if not recorded.repeated:
            self._pace.add(wanted.op_id, wanted.decisions)
        return recorded

    def about_roots(
        self, expected: Mapping[DecisionKey, int | None]
    ) -> dict[DecisionKey, int | None]:
        """Give expectations as the catalog knows clips: by their roots."""
        return {(key[0], self._root(key), key[2]): row_id for key, row_id in expected.items()}

    def _root(self, key: DecisionKey) -> str:
        return self._live.held.root_of(key[1]) if key[0] == "clip" else key[1]

    def undo(self, op_id: str, undoes: str) -> Recorded | None:
        """Take back an operation of the reviewer: what held before holds again.

        Returns:
            What was recorded; None where clips are to be cut too, and nothing was done yet.

        Raises:
            NotFoundError: there is no such operation.
            InvalidInputError: it is another person's.
            DecisionConflict, StorageError: as `record`.
        """
        rows = self._seat.seen(self._catalog.operation(undoes))
        if not rows:
            raise NotFoundError(f"there is no operation {undoes!r} that could be undone")
        by = self._seat.reviewer
        if rows[0].decided_by != by:
            raise InvalidInputError(
                f"operation {undoes!r} is {rows[0].decided_by}'s, not {by}'s; decide the clip anew "
                "instead"
            )
        cuts = any(row.decision.field in RESHAPING_FIELDS for row in rows)
        if cuts and not self._seat.is_blind:
            return None
        retracted = self._catalog.retract(undoes, by=by, op_id=op_id)
        self._pace.take_back(undoes)
        return retracted
