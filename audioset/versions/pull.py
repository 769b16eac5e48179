"""Pull: the clips and the manifest of a version as plain files in a folder.

The manifest comes last: a folder that has it has all of its clips. A pull that stops anywhere is
continued by the next one, which fetches only what is not there with the right hash.
"""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from audioset.engine import Progress, no_progress
from audioset.errors import InvalidInputError, NotFoundError, StorageError
from audioset.nearby import WORKSPACE_FILE
from audioset.records.identity import VersionRef
from audioset.records.version import VersionRecord
from audioset.storage.filters import filter_rows
from audioset.storage.store import Store
from audioset.storage.tables import order_manifest, read_manifest_metadata, write_manifest
from audioset.versions.read.fetch import require_clip_names
from audioset.versions.read.local_clips import STORED_COLUMNS, bring_clips
from audioset.versions.read.resolve import read_version
from audioset.versions.read.totals import totals_of

CLIPS_FOLDER = "clips"
MANIFEST_FILE = "manifest.parquet"


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
    rows, manifest = order_manifest(rows, str(record.ref)), directory / MANIFEST_FILE
    _remove_manifest(manifest)
    places = rows.select(STORED_COLUMNS)
    num_fetched, fetched_bytes = bring_clips(
        store, record, places, clips_dir, doing="pulling", progress=progress
    )
    write_manifest(manifest, rows)
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


def _remove_manifest(manifest: Path) -> None:
    """Take away the manifest of an earlier pull: it would describe clips that are replaced."""
    try:
        read_manifest_metadata(manifest)  # anything else of that name stays
        manifest.unlink()
    except NotFoundError:
        return
    except OSError as error:
        raise StorageError(f"cannot replace {manifest}: {error.strerror or error}") from error


def _require_folder(directory: Path) -> None:
    if (directory / WORKSPACE_FILE).exists():
        raise InvalidInputError(
            f"{directory} is a workspace, whose clips would be replaced; name another folder"
        )
    if directory.exists() and not directory.is_dir():
        raise InvalidInputError(f"{directory} is a file; name a folder")
