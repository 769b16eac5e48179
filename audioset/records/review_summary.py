"""ReviewSummary: what became of a review when it ends."""

from dataclasses import dataclass

_LEAST_JUDGED = 5  # clips; of fewer nobody reads a pace


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSummary:
    """What one reviewer did since a review was started.

    Attributes:
        reviewer: who decided.
        num_judged: clips that got a verdict which was not undone, each once.
        num_decisions: that were recorded, of any field, and not undone.
        num_left: clips without a verdict.
        num_clips: of the review.
        length_seconds: from the start to now.
        deciding_seconds: of these, between decisions that followed each other without a long pause.
    """

    reviewer: str
    num_judged: int
    num_decisions: int
    num_left: int
    num_clips: int
    length_seconds: float
    deciding_seconds: float = 0.0

    @property
    def judged_per_hour(self) -> float | None:
        """The pace while somebody decided; None where too little was done to tell."""
        if self.num_judged < _LEAST_JUDGED or self.deciding_seconds <= 0:
            return None
        return (self.num_judged - 1) / self.deciding_seconds * 3600
