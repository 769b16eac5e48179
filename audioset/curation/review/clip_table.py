"""The columns by which clips are ordered and chosen, of all clips of a workspace, in memory.

Each file is read once, and again when it is another one than it was: a cut that runs beside a
review is noticed. The columns are those that machines wrote; decisions are laid over them apart.
"""

import math
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audioset.errors import NotFoundError
from audioset.records.manifest import manifest_schema
from audioset.storage.tables import scan_manifests

# What a list of clips shows, what it is ordered by, and what people decide of it.
TABLE_COLUMNS = (
    "clip_id", "source_id", "source_name", "audio_sha256", "length_seconds", "text", "text_source",
    "hypothesis", "line", "take", "speaker", "accepted", "flags", "loudness_lufs", "clipped_share",
    "snr_db", "speech_share", "edge_speech", "text_score", "take_similarity",
)  # fmt: skip
_GLANCE_SECONDS = 0.2  # between two looks at the files: a page asks for much at once
FileMark = tuple[int, int, int]  # of a file: time of change, size, number


@dataclass(frozen=True, slots=True)
class _FileRows:
    """The rows of one file, as it was."""

    mark: FileMark
    rows: pa.Table

    def without(self, clip_ids: frozenset[str]) -> "tuple[pa.Table, np.ndarray[Any, Any]]":
        """Give the rows of other clips, and the place of each in the file."""
        places = np.arange(self.rows.num_rows)
        if clip_ids:
            ids = self.rows["clip_id"].to_pylist()
            places = np.array([k for k in places if ids[k] not in clip_ids], np.int64)
        return self.rows.take(pa.array(places)) if clip_ids else self.rows, places


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """What is otherwise in a file than it was.

    Attributes:
        came, gone: ids of clips that are in it now, and that were before.
    """

    came: frozenset[str]
    gone: frozenset[str]


@dataclass(slots=True)
class ClipTable:
    """Columns of all clips of a folder of manifests, in the order of its files.

    Attributes:
        manifests_dir: the folder.
        rows: `TABLE_COLUMNS` of all clips, as machines wrote them.
        clip_ids: of the rows.
        row_of: each clip's row.
        generation: grows whenever other rows were read.
        changed: files that the last `refresh` found to be others.
    """

    manifests_dir: Path
    rows: pa.Table = field(init=False)
    clip_ids: list[str] = field(default_factory=list)
    row_of: dict[str, int] = field(default_factory=dict)
    generation: int = 0
    changed: dict[Path, ChangedFile] = field(default_factory=dict)
    _parts: dict[Path, _FileRows] = field(default_factory=dict)
    _starts: list[int] = field(default_factory=list)
    _places: list[Any] = field(default_factory=list)
    _left_out: frozenset[str] = frozenset()
    _looked_at: float = -math.inf
    _paths: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._join()

    def __len__(self) -> int:
        return len(self.clip_ids)

    def refresh(self) -> bool:
        """Read the files that are new or others than they were; tell whether there were any.

        Raises:
            InvalidInputError: a file is not a manifest.
            StorageError: a file cannot be read.
        """
        now = time.monotonic()
        if now - self._looked_at < _GLANCE_SECONDS:
            return False
        self._looked_at = now
        found = _marks(self.manifests_dir)
        known = {path: part.mark for path, part in self._parts.items()}
        others = {path for path, _ in found.items() ^ known.items()}
        self.changed = {}
        if not others:
            return False
        parts: dict[Path, _FileRows] = {}
        for path, mark in found.items():
            old = self._parts.get(path)
            part = old if old is not None and old.mark == mark else _read(path, mark)
            if part is not None:
                parts[path] = part
        self.changed = {path: _changed(self._parts.get(path), parts.get(path)) for path in others}
        self._parts = parts
        self._join()
        self.generation += 1
        return True

    def look_again(self) -> None:
        """Look at the files at the next `refresh`, however short ago the last one was."""
        self._looked_at = -math.inf

    def file_of(self, row: int) -> tuple[Path, int, FileMark]:
        """Tell in which file a row lies, at which place, and how that file was then."""
        part = int(np.searchsorted(self._starts, row, side="right")) - 1
        path = self._paths[part]
        return path, int(self._places[part][row - self._starts[part]]), self._parts[path].mark

    def leave_out(self, recordings: frozenset[str]) -> None:
        """Leave out the clips of some recordings, by `pcm_sha256`, from now on."""
        wanted = pa.array(sorted(recordings), pa.string())
        found: set[str] = set()
        for path in self._parts if recordings else ():
            with suppress(NotFoundError):
                for batch in scan_manifests([path], ["clip_id", "pcm_sha256"]):
                    there = pc.is_in(batch["pcm_sha256"], value_set=wanted)
                    found.update(batch["clip_id"].filter(there).to_pylist())
        if found != self._left_out:
            self._left_out = frozenset(found)
            self._join()
            self.generation += 1

    def batch(self, rows: Sequence[int] | None = None) -> pa.RecordBatch:
        """Give some rows, all when None, as one batch."""
        table = self.rows if rows is None else self.rows.take(pa.array(rows, pa.int64()))
        arrays = [column.combine_chunks() for column in table.columns]
        return pa.RecordBatch.from_arrays(arrays, schema=table.schema)

    def _join(self) -> None:
        parts = [part.without(self._left_out) for part in self._parts.values()]
        tables, self._places = [rows for rows, _ in parts], [places for _, places in parts]
        # One chunk: of many, each row that is taken costs a walk over all of them.
        self.rows = pa.concat_tables(tables).combine_chunks() if tables else _empty()
        self.clip_ids = self.rows["clip_id"].to_pylist()
        self.row_of = {clip_id: row for row, clip_id in enumerate(self.clip_ids)}
        self._paths = list(self._parts)
        sizes = [table.num_rows for table in tables]
        self._starts = [0, *np.cumsum(sizes).tolist()][: len(sizes)]


@cache
def _empty() -> pa.Table:
    schema = manifest_schema()
    named = pa.schema([schema.field(name) for name in TABLE_COLUMNS], schema.metadata)
    return named.empty_table()


def _marks(folder: Path) -> dict[Path, FileMark]:
    """Give the manifests of a folder in order, and what changes with each of them."""
    found: dict[Path, FileMark] = {}
    try:
        with os.scandir(folder) as entries:
            names = sorted(e.name for e in entries if e.name.endswith(".parquet"))
    except FileNotFoundError:
        return found
    for name in names:
        if not name.startswith("."):
            with suppress(FileNotFoundError):
                path = folder / name
                state = path.stat()
                found[path] = (state.st_mtime_ns, state.st_size, state.st_ino)
    return found


def _changed(old: _FileRows | None, new: _FileRows | None) -> ChangedFile:
    before, now = (
        frozenset(each.rows["clip_id"].to_pylist() if each else ()) for each in (old, new)
    )
    return ChangedFile(came=now - before, gone=before - now)


def _read(path: Path, mark: FileMark) -> _FileRows | None:
    try:
        batches = list(scan_manifests([path], list(TABLE_COLUMNS)))
    except NotFoundError:  # it was removed at this moment
        return None
    return _FileRows(mark, pa.Table.from_batches(batches, _empty().schema))
