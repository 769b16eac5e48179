"""How fast a reviewer judges, without the pauses in which nobody sat there."""

import time
from collections.abc import Callable, Iterable

from audioset.catalog.decisions import Decision
from audioset.records.review_summary import ReviewSummary

_LONG_PAUSE_SECONDS = 120.0  # longer than that somebody did something else


class Pace:
    """Counts what one reviewer decides."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._judged: set[str] = set()
        self._num_decisions = 0
        self._deciding_seconds = 0.0
        self._last: float | None = None

    def add(self, decisions: Iterable[Decision]) -> None:
        """Note decisions that were recorded just now."""
        now = self._clock()
        if self._last is not None and now - self._last <= _LONG_PAUSE_SECONDS:
            self._deciding_seconds += now - self._last
        self._last = now
        for decision in decisions:
            self._num_decisions += 1
            if (decision.subject_kind, decision.field) == ("clip", "accepted"):
                self._judged.add(decision.subject_id)

    def summary(
        self, reviewer: str, *, num_left: int, num_clips: int, length_seconds: float
    ) -> ReviewSummary:
        """Tell what was done; see `ReviewSummary`."""
        return ReviewSummary(
            reviewer=reviewer,
            num_judged=len(self._judged),
            num_decisions=self._num_decisions,
            num_left=num_left,
            num_clips=num_clips,
            length_seconds=length_seconds,
            deciding_seconds=self._deciding_seconds,
        )
