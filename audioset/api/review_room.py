"""Opening a review: the clips, their audio and the catalog, in one hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from audioset.api.names import Names, Reference, named
from audioset.errors import InvalidInputError

if TYPE_CHECKING:
    from audioset.curation.review import Review


class ReviewRoom(Names):
    """What the review page is opened by."""

    @contextmanager
    def _opened_review(
        self, what: Reference | None, *, reviewer: str, review_pass: int = 1
    ) -> "Iterator[Review]":
        """Open a review of the working clips, or of a version; closed with the context.

        Raises:
            NotFoundError: no such version.
            InvalidInputError: there is no clip, the version is of another dataset, or a version is
                to be judged blind.
            StorageError: a manifest, the catalog or the store cannot be read.
        """
        from audioset.curation.review import Review

        if what is None:
            review = Review(
                self.working,
                self._any_audio(),
                home=self.working,
                reviewer=reviewer,
                review_pass=review_pass,
            )
            try:
                yield review
            finally:
                review.close()
            return
        if review_pass > 1:
            raise InvalidInputError(
                f"{named(what)} holds what people decided, so nobody can judge it blind; give a "
                "second opinion on the working clips"
            )
        with self._opened_version(what, reviewer) as review:
            yield review

    @contextmanager
    def _opened_version(self, what: Reference, reviewer: str) -> "Iterator[Review]":
        import tempfile
        from pathlib import Path

        from audioset.curation.review import Review, spool_version
        from audioset.curation.workspace.clip_sets import PublishedAudio
        from audioset.curation.workspace.working import Working
        from audioset.records.manifest import column_names
        from audioset.storage.scratch import scratch_folder
        from audioset.versions.layout import shard_key
        from audioset.versions.read.resolve import scan_version
        from audioset.versions.read.views import scan_rows

        record, condition, _ = self._find_view(named(what))
        if record.dataset != self.name:
            raise InvalidInputError(
                f"{record.ref} is a version of another dataset than {self.name}, whose catalog "
                "would keep the decisions; review it in a workspace of its name"
            )
        names = column_names()
        rows = (
            scan_version(self.store, record, names)
            if condition is None
            else scan_rows(self.store, record, condition, names)
        )
        with scratch_folder(Path(tempfile.gettempdir()), "audioset-review-rows-") as folder:
            spool_version(rows, record.ref, folder)
            audio = PublishedAudio(self.store.url, partial(shard_key, record.dataset))
            working = Working(folder, self.name, self.working.catalog)
            review = Review(
                working, audio, home=self.working, reviewer=reviewer, version=str(record.ref)
            )
            try:
                yield review
            finally:
                review.close()
