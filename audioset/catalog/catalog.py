"""The catalog of what people decided, as the rest of the house holds it.

It loads no SQLAlchemy before there is something to read or write: that takes longer than a small
manifest takes to read.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.catalog.decisions import (
    Decision,
    DecisionKey,
    DecisionValue,
    HeldDecision,
    Recorded,
    RecordedDecision,
    SubjectKind,
    catalog_is_missing,
)
from audioset.catalog.held_columns import HeldColumns
from audioset.errors import InvalidInputError
from audioset.records.assignments import Assignment
from audioset.settings import SQLITE_FILE

if TYPE_CHECKING:
    from audioset.catalog.database import CatalogDatabase


class Catalog:
    """The decisions of one workspace or team; picklable, since it opens its database by itself.

    Every method raises InvalidInputError where the URL is none of SQLite or PostgreSQL, and
    StorageError where the database cannot be reached, or refuses.
    """

    def __init__(self, url: str, *, own: Path | None = None, is_kept: bool = True) -> None:
        """Open lazily.

        Args:
            url: SQLAlchemy URL, such as `sqlite:////data/catalog.db`.
            own: file of the workspace's own catalog, where another may be used instead: before the
                first decision is read or written, it is told when that lacks what the file has.
            is_kept: whether it outlives this process; where not, nothing is written into it.
        """
        self.url = url
        self._own = own
        self._is_kept = is_kept
        self._keep = False
        self._opened: CatalogDatabase | None = None

    def record(
        self,
        decisions: Iterable[Decision],
        *,
        by: str,
        op_id: str | None = None,
        expected: Mapping[DecisionKey, int | None] | None = None,
        review_pass: int | None = None,
        heard_share: float | None = None,
    ) -> Recorded:
        """Add decisions, all or none, as one operation.

        Args:
            decisions: of one key the last one counts.
            by: who decided.
            op_id: name of the operation, 1 to 100 characters; a new one when None. One that is
                recorded already adds nothing, and gives what it gave the first time.
            expected: number of the row that held for each key when the person looked; None where
                nothing held.
            review_pass: from 2 on, an opinion of `by` that does not hold.
            heard_share: share of the clip that was heard before, 0 to 1.

        Raises:
            DecisionConflict: others hold than expected; nothing was recorded.
            AlreadyExistsError: another operation has that name.
            InvalidInputError: a value out of its range.
        """
        from audioset.catalog.operations import Operation

        self._tell_not_copied()
        operation = Operation(
            by=by,
            op_id=op_id,
            expected=expected,
            review_pass=review_pass,
            heard_share=heard_share,
        )
        return self._database().record(decisions, operation)

    def record_field(
        self, field: str, parts: Iterable[Mapping[str, DecisionValue]], *, by: str
    ) -> int:
        """Decide one field of very many clips, all or none, as one operation; returns how many.

        Args:
            field: what is decided.
            parts: clip ids to values, some thousands at once; no clip occurs twice.
            by: who decided.
        """
        from audioset.catalog.many_clips import write_field_of_clips

        self._tell_not_copied()
        return write_field_of_clips(self._database(), field, parts, by=by)

    def retract(
        self,
        retracts: str,
        *,
        by: str,
        op_id: str | None = None,
        expected: Mapping[DecisionKey, int | None] | None = None,
    ) -> Recorded:
        """Let an operation hold no more: what held before, or the machine's word, holds again.

        Of a retraction, what it took back is decided anew. What holds no more already is left.

        Args:
            retracts: name of the operation.
            by, op_id, expected: as for `record`.

        Raises:
            NotFoundError: there is no operation of that name.
            DecisionConflict, AlreadyExistsError, InvalidInputError: as for `record`.
        """
        from audioset.catalog.operations import Operation

        self._tell_not_copied()
        operation = Operation(by=by, op_id=op_id, expected=expected)
        return self._database().retract(retracts, operation)

    def last_operation(self, by: str) -> str | None:
        """Give the newest operation of a person of which something was not retracted."""
        return None if catalog_is_missing(self.url) else self._database().last_operation(by)

    def find_operation(self, start: str) -> str:
        """Give the name of the operation that begins so.

        Raises:
            NotFoundError: none does.
            InvalidInputError: several do.
        """
        return self._database().find_operation(start)

    def current_with_author(self, fields: Collection[str] | None = None) -> HeldColumns:
        """Give for each key the decision that holds, and who took it.

        Args:
            fields: of which; of all when None.
        """
        self._tell_not_copied()
        if catalog_is_missing(self.url) or (fields is not None and not fields):
            return HeldColumns({})
        return self._database().current_with_author(fields)

    def ever_said(self, field: str, value: DecisionValue) -> bool:
        """Tell whether somebody ever decided so; costs far less than to read what holds."""
        self._tell_not_copied()
        return not catalog_is_missing(self.url) and self._database().ever_said(field, value)

    def held_all(
        self, *, review_pass: int | None = None, by: str | None = None
    ) -> Mapping[DecisionKey, HeldDecision]:
        """Give for each key the decision that holds, with who, when and its row.

        Args:
            review_pass: from 2 on, the opinions of `by` in that pass instead.
        """
        self._tell_not_copied()
        if catalog_is_missing(self.url):
            return {}
        return self._database().held_all(review_pass=review_pass, by=by)

    def held(
        self,
        subject_kind: SubjectKind,
        subject_ids: Iterable[str],
        *,
        review_pass: int | None = None,
        by: str | None = None,
    ) -> Mapping[DecisionKey, HeldDecision]:
        """Give the decisions that hold about some subjects, with who, when and their rows.

        Args:
            review_pass: from 2 on, the opinions of `by` in that pass instead.
        """
        if catalog_is_missing(self.url):
            return {}
        return self._database().held(subject_kind, subject_ids, review_pass=review_pass, by=by)

    def history(self, subject_kind: SubjectKind, subject_id: str) -> list[RecordedDecision]:
        """Give all rows about one clip or speaker, oldest first: opinions and retractions too."""
        self._tell_not_copied()
        if catalog_is_missing(self.url):
            return []
        return self._database().history(subject_kind, subject_id)

    def operation(self, op_id: str) -> list[RecordedDecision]:
        """Give the rows of an operation; none where there is no such."""
        return [] if catalog_is_missing(self.url) else self._database().operation(op_id)

    def since(self, row_id: int) -> list[RecordedDecision]:
        """Give all rows after one, oldest first: opinions and retractions too."""
        return [] if catalog_is_missing(self.url) else self._database().since(row_id)

    def about(self, field: str) -> list[RecordedDecision]:
        """Give all rows of one field, oldest first; what was taken back is among them."""
        return [] if catalog_is_missing(self.url) else self._database().about(field)

    def last_row_id(self) -> int:
        """Give the number of the newest row; 0 without any."""
        return 0 if catalog_is_missing(self.url) else self._database().last_row_id()

    def said_by_several(self) -> list[RecordedDecision]:
        """Give all rows of each field of which several people spoke, or somebody blind."""
        if catalog_is_missing(self.url):
            return []
        from audioset.catalog.several import said_by_several

        return said_by_several(self._database())

    def judged(self) -> list[Assignment]:
        """Give who has given a verdict to which clip in which pass."""
        if catalog_is_missing(self.url):
            return []
        from audioset.catalog.several import judged_by

        return judged_by(self._database())

    def assign(self, wanted: Iterable[Assignment], *, by: str, withdrawn: bool = False) -> int:
        """Assign clips to reviewers, or withdraw that, all or nothing; returns how many."""
        from audioset.catalog.assignments import write_assignments

        self._tell_not_copied()
        return write_assignments(self._database(), wanted, by=by, withdrawn=withdrawn)

    def assignments(self, reviewer: str | None = None) -> list[Assignment]:
        """Give the assignments that hold, of one reviewer or of all, in their order."""
        self._tell_not_copied()
        if catalog_is_missing(self.url):
            return []
        from audioset.catalog.assignments import read_assignments

        return read_assignments(self._database(), reviewer)

    def erase(self, subject_kind: SubjectKind, subject_ids: Iterable[str]) -> int:
        """Remove every row about some subjects, history included; returns how many."""
        if catalog_is_missing(self.url):
            return 0
        return self._database().erase(subject_kind, subject_ids)

    def clip_ids(self) -> set[str]:
        """Give the ids of all clips of which anything is said or assigned, perhaps long gone."""
        return set() if catalog_is_missing(self.url) else self._database().clip_ids()

    def keep_open(self) -> None:
        """Keep connections from now on, for a process that decides all the time; see `close`."""
        self.close()
        self._keep = True

    def close(self) -> None:
        """Close what is open; it opens again when it is needed."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def _tell_not_copied(self) -> None:
        own, self._own = self._own, None  # once
        if own is None or not own.exists() or self.url == f"{SQLITE_FILE}{own}":
            return
        from audioset.catalog.copy_decisions import tell_not_copied

        tell_not_copied(own, self._database())

    def _database(self) -> "CatalogDatabase":
        from audioset.catalog.database import CatalogDatabase

        if not self._is_kept:
            raise InvalidInputError(
                "decisions are kept in a database, and a workspace on object storage has none of "
                "its own: name one (--catalog, AUDIOSET_CATALOG, or catalog in its audioset.toml), "
                "such as postgresql+psycopg://user@host/audioset"
            )
        if self._opened is None:
            self._opened = CatalogDatabase(self.url, keep_open=self._keep)
        return self._opened

    def __reduce__(self) -> "tuple[Callable[..., Catalog], tuple[str]]":
        return partial(Catalog, is_kept=self._is_kept), (self.url,)
