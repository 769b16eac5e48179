"""Where the rows of a version were before withdrawals took others out: what older receipts mean."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audioset.records.version import VersionRecord
from audioset.records.withdrawal import RemainingVersion, Withdrawal, is_span_of
from audioset.storage.store import Store
from audioset.versions.read.resolve import list_readable_versions
from audioset.versions.read.withdrawals import list_withdrawals


@dataclass(frozen=True, slots=True)
class RowHistory:
    """The rows of a version through its withdrawals.

    Attributes:
        steps: what each withdrawal that touched it left, oldest first.
        sizes: how many rows it had at first and after each step; no two are equal.
    """

    steps: tuple[RemainingVersion, ...]
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, record: VersionRecord, withdrawals: Sequence[Withdrawal]) -> "RowHistory":
        """Take from the withdrawals of a dataset what they did to a version."""
        steps = tuple(
            left for one in withdrawals for left in one.versions if left.version == record.version
        )
        first = record.num_clips + record.num_withdrawn
        return cls(steps, (first, *(left.num_clips for left in steps)))

    def opened(self, num_clips: int, *, until: int | None = None) -> NDArray[np.int64] | None:
        """Give the positions that rows had when the version had `num_clips` rows.

        Args:
            num_clips: of the version, when it was opened.
            until: rows that were left after so many steps; those that are left now when None.

        Returns:
            For each row that was left, in order. None when it is not known: withdrawals of format 1
            did not say which rows they took.
        """
        if num_clips not in self.sizes:
            return None
        positions = np.arange(num_clips)
        for left in self.steps[self.sizes.index(num_clips) : until]:
            if not left.rows:
                return None
            runs = [np.arange(run.position, run.position + run.num_rows) for run in left.rows]
            positions = np.delete(positions, np.concatenate(runs))
        return positions


@dataclass(frozen=True, slots=True)
class RowPlace:
    """Where a clip is, or was, among the rows of a version.

    Attributes:
        record: of the version.
        history: of its rows.
        position: among the rows that it had after `step` withdrawals.
        step: all that it had when the clip is there; else the next one took the clip out.
    """

    record: VersionRecord
    history: RowHistory
    position: int
    step: int

    @property
    def is_withdrawn(self) -> bool:
        """The version holds the clip no more."""
        return self.step < len(self.history.steps)

    def had_left(self, num_clips: int) -> bool:
        """Tell whether the clip was gone already when the version had so many rows."""
        sizes = self.history.sizes
        return num_clips in sizes and sizes.index(num_clips) > self.step

    def among(self, num_clips: int) -> int | None:
        """Give its position when the version had so many rows; None when that is not known."""
        if self.had_left(num_clips):
            return None
        positions = self.history.opened(num_clips, until=self.step)
        return None if positions is None else int(positions[self.position])


def find_withdrawn(store: Store, clip_id: str) -> Iterator[RowPlace]:
    """Find every version that held a clip until it was withdrawn, by dataset and number.

    Withdrawals of format 1 do not tell.

    Raises:
        IntegrityError: a record or a withdrawal is damaged or missing.
        StorageError: the store did not answer, or refused.
    """
    for dataset in store.list_folders():
        withdrawals = list_withdrawals(store, dataset)
        if not any(is_span_of(span, clip_id) for one in withdrawals for span in one.spans):
            continue
        for record in list_readable_versions(store, dataset):
            history = RowHistory.of(record, withdrawals)
            touching = [
                one
                for one in withdrawals
                if any(left.version == record.version for left in one.versions)
            ]
            for step, (one, left) in enumerate(zip(touching, history.steps, strict=True)):
                position = _position(one.spans, left, clip_id)
                if position is not None:
                    yield RowPlace(record, history, position, step)


def _position(spans: Sequence[str], left: RemainingVersion, clip_id: str) -> int | None:
    """Find a clip among the rows that one withdrawal took out of a version."""
    for run in left.rows:
        for place in range(run.span, run.span + run.num_rows):
            if is_span_of(spans[place], clip_id):
                return run.position + place - run.span
    return None
