"""Opening a review: the clips, their audio and the catalog, in one hand."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.api.names import Names, Reference, named
from audioset.api.synced import LookingFar
from audioset.errors import InvalidInputError, StorageError

if TYPE_CHECKING:
    from audioset.curation.review import Review
    from audioset.storage.store import Store

_HERE_SECONDS, _REMOTE_SECONDS = 1.0, 15.0  # between two looks at the withdrawals of a store


class ReviewRoom(Names):
    """What the review page is opened by."""

    @contextmanager
    def _opened_review(
        self, version: Reference | None, *, reviewer: str, review_pass: int = 1
    ) -> "Iterator[Review]":
        """Open a review of the working clips, or of a version; closed with the context.

        Raises:
            NotFoundError: no such version.
            InvalidInputError: there is no clip, the version is of another dataset, or a version is
                to be judged blind.
            StorageError: a manifest, the catalog or the store cannot be read.
        """
        from audioset.curation.review import Review
        from audioset.curation.workspace.one_writer import reshaping

        if version is not None:
            if review_pass > 1:
                raise InvalidInputError(
                    f"{named(version)} holds what people decided, so nobody can judge it blind; "
                    "give a second opinion on the working clips"
                )
            with self._opened_version(version, reviewer) as review:
                yield review
            return
        with LookingFar(self.settings, partial(reshaping, self.working)) as far:
            review = Review(
                self.working,
                self._any_audio(),
                home=self.working,
                reviewer=reviewer,
                review_pass=review_pass,
                withdrawn=_Withdrawals(self.store, self.name),
                look_far=far.look,
            )
            try:
                yield review
            finally:
                review.close()

    @contextmanager
    def _opened_version(self, version: Reference, reviewer: str) -> "Iterator[Review]":
        import tempfile

        from audioset.curation.review import Review, spool_version
        from audioset.curation.workspace.clip_audio import PublishedAudio
        from audioset.curation.workspace.working import Working
        from audioset.records.manifest import column_names
        from audioset.storage.scratch import scratch_folder
        from audioset.versions.layout import shard_key
        from audioset.versions.read.resolve import scan_version
        from audioset.versions.read.views import scan_rows

        record, condition, _ = self._find_view(named(version))
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
            review = Review(
                Working(folder, self.name, self.working.catalog),
                PublishedAudio(self.store.url, partial(shard_key, record.dataset)),
                home=self.working,
                reviewer=reviewer,
                version=str(record.ref),
                withdrawn=_Withdrawals(self.store, self.name),
            )
            try:
                yield review
            finally:
                review.close()


class _Withdrawals:
    """Which recordings of a dataset were withdrawn, looked up now and then."""

    def __init__(self, store: "Store", dataset: str) -> None:
        self._store, self._dataset = store, dataset
        self._pause = _REMOTE_SECONDS if "://" in store.url else _HERE_SECONDS
        self._looked_at = -_REMOTE_SECONDS
        self._numbers: list[int] = []
        self._recordings: frozenset[str] = frozenset()

    def __call__(self) -> frozenset[str]:
        """Give their `pcm_sha256`; those known last while the store does not answer."""
        from audioset.versions.read import withdrawals

        now = time.monotonic()
        if now - self._looked_at >= self._pause:
            self._looked_at = now
            with suppress(StorageError):
                numbers = withdrawals.list_withdrawal_numbers(self._store, self._dataset)
                if numbers != self._numbers:
                    found = withdrawals.list_withdrawals(self._store, self._dataset)
                    self._recordings = withdrawals.withdrawn_recordings(found)
                    self._numbers = numbers
        return self._recordings
