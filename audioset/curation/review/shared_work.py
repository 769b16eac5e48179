"""What a review knows of the others: who is to judge what, and where people differ."""

from collections.abc import Iterable, Sequence
from typing import Any

from audioset.catalog.decisions import RecordedDecision
from audioset.curation.review.held import HeldDecisions
from audioset.curation.reviewers import read_agreement
from audioset.curation.workspace.working import Working
from audioset.records.agreement import AgreementReport


class SharedWork:
    """The work of a review that several people share."""

    def __init__(self, working: Working, held: HeldDecisions) -> None:
        self._working, self._held, self._seat = working, held, held.seat
        self._assigned: frozenset[str] = frozenset()
        self.read_again()

    def read_again(self) -> int:
        """Read what is assigned to the reviewer in this pass; gives how many clips."""
        self._assigned = self._seat.assigned(self._working.catalog)
        return len(self._assigned)

    def own(self, rows: Iterable[int], clip_ids: Sequence[str]) -> list[int]:
        """Keep the rows that are assigned to the reviewer; all where nothing is."""
        return self._keep(rows, clip_ids, self._assigned) if self._assigned else list(rows)

    def disagreeing(self, rows: Iterable[int], clip_ids: Sequence[str]) -> list[int]:
        """Keep the rows of which reviewers say different things; who is blind sees none."""
        if self._seat.is_blind:
            return []
        waiting = self.agreement().disagreements
        return self._keep(
            rows, clip_ids, {one.subject_id for one in waiting if one.subject_kind == "clip"}
        )

    def agreement(self) -> AgreementReport:
        """Tell how alike the reviewers judge.

        Raises:
            InvalidInputError: this pass is blind.
            StorageError: a manifest or the catalog cannot be read.
        """
        self._seat.require_sight()
        return read_agreement(self._working)

    def disagreements_of(self, history: Sequence[RecordedDecision]) -> list[dict[str, Any]]:
        """Give the fields of a clip of which reviewers say different things; none when blind."""
        if self._seat.is_blind or not any((row.review_pass or 1) > 1 for row in history):
            return []
        found = read_agreement(self._working, history)
        return [one.to_json_dict() for one in found.disagreements]

    def _keep(
        self, rows: Iterable[int], clip_ids: Sequence[str], wanted: "frozenset[str] | set[str]"
    ) -> list[int]:
        return [row for row in rows if self._held.root_of(clip_ids[row]) in wanted]
