"""Checkout: the rows of a version as working manifests, without its audio.

Everything is written aside first. Then `audioset.toml` appears, and at last the manifests, in one
step: what is there is whole, and a checkout that stops anywhere is made anew by the next one.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from audioset.engine import Progress, no_progress
from audioset.errors import AlreadyExistsError, InvalidInputError, StorageError
from audioset.nearby import MANIFESTS_FOLDER, WORKSPACE_FILE, is_workspace
from audioset.new_workspace import create_workspace
from audioset.records.checkout_report import CheckoutReport
from audioset.records.identity import VersionRef
from audioset.records.kept_manifest import are_few_to_keep
from audioset.records.manifest import CHECKOUT_KEY, FINGERPRINT_KEY, SOURCE_KEY
from audioset.records.parent import Parent
from audioset.records.source import Source
from audioset.records.version import VersionRecord
from audioset.storage.files import remove_folder
from audioset.storage.store import Store
from audioset.storage.tables import read_manifest, write_manifest
from audioset.versions.pull import choose_rows
from audioset.versions.read.parent import PARENT_FILE, write_parent
from audioset.versions.read.resolve import scan_version

STAGED_FOLDER = ".checkout"  # of a checkout that is under way, or was broken off
_WHOLE_ROWS = 4096  # clips that were taken whole, of as many sources, in one manifest


def checkout(
    store: Store,
    record: VersionRecord,
    directory: Path,
    *,
    where: str | None = None,
    places: Mapping[str, str],
    progress: Progress = no_progress,
) -> CheckoutReport:
    """Make a workspace of the rows of a version; see `Workspace.checkout`.

    Args:
        where: SQL condition on the columns of the manifest; other clips stay out.
        places: what its `audioset.toml` says of store, catalog and tracking.
        progress: told of rows.

    Raises:
        AlreadyExistsError: the folder is a workspace.
        InvalidInputError: it lies in one, or is a file; the condition is not SQL, or no clip is
            left.
        IntegrityError: the manifest is missing or damaged.
        StorageError: the store did not answer, or the disk is full.
    """
    staged = directory / STAGED_FOLDER
    _require_new(directory, staged)
    remove_folder(staged)
    num_rows = record.num_clips
    batches: Iterable[pa.RecordBatch] = scan_version(store, record)
    if where is not None:
        rows = choose_rows(store, record, where=where)
        batches, num_rows = rows.to_batches(), rows.num_rows
    elif not num_rows:
        raise InvalidInputError(f"{record.ref} has no clip left: all were withdrawn")
    # To keep every row a second time costs twice what the row does, and the store has it.
    writer = _SourceWriter(
        staged / MANIFESTS_FOLDER, record.ref, for_pandas=are_few_to_keep(num_rows)
    )
    progress("checking out", 0, num_rows, "clips")
    for batch in batches:
        writer.add(batch)
        progress("checking out", writer.num_clips, num_rows, "clips")
    writer.close()
    parent = Parent(
        dataset=record.dataset,
        version=record.version,
        digest=record.digest,
        is_whole=num_rows == record.num_clips,
    )
    write_parent(staged, parent)
    _appear(staged, directory, record.dataset, places)
    return CheckoutReport(
        ref=record.ref,
        directory=directory,
        filter=where,
        num_clips=writer.num_clips,
        length_seconds=writer.length_seconds,
        num_sources=writer.num_sources,
        size_bytes=writer.size_bytes,
    )


def _require_new(directory: Path, staged: Path) -> None:
    """Require a folder without a workspace; one that a killed checkout left is made anew."""
    if directory.exists() and not directory.is_dir():
        raise InvalidInputError(f"{directory} is a file; name a folder for the workspace")
    was_begun = staged.exists() and not any((directory / MANIFESTS_FOLDER).glob("*.parquet"))
    if is_workspace(directory) and not was_begun:
        raise AlreadyExistsError(
            f"{directory} is a workspace already; name another folder for the checkout"
        )


def _appear(staged: Path, directory: Path, dataset: str, places: Mapping[str, str]) -> None:
    try:
        (directory / WORKSPACE_FILE).unlink(missing_ok=True)  # of a checkout that was broken off
        create_workspace(directory, name=dataset, places=places)
        (staged / PARENT_FILE).replace(directory / PARENT_FILE)
        (staged / MANIFESTS_FOLDER).replace(directory / MANIFESTS_FOLDER)
        staged.rmdir()
    except OSError as error:
        raise StorageError(f"cannot write {directory}: {error.strerror or error}") from error


class _SourceWriter:
    """Writes rows, which come in the order of their ids, as one manifest for each source.

    A clip that was taken whole is all that is known of its source; thousands of these are no
    thousands of files, but lie together, as those of an imported folder do.
    """

    def __init__(self, folder: Path, ref: VersionRef, *, for_pandas: bool) -> None:
        self.num_clips, self.length_seconds, self.num_sources, self.size_bytes = 0, 0.0, 0, 0
        self._folder, self._ref, self._for_pandas = folder, ref, for_pandas
        self._waiting: list[pa.Table] = []  # of one source
        self._whole: list[pa.Table] = []
        self._num_files = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Take the next rows."""
        table = pa.Table.from_batches([batch])
        self.num_clips += table.num_rows
        self.length_seconds += pc.sum(table["length_seconds"]).as_py() or 0.0
        self.size_bytes += pc.sum(table["size_bytes"]).as_py() or 0
        for start, end in _runs(table["source_id"]):
            part = table.slice(start, end - start)
            if self._waiting and _source_of(self._waiting[0]) != _source_of(part):
                self._write_source()
            self._waiting.append(part)

    def close(self) -> None:
        """Write what is left."""
        if self._waiting:
            self._write_source()
        if self._whole:
            self._write_whole()

    def _write_source(self) -> None:
        rows, self._waiting = pa.concat_tables(self._waiting), []
        self.num_sources += 1
        if rows.num_rows == 1 and rows["start_sample"][0].as_py() == 0:
            self._whole.append(rows)
            if len(self._whole) >= _WHOLE_ROWS:
                self._write_whole()
            return
        path = self._folder / f"{_source_of(rows)}.parquet"
        if path.exists():  # ids of another source lay between its own
            rows = pa.concat_tables([read_manifest(path), rows])
            self.num_sources -= 1
        said = {
            SOURCE_KEY: _known_of(rows).to_json().encode(),
            FINGERPRINT_KEY: b"",  # nobody knows by what options it was cut
            CHECKOUT_KEY: str(self._ref).encode(),
        }
        write_manifest(path, rows, metadata=said, for_pandas=self._for_pandas)

    def _write_whole(self) -> None:
        name = f"import-{str(self._ref).replace('@', '-')}-{self._num_files:06d}.parquet"
        self._num_files += 1
        rows, self._whole = pa.concat_tables(self._whole), []
        said = {CHECKOUT_KEY: str(self._ref).encode()}
        write_manifest(self._folder / name, rows, metadata=said, for_pandas=self._for_pandas)


def _source_of(rows: pa.Table) -> str:
    return str(rows["source_id"][0].as_py())


def _known_of(rows: pa.Table) -> Source:
    """Give what rows tell of their source; it is at least as long as its last clip reaches."""
    [last] = rows.slice(rows.num_rows - 1, 1).to_pylist()
    seconds = last["end_seconds"]
    return Source(
        source_id=last["source_id"],
        name=last["source_name"],
        sha256=last["source_sha256"],
        container="",
        codec="",
        sampling_rate=round(last["end_sample"] / seconds) if seconds else last["sampling_rate"],
        channels=last["source_channels"],
        num_samples=pc.max(rows["end_sample"]).as_py(),
    )


def _runs(values: pa.ChunkedArray) -> Iterator[tuple[int, int]]:
    """Give where stretches of equal values begin and end."""
    encoded = pc.run_end_encode(values.combine_chunks())
    start = 0
    for end in encoded.run_ends.to_pylist():
        yield start, end
        start = end
