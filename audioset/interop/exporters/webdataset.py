"""`audioset export webdataset`: a version as tars that hold everything, for others.

Our own shards hold audio and what never changes; texts and labels are joined from the manifest.
Who reads without audioset gets them in the tar: `<clip_id>.flac`, `.txt` and `.json` of each clip.
"""

import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from audioset.engine import Progress, no_progress
from audioset.errors import AlreadyExistsError, InvalidInputError
from audioset.records.identity import VersionRef
from audioset.records.version import VersionRecord
from audioset.storage.files import write_atomically
from audioset.storage.shards import TarWriter
from audioset.storage.store import Store
from audioset.versions.pull import choose_rows
from audioset.versions.read.fetch import stream_clips

DEFAULT_TAR_BYTES = 10**9
NO_SPLIT = "unsplit"  # names the tars of clips that have no split
# Headers, filling, text and JSON of a clip, beside its audio: about.
_BESIDE_AUDIO_BYTES = 5_000
# Where a clip lies in our store says nothing of where it lies in these tars.
_LEFT_OUT = ("shard_sha256", "offset_bytes")
_SPLIT_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedTar:
    """One tar: its name in the folder, its size, and how many clips it holds."""

    name: str
    size_bytes: int
    num_clips: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What was exported.

    Attributes:
        ref: the version.
        directory: holds the tars.
        tars: by split and number.
        num_clips: in all of them.
    """

    ref: VersionRef
    directory: Path
    tars: tuple[ExportedTar, ...]
    num_clips: int


def export_webdataset(
    store: Store,
    record: VersionRecord,
    directory: Path,
    *,
    tar_bytes: int = DEFAULT_TAR_BYTES,
    progress: Progress = no_progress,
) -> ExportReport:
    """Write a version as self-contained tars that stock webdataset reads.

    They are named `train-000000.tar` by split and number; the clips of each split are in the order
    of their ids. The same version gives the same bytes. An export that fails leaves no tar.

    Args:
        directory: made when missing; must not hold a tar.
        tar_bytes: about how large a tar becomes; a larger clip has one of its own.
        progress: told of bytes of audio.

    Raises:
        InvalidInputError: the size is not positive, the version has no clip left, or a split cannot
            name a file.
        AlreadyExistsError: the folder holds a tar.
        IntegrityError: a shard or the manifest is missing or damaged.
        StorageError: the store did not answer, or the disk is full.
    """
    if tar_bytes <= 0:
        raise InvalidInputError(f"the size of a tar must be positive; got {tar_bytes}")
    _require_no_tar(directory)
    rows = choose_rows(store, record)
    exporter = _Exporter(store, record, directory, progress, pc.sum(rows["size_bytes"]).as_py())
    try:
        for split, positions in _group_by_split(rows).items():
            for number, part in enumerate(_divide(rows, positions, tar_bytes)):
                exporter.write(f"{split}-{number:06d}.tar", rows.take(part))
    except BaseException:
        # Some tars of a split would look like the whole of it.
        for tar in exporter.tars:
            with suppress(OSError):
                (directory / tar.name).unlink()
        raise
    return ExportReport(
        ref=record.ref, directory=directory, tars=tuple(exporter.tars), num_clips=rows.num_rows
    )


class _Exporter:
    """Writes tars one by one; each appears when it is whole."""

    def __init__(
        self, store: Store, record: VersionRecord, directory: Path, progress: Progress, total: int
    ) -> None:
        self.tars: list[ExportedTar] = []
        self._store = store
        self._record = record
        self._directory = directory
        self._progress = progress
        self._total_bytes = total
        self._done_bytes = 0
        progress("exporting", 0, total, "B")

    def write(self, name: str, rows: pa.Table) -> None:
        size_bytes = 0

        def fill(file: BinaryIO) -> None:
            nonlocal size_bytes
            writer = TarWriter(file)
            for row, flac in stream_clips(self._store, self._record, rows):
                key, text = row["clip_id"], (row["text"] or "").encode()
                writer.add(
                    (f"{key}.flac", flac), (f"{key}.txt", text), (f"{key}.json", encode_row(row))
                )
                self._done_bytes += len(flac)
                self._progress("exporting", self._done_bytes, self._total_bytes, "B")
            writer.finish()
            size_bytes = writer.size_bytes

        write_atomically(self._directory / name, fill, exclusive=True)
        self.tars.append(ExportedTar(name=name, size_bytes=size_bytes, num_clips=rows.num_rows))


def encode_row(row: Mapping[str, Any]) -> bytes:
    """Encode all that the manifest says of a clip as JSON; what JSON cannot say is null.

    Where the clip lies in the store is left out.
    """
    values = {name: _plain(value) for name, value in row.items() if name not in _LEFT_OUT}
    values["extra"] = dict(row["extra"] or ())
    return json.dumps(
        values, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _group_by_split(rows: pa.Table) -> dict[str, list[int]]:
    """Give the rows of each split in order, the splits by name."""
    groups: dict[str, list[int]] = {}
    for position, split in enumerate(rows["split"].to_pylist()):
        groups.setdefault(split if split is not None else NO_SPLIT, []).append(position)
    bad = [split for split in groups if not _SPLIT_PATTERN.fullmatch(split)]
    if bad:
        raise InvalidInputError(
            f"split {bad[0]!r} cannot name a file; use letters, digits, - and _: decide "
            "another split for its clips, then publish again"
        )
    return dict(sorted(groups.items()))


def _divide(rows: pa.Table, positions: list[int], tar_bytes: int) -> list[list[int]]:
    """Divide rows into tars: one ends before the clip that would make it too large."""
    sizes = rows["size_bytes"].to_pylist()
    parts: list[list[int]] = []
    filled = tar_bytes
    for position in positions:
        size = sizes[position] + _BESIDE_AUDIO_BYTES
        if filled + size > tar_bytes:
            parts.append([])
            filled = 0
        parts[-1].append(position)
        filled += size
    return parts


def _require_no_tar(directory: Path) -> None:
    if directory.exists() and not directory.is_dir():
        raise InvalidInputError(f"{directory} is a file; name a folder")
    found = sorted(path.name for path in directory.glob("*.tar"))
    if found:
        raise AlreadyExistsError(
            f"{directory} holds {found[0]} already; a reader would mix the two: name an empty "
            "folder, or delete its tars"
        )
