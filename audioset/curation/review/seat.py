"""Seat: who reviews, in which pass, and what may be seen from there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from audioset.catalog.catalog import Catalog
from audioset.catalog.decisions import DecisionKey, HeldDecision, RecordedDecision, SubjectKind
from audioset.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class Seat:
    """A reviewer's place.

    In the first pass all share one word, and see what others said. From the second on a reviewer is
    blind: what others decided is as if it had never been said, in values, history, news, counts,
    conditions and conflicts, and so is what the reviewer said in another pass.

    Attributes:
        reviewer: who.
        review_pass: from 1.
    """

    reviewer: str
    review_pass: int = 1

    @property
    def is_blind(self) -> bool:
        """Whether nothing of the others is shown."""
        return self.review_pass > 1

    def seen(self, rows: Iterable[RecordedDecision]) -> list[RecordedDecision]:
        """Give the rows that may be seen from here."""
        return [row for row in rows if not self.is_blind or self.is_own(row)]

    def is_own(self, row: RecordedDecision) -> bool:
        """Tell whether the reviewer wrote a row, in this pass."""
        return row.decided_by == self.reviewer and (row.review_pass or 1) == self.review_pass

    def held_all(self, catalog: Catalog) -> Mapping[DecisionKey, HeldDecision]:
        """Give all that holds, seen from here."""
        return catalog.held_all(review_pass=self.review_pass, by=self.reviewer)

    def held(
        self, catalog: Catalog, kind: SubjectKind, ids: Iterable[str]
    ) -> Mapping[DecisionKey, HeldDecision]:
        """Give what holds about some subjects, seen from here."""
        return catalog.held(kind, ids, review_pass=self.review_pass, by=self.reviewer)

    def assigned(self, catalog: Catalog) -> frozenset[str]:
        """Give the clips that are assigned to the reviewer in this pass; none where nothing is."""
        return frozenset(
            one.clip_id
            for one in catalog.assignments(self.reviewer)
            if one.review_pass == self.review_pass
        )

    @property
    def why_blind(self) -> str:
        """Why nothing of what others say is shown, one line."""
        return f"pass {self.review_pass} is blind: nothing of what others say is shown"

    def require_sight(self) -> None:
        """Require that this is no blind pass.

        Raises:
            InvalidInputError: it is.
        """
        if self.is_blind:
            raise InvalidInputError(self.why_blind)
