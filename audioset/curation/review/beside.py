"""Changes of clips that a running review did not make itself: cut or taken out beside it."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from audioset.curation.review.live import LiveClips

_Files = frozenset[Path] | None  # None: nobody knows which


class Beside:
    """Counts changes that came from elsewhere; what the review cuts itself is not counted.

    Attributes:
        count: grows whenever clips were cut or taken out by something else.
    """

    def __init__(self, live: LiveClips) -> None:
        self.count = 0
        self._live = live
        self._own: list[_Files] = []

    @contextmanager
    def cutting(self, clip_ids: Collection[str], source_id: str | None = None) -> Iterator[None]:
        """Within, the files of these clips, or of this source, change by the review itself."""
        files = self._files(clip_ids, source_id)
        self._own.append(files)
        try:
            yield
        finally:
            self._own.remove(files)

    def note(self, changed: Collection[Path]) -> None:
        """Take note of files that are other ones than they were."""
        own = list(self._own)
        if None in own:
            return
        if not frozenset[Path]().union(*(files for files in own if files)).issuperset(changed):
            self.count += 1

    def _files(self, clip_ids: Collection[str], source_id: str | None) -> _Files:
        table, held = self._live.table, self._live.held
        ids = [held.id_of(clip_id) for clip_id in clip_ids]
        rows = [table.row_of[clip_id] for clip_id in ids if clip_id in table.row_of]
        if source_id is not None:
            rows = self._live.with_value(range(len(table)), "source_id", source_id)[:1]
        return frozenset(table.file_of(row)[0] for row in rows) or None
