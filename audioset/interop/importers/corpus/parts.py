"""The rows of a corpus in manifests of some thousands each: what is written stays written.

A killed import has whole parts, and clips of the part at work that no row names: the next run makes
the same files again.
"""

from collections import defaultdict
from pathlib import Path

from audioset.curation.workspace.clip_files import remove_clip_files
from audioset.curation.workspace.one_writer import replacing_rows
from audioset.curation.workspace.working import Working
from audioset.interop.importers.corpus.known_items import CorpusMark
from audioset.interop.importers.corpus.said import ORIGIN, SaidOfItem, short_hash
from audioset.records.manifest import (
    FACTS_KEY,
    IMPORT_KEY,
    Clip,
    clips_from_table,
    table_from_clips,
)
from audioset.settings import slug
from audioset.storage.tables import read_manifest, replace_rows, write_manifest

PART_ROWS = 2000


class CorpusParts:
    """Writes the rows of whole clips, some thousands at a time."""

    def __init__(self, working: Working, mark: CorpusMark) -> None:
        self._working = working
        self._mark = mark
        self._rows: list[Clip] = []
        self._number = 0

    def add(self, clip: Clip) -> None:
        """Add a row."""
        self._rows.append(clip)
        if len(self._rows) >= PART_ROWS:
            self.write()

    def write(self) -> None:
        """Write the rows that wait.

        Raises:
            StorageError: the workspace cannot be written.
        """
        if not self._rows:
            return
        metadata = {IMPORT_KEY: self._mark.to_json(), FACTS_KEY: b"{}"}
        write_manifest(self._next_path(), table_from_clips(self._rows), metadata=metadata)
        self._rows.clear()

    def _next_path(self) -> Path:
        name = f"{slug(self._mark.corpus, fallback='corpus')}-{self._mark.format}"
        short = f"{short_hash(f'{self._mark.format} {self._mark.corpus}'):016x}"[:8]
        while True:
            self._number += 1
            file = f"import-{name}-{short}-{self._number:06d}.parquet"
            if not (self._working.manifests_dir / file).exists():
                return self._working.manifests_dir / file


class ChangedRows:
    """Rows of earlier imports that say something else now, changed some thousands at a time."""

    def __init__(self, working: Working) -> None:
        self._working = working
        self._changes: dict[Path, dict[str, SaidOfItem | Clip]] = defaultdict(dict)
        self._waiting = 0

    def add(self, manifest: Path, origin_id: str, change: SaidOfItem | Clip) -> None:
        """Let an item say something else, or have another clip."""
        self._changes[manifest][origin_id] = change
        self._waiting += 1
        if self._waiting >= PART_ROWS:
            self.write()

    def write(self) -> None:
        """Change the rows that wait.

        Raises:
            StorageError: the workspace cannot be written.
        """
        for manifest, changes in self._changes.items():
            with replacing_rows(self._working, manifest.stem):
                before = list(clips_from_table(read_manifest(manifest)))
                after = [_changed(row, changes.get(row.extra.get(ORIGIN, ""))) for row in before]
                replace_rows(manifest, table_from_clips(after))
            there = {row.clip_id for row in after}
            gone = [row.clip_id for row in before if row.clip_id not in there]
            remove_clip_files(self._working.clips_dir, gone)
        self._changes.clear()
        self._waiting = 0


def _changed(row: Clip, change: SaidOfItem | Clip | None) -> Clip:
    if change is None:
        return row
    return change if isinstance(change, Clip) else change.of(row)
