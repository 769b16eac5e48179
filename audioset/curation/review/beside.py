"""Changes of clips that a running review did not make itself: cut or taken out beside it."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from audioset.curation.review.clip_table import ChangedFile
from audioset.curation.review.live import LiveClips

_Files = frozenset[Path] | None  # None: nobody knows which


class Beside:
    """Counts changes that came from elsewhere; what the review cuts itself is not counted.

    Attributes:
        count: grows whenever clips were cut or taken out by something else.
        num_came, num_gone: clips that came and went by it since the review was opened.
    """

    def __init__(self, live: LiveClips) -> None:
        self.count = self.num_came = self.num_gone = 0
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

    def note(self, changed: Mapping[Path, ChangedFile]) -> None:
        """Take note of files that are other ones than they were."""
        own = list(self._own)
        if None in own:
            return
        mine = frozenset[Path]().union(*(files for files in own if files))
        others = [each for path, each in changed.items() if path not in mine]
        if not others:
            return
        came = frozenset[str]().union(*(each.came for each in others))
        gone = frozenset[str]().union(*(each.gone for each in others))
        self.count += 1
        self.num_came += len(came - gone)
        self.num_gone += len(gone - came)

    def _files(self, clip_ids: Collection[str], source_id: str | None) -> _Files:
        table, held = self._live.table, self._live.held
        ids = [held.id_of(clip_id) for clip_id in clip_ids]
        rows = [table.row_of[clip_id] for clip_id in ids if clip_id in table.row_of]
        if source_id is not None:
            rows = self._live.with_value(range(len(table)), "source_id", source_id)[:1]
        return frozenset(table.file_of(row)[0] for row in rows) or None
