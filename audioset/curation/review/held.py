"""The decisions that hold, by what they are about, kept up to date while a review runs."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from audioset.catalog.decisions import DecisionValue, SubjectKind
from audioset.curation.workspace.effective import Decisions
from audioset.curation.workspace.working import Working

Subject = tuple[SubjectKind, str]


@dataclass(frozen=True, slots=True)
class HeldValue:
    """A decision that holds: what, by whom, when; `row_id` is its row in the catalog."""

    value: DecisionValue
    by: str
    at: datetime | None = None
    row_id: int | None = None


@dataclass(slots=True)
class HeldDecisions:
    """All decisions of a catalog that hold.

    Attributes:
        of: subject -> field -> what holds.
        last_row_id: the newest row of the catalog that is known here.
    """

    working: Working
    of: defaultdict[Subject, dict[str, HeldValue]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    last_row_id: int = 0

    def load(self) -> None:
        """Read all that hold.

        Raises:
            StorageError: the catalog cannot be reached.
        """
        self.of.clear()
        found = self.working.catalog.current_with_author()
        for (kind, subject, name), (value, by) in found.items():
            self.of[kind, subject][name] = HeldValue(value, by)

    def about(self, subjects: Iterable[Subject]) -> Decisions:
        """Give the decisions about some subjects as the effective manifest takes them."""
        return {
            (subject[0], subject[1], name): (held.value, held.by)
            for subject in subjects
            if subject in self.of
            for name, held in self.of[subject].items()
        }

    def all(self) -> Decisions:
        """Give all decisions as the effective manifest takes them."""
        return self.about(list(self.of))
