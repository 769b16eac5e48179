"""How fast a reviewer judges, without the pauses in which nobody sat there."""

import time
from collections.abc import Callable, Sequence

from audioset.catalog.decisions import Decision
from audioset.records.review_summary import ReviewSummary

_LONG_PAUSE_SECONDS = 120.0  # longer than that somebody did something else


class Pace:
    """Counts what one reviewer decides."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._decided: dict[str, Sequence[Decision]] = {}
        self._deciding_seconds = 0.0
        self._last: float | None = None

    def add(self, op_id: str, decisions: Sequence[Decision]) -> None:
        """Note decisions that were recorded just now, and the operation that they are of."""
        self._decided[op_id] = decisions
        self._go_on()

    def take_back(self, op_id: str) -> None:
        """Note that an operation was undone just now: what it decided counts no more."""
        self._decided.pop(op_id, None)
        self._go_on()

    def _go_on(self) -> None:
        now = self._clock()
        if self._last is not None and now - self._last <= _LONG_PAUSE_SECONDS:
            self._deciding_seconds += now - self._last
        self._last = now

    def summary(
        self, reviewer: str, *, num_left: int, num_clips: int, length_seconds: float
    ) -> ReviewSummary:
        """Tell what was done; see `ReviewSummary`."""
        decided = [decision for each in self._decided.values() for decision in each]
        judged = {
            decision.subject_id
            for decision in decided
            if (decision.subject_kind, decision.field) == ("clip", "accepted")
        }
        return ReviewSummary(
            reviewer=reviewer,
            num_judged=len(judged),
            num_decisions=len(decided),
            num_left=num_left,
            num_clips=num_clips,
            length_seconds=length_seconds,
            deciding_seconds=self._deciding_seconds,
        )
