"""The catalog of what people decided, as the rest of the house holds it.

It loads no SQLAlchemy before there is something to read or write: that takes longer than a small
manifest takes to read.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.catalog.decisions import (
    Decision,
    DecisionKey,
    DecisionValue,
    RecordedDecision,
    SubjectKind,
    catalog_is_missing,
)
from audioset.settings import SQLITE_FILE

if TYPE_CHECKING:
    from audioset.catalog.database import CatalogDatabase


class Catalog:
    """The decisions of one workspace or team; picklable, since it opens its database by itself.

    Every method raises InvalidInputError where the URL is none of SQLite or PostgreSQL, and
    StorageError where the database cannot be reached, or refuses.
    """

    def __init__(self, url: str, *, own: Path | None = None) -> None:
        """Open lazily.

        Args:
            url: SQLAlchemy URL, such as `sqlite:////data/catalog.db`.
            own: file of the workspace's own catalog, where another may be used instead: before the
                first decision is read or written, it is told when that lacks what the file has.
        """
        self.url = url
        self._own = own
        self._opened: CatalogDatabase | None = None

    def record(self, decisions: Iterable[Decision], *, by: str) -> int:
        """Add decisions, all or none; returns how many. `by` is who decided."""
        self._tell_not_copied()
        return self._database().record(decisions, by=by)

    def current_with_author(self) -> Mapping[DecisionKey, tuple[DecisionValue, str]]:
        """Give for each key the decision that holds, and who took it."""
        self._tell_not_copied()
        return {} if catalog_is_missing(self.url) else self._database().current_with_author()

    def history(self, subject_kind: SubjectKind, subject_id: str) -> list[RecordedDecision]:
        """Give everything that was ever decided about one clip or speaker, oldest first."""
        self._tell_not_copied()
        if catalog_is_missing(self.url):
            return []
        return self._database().history(subject_kind, subject_id)

    def erase(self, subject_kind: SubjectKind, subject_ids: Iterable[str]) -> int:
        """Remove every decision about some subjects, history included; returns how many."""
        if catalog_is_missing(self.url):
            return 0
        return self._database().erase(subject_kind, subject_ids)

    def _tell_not_copied(self) -> None:
        own, self._own = self._own, None  # once
        if own is None or not own.exists() or self.url == f"{SQLITE_FILE}{own}":
            return
        from audioset.catalog.copy_decisions import tell_not_copied

        tell_not_copied(own, self._database())

    def _database(self) -> "CatalogDatabase":
        from audioset.catalog.database import CatalogDatabase

        if self._opened is None:
            self._opened = CatalogDatabase(self.url)
        return self._opened

    def __reduce__(self) -> tuple[type["Catalog"], tuple[str]]:
        return Catalog, (self.url,)
