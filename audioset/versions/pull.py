"""Pull: the clips and the manifest of a version as plain files in a folder.

The manifest comes last: a folder that has it has all of its clips. A pull that stops anywhere is
continued by the next one, which fetches only what is not there with the right hash.
"""

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from audioset.engine import Progress, no_progress
from audioset.errors import InvalidInputError, NotFoundError, StorageError
from audioset.nearby import WORKSPACE_FILE
from audioset.records.identity import VersionRef, clip_path
from audioset.records.version import VersionRecord
from audioset.storage.files import write_atomically
from audioset.storage.filters import filter_rows
from audioset.storage.store import Store
from audioset.storage.tables import order_manifest, read_manifest_metadata, write_manifest
from audioset.versions.read.fetch import (
    REQUESTS_AT_ONCE,
    fetch_clips,
    plan_requests,
    require_clip_names,
)
from audioset.versions.read.resolve import read_version
from audioset.versions.read.totals import totals_of

CLIPS_FOLDER = "clips"
MANIFEST_FILE = "manifest.parquet"
_PLACE = ("clip_id", "audio_sha256", "shard_sha256", "offset_bytes", "size_bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class PullReport:
    """What a pull did.

    Attributes:
        ref: the version.
        directory: holds `clips/<clip_id>.flac` and `manifest.parquet`.
        num_clips, length_seconds, size_bytes: of the clips that were asked for.
        num_fetched, fetched_bytes: of those that were not there yet.
        num_others: files in `clips/` that are not of these clips; they were left alone.
    """

    ref: VersionRef
    directory: Path
    num_clips: int
    length_seconds: float
    size_bytes: int
    num_fetched: int
    fetched_bytes: int
    num_others: int


def pull(
    store: Store,
    record: VersionRecord,
    directory: Path,
    *,
    where: str | None = None,
    split: str | None = None,
    progress: Progress = no_progress,
) -> PullReport:
    """Write clips of a version and their manifest into a folder.

    Args:
        directory: made when missing; not a workspace, whose own clips could be replaced.
        where: SQL condition on the columns of the manifest; other clips stay out.
        split: train, validation or test; clips of all splits when None.
        progress: told of the bytes of audio that are there.

    Raises:
        InvalidInputError: the condition is not SQL, no clip is chosen, the folder is a workspace,
            or its `manifest.parquet` is something else.
        IntegrityError: a shard or a manifest is missing or damaged.
        StorageError: the store did not answer, or the disk is full.
    """
    _require_folder(directory)
    rows = choose_rows(store, record, where=where, split=split)
    clips_dir = directory / CLIPS_FOLDER
    num_fetched, fetched_bytes = _Puller(store, record, rows, directory).run(progress)
    wanted = set(rows["clip_id"].to_pylist())
    others = [path for path in clips_dir.glob("[!.]*.flac") if path.stem not in wanted]
    totals = totals_of(rows)
    return PullReport(
        ref=record.ref,
        directory=directory,
        num_clips=totals["num_clips"],
        length_seconds=totals["length_seconds"],
        size_bytes=pc.sum(rows["size_bytes"]).as_py(),
        num_fetched=num_fetched,
        fetched_bytes=fetched_bytes,
        num_others=len(others),
    )


def choose_rows(
    store: Store, record: VersionRecord, *, where: str | None = None, split: str | None = None
) -> pa.Table:
    """Read the rows of a version for which a condition holds, at least one.

    Raises:
        InvalidInputError: the condition is not SQL, or no clip is left.
        IntegrityError: the manifest is missing or damaged.
        StorageError: the store did not answer, or refused.
    """
    rows = read_version(store, record)
    require_clip_names(rows, str(record.ref))
    if not rows.num_rows:
        raise InvalidInputError(f"{record.ref} has no clip left: all were withdrawn")
    chosen = rows if split is None else rows.filter(pc.equal(rows["split"], split))
    if not chosen.num_rows:
        known = ", ".join(sorted(pc.unique(rows["split"].drop_null()).to_pylist())) or "none"
        raise InvalidInputError(f"no clip of {record.ref} has split {split!r}; splits are: {known}")
    chosen = filter_rows(chosen, where) if where else chosen
    if not chosen.num_rows:
        of_split = f" of split {split}" if split else ""
        raise InvalidInputError(f"no clip{of_split} of {record.ref} meets the condition {where!r}")
    return chosen.combine_chunks()


class _Puller:
    """Brings a folder to hold the clips of some rows, and then their manifest."""

    def __init__(
        self, store: Store, record: VersionRecord, rows: pa.Table, directory: Path
    ) -> None:
        self._store = store
        self._record = record
        self._rows = order_manifest(rows, str(record.ref))
        self._places = self._rows.select(_PLACE)
        self._clips_dir = directory / CLIPS_FOLDER
        self._manifest = directory / MANIFEST_FILE

    def run(self, progress: Progress) -> tuple[int, int]:
        """Fetch what is missing; gives how many clips, and how many bytes."""
        self._remove_manifest()
        total = pc.sum(self._places["size_bytes"]).as_py()
        done = num_fetched = fetched_bytes = 0
        progress("pulling", 0, total, "B")
        with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
            try:
                at_work = [pool.submit(self._pull, part) for part in plan_requests(self._places)]
                for future in as_completed(at_work):
                    clips, size, part_bytes = future.result()
                    num_fetched, fetched_bytes = num_fetched + clips, fetched_bytes + size
                    done += part_bytes
                    progress("pulling", done, total, "B")
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        write_manifest(self._manifest, self._rows)
        return num_fetched, fetched_bytes

    def _remove_manifest(self) -> None:
        """Take away the manifest of an earlier pull: it would describe clips that are replaced."""
        try:
            read_manifest_metadata(self._manifest)  # anything else of that name stays
            self._manifest.unlink()
        except NotFoundError:
            return
        except OSError as error:
            raise StorageError(
                f"cannot replace {self._manifest}: {error.strerror or error}"
            ) from error

    def _pull(self, positions: range) -> tuple[int, int, int]:
        """Fetch what is missing of these rows; gives its clips and bytes, and the bytes of all."""
        places = self._places.slice(positions.start, len(positions)).to_pylist()
        missing = [place for place in places if not self._is_there(place)]
        found = fetch_clips(self._store, self._record, missing)
        for place, flac in zip(missing, found, strict=True):
            write_atomically(clip_path(self._clips_dir, place["clip_id"]), partial(_write, flac))
        size = sum(place["size_bytes"] for place in missing)
        return len(missing), size, sum(place["size_bytes"] for place in places)

    def _is_there(self, place: Mapping[str, Any]) -> bool:
        path = clip_path(self._clips_dir, place["clip_id"])
        try:
            if path.stat().st_size != place["size_bytes"]:
                return False
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise StorageError(f"cannot read {path}: {error.strerror or error}") from error
        return bool(sha256 == place["audio_sha256"])


def _write(data: bytes, file: BinaryIO) -> None:
    file.write(data)


def _require_folder(directory: Path) -> None:
    if (directory / WORKSPACE_FILE).exists():
        raise InvalidInputError(
            f"{directory} is a workspace, whose clips would be replaced; name another folder"
        )
    if directory.exists() and not directory.is_dir():
        raise InvalidInputError(f"{directory} is a file; name a folder")
