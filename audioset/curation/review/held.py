"""The decisions that hold, by what they are about, kept up to date while a review runs."""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from audioset.catalog.decisions import (
    Decision,
    DecisionKey,
    HeldDecision,
    RecordedDecision,
    SubjectKind,
)
from audioset.catalog.fields import TAG
from audioset.curation.review.seat import Seat
from audioset.curation.workspace.former_ids import with_former_ids
from audioset.curation.workspace.laid_over import Decisions
from audioset.curation.workspace.roots import Roots
from audioset.curation.workspace.working import Working
from audioset.errors import StorageError
from audioset.records.reshaping import REPLACED_FIELD

Subject = tuple[SubjectKind, str]
_PATIENCE_SECONDS = 5.0  # a catalog that did not answer is left alone so long


@dataclass(slots=True)
class HeldDecisions:
    """All decisions of a catalog that hold.

    The catalog knows a clip by its root, a row by its id, which is another one once its edges were
    moved. Here decisions are kept by roots, and given by the ids of the rows under review.

    Attributes:
        working: whose catalog it is.
        home: the workspace that knows the roots.
        seat: from where they are seen: a blind reviewer sees the own ones alone.
        of: subject, a clip by its root -> field -> what holds.
        last_row_id: the newest row that is known here, of those that may be seen.
    """

    working: Working
    home: Working
    seat: Seat
    of: defaultdict[Subject, dict[str, HeldDecision]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    last_row_id: int = 0
    _read_until: int = 0
    _roots: Roots = field(default_factory=Roots)
    _ids: dict[str, str] = field(default_factory=dict)
    _failed_at: float = -_PATIENCE_SECONDS

    def load(self) -> None:
        """Read all that hold.

        Raises:
            StorageError: the catalog cannot be reached.
        """
        catalog = self.working.catalog
        last = catalog.last_row_id()  # before: what comes meanwhile is caught up with
        found = self.seat.held_all(catalog)
        self.of.clear()
        for (kind, subject, name), held in found.items():
            self.of[kind, subject][name] = held
        self._read_until = last
        own = max((held.row_id for held in found.values()), default=0)
        self.last_row_id = own if self.seat.is_blind else last

    def catch_up(self) -> list[RecordedDecision]:
        """Take over what was decided since, by anybody; gives the rows.

        Raises:
            StorageError: the catalog cannot be reached.
        """
        every = self.working.catalog.since(self._read_until)
        news = self.seat.seen(every)
        if news:
            self._read_again({(row.decision.subject_kind, row.decision.subject_id) for row in news})
            self.last_row_id = news[-1].row_id
        if every:
            self._read_until = every[-1].row_id
        return news

    def catch_up_where_possible(self) -> list[RecordedDecision]:
        """As `catch_up`; nothing while the catalog does not answer: what is known still holds."""
        now = time.monotonic()
        if now - self._failed_at < _PATIENCE_SECONDS:
            return []
        try:
            return self.catch_up()
        except StorageError:
            self._failed_at = now
            return []

    def name_rows(self, clip_ids: Collection[str]) -> None:
        """Learn which rows there are now, and the roots of those that were moved."""
        there = clip_ids if self.home == self.working else None
        self._roots = with_former_ids(Roots.read(self.home), self.home, there)
        moved = {*self._roots.roots, *self._roots.former}
        self._ids = {self.root_of(clip_id): clip_id for clip_id in moved if clip_id in clip_ids}

    def root_of(self, clip_id: str) -> str:
        """Give the root of a clip by the id of its row; a root is its own."""
        return self._roots.root_of(clip_id)

    def id_of(self, root: str) -> str:
        """Give the id of the row of a clip by its root, or by an id that it had before."""
        root = self.root_of(root)
        return self._ids.get(root, root)

    def rows_now(self, clip_ids: Iterable[str], row_of: Mapping[str, int]) -> list[int]:
        """Give the rows of clips by any ids that they ever had, or of what took their place.

        Args:
            row_of: the row of each clip that there is.
        """
        found: dict[int, None] = {}
        seen: set[str] = set()
        asked = list(clip_ids)[::-1]
        while asked:
            clip_id = self.id_of(asked.pop())
            if clip_id in row_of:
                found[row_of[clip_id]] = None
            elif clip_id not in seen and (left := self.clip(clip_id).get(REPLACED_FIELD)):
                asked += str(left.value).split()[::-1]
            seen.add(clip_id)
        return list(found)

    def subject_of(self, decision: Decision) -> Subject:
        """Give what a decision is about, a clip by the id of its row."""
        return self.subject_named(decision.subject_kind, decision.subject_id)

    def subject_named(self, kind: SubjectKind, subject_id: str) -> Subject:
        """Give a subject of the catalog, a clip by the id of its row."""
        return kind, self.id_of(subject_id) if kind == "clip" else subject_id

    def clip(self, clip_id: str) -> Mapping[str, HeldDecision]:
        """Give what is decided about a clip, by the id of its row: field to what holds."""
        return self.of.get(("clip", self.root_of(clip_id)), {})

    def speaker(self, speaker: str | None) -> Mapping[str, HeldDecision]:
        """Give what is decided about a speaker: field to what holds."""
        return self.of.get(("speaker", speaker or ""), {})

    def tags(self) -> list[str]:
        """Give the tags that any clip has, sorted."""
        return sorted(
            {
                name.removeprefix(TAG)
                for fields in self.of.values()
                for name, held in fields.items()
                if name.startswith(TAG) and held.value
            }
        )

    def about(self, subjects: Iterable[Subject]) -> Decisions:
        """Give the decisions about some subjects as the effective manifest takes them."""
        return {
            (kind, subject_id, name): (held.value, held.by)
            for kind, subject_id in subjects
            for name, held in (
                self.clip(subject_id) if kind == "clip" else self.speaker(subject_id)
            ).items()
        }

    @property
    def held(self) -> Mapping[DecisionKey, HeldDecision]:
        """All decisions that hold, as the catalog gives them: about roots."""
        return {
            (kind, subject_id, name): held
            for (kind, subject_id), fields in self.of.items()
            for name, held in fields.items()
        }

    def all(self) -> Decisions:
        """Give all decisions as the effective manifest takes them."""
        return {
            (kind, self._ids.get(subject_id, subject_id), name): (held.value, held.by)
            for (kind, subject_id), fields in self.of.items()
            for name, held in fields.items()
        }

    def _read_again(self, subjects: Collection[Subject]) -> None:
        for kind in {kind for kind, _ in subjects}:
            ids = sorted(subject for each, subject in subjects if each == kind)
            found = self.seat.held(self.working.catalog, kind, ids)
            for subject_id in ids:
                self.of.pop((kind, subject_id), None)
            for (_, subject_id, name), held in found.items():
                self.of[kind, subject_id][name] = held
