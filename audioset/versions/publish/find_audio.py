"""Where the audio of a new version is: in the shards of its parent, in files, or elsewhere."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audioset.errors import IntegrityError
from audioset.records.version import ContentObject, VersionRecord
from audioset.storage.arrays import as_numbers, fill_null
from audioset.storage.rows.laid_rows import ManyRows, scan_rows, take_rows
from audioset.storage.shards import SHARD_FACTS
from audioset.storage.store import Store
from audioset.versions.publish.reuse import PLACE, KnownClips, find_known_clips, no_known_clips
from audioset.versions.publish.stored_audio import (
    find_in_cut_shards,
    find_in_other_versions,
    find_thin,
)
from audioset.versions.publish.working_audio import clip_sizes, require_no_missing
from audioset.versions.read.believed import require_places
from audioset.versions.read.resolve import scan_version


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAudio:
    """The clips of a new version and their audio.

    Attributes:
        rows: manifest.
        file_sizes: of the audio file of each clip, in bytes, 0 where there is none, shape (rows,).
        sizes_bytes: of the audio of each clip, shape (rows,).
        known: what stored shards hold of them.
    """

    rows: ManyRows
    file_sizes: NDArray[np.int64]
    sizes_bytes: NDArray[np.int64]
    known: KnownClips

    def places_of(self, positions: NDArray[np.int64]) -> pa.Table:
        """Give the storage columns of some clips: of one without a file where its audio lies."""
        own = take_rows(self.rows, PLACE, positions)
        in_store = self.known.is_known[positions] & (self.file_sizes[positions] == 0)
        if self.known.places is None or not in_store.any():
            return own
        places = take_rows(self.known.places, PLACE, positions)
        mask = pa.array(in_store)
        return pa.table([pc.if_else(mask, places[n], own[n]) for n in PLACE], names=PLACE)


def find_audio(
    store: Store,
    dataset: str,
    base: VersionRecord | None,
    rows: ManyRows,
    clips_dir: Path,
    find_cut_shards: Callable[[], Mapping[str, ContentObject]],
    folder: Callable[[], Path],
) -> FoundAudio:
    """Find the audio of every clip of a new version.

    A clip that has neither a file nor a place in the version before may say in its storage columns
    where it lies in the store. Of a clip that says so a file of another size is no file of it.

    Args:
        base: version that the new one goes on from.
        rows: manifest of the new version, in order.
        clips_dir: folder of the audio files.
        find_cut_shards: gives the shards that cuts put into the store, by hash.
        folder: gives the folder for the places of many clips; see `lay_rows`.

    Raises:
        MediaError: a clip has no audio.
        IntegrityError: the audio of one is not where its row says.
        StorageError: the store did not answer, or the folder cannot be read.
    """
    file_sizes = _file_sizes(clips_dir, rows)
    stored = _stored_sizes(rows)
    thin = find_thin(rows)
    file_sizes[thin & (file_sizes != stored)] = 0
    known = _find_known(store, base, rows, file_sizes, folder)
    if (thin & ~known.is_known).any():
        found = find_in_cut_shards(store, dataset, rows, thin, find_cut_shards())
        known = known.where_unknown(found, folder)
    homeless = (file_sizes == 0) & ~known.is_known
    if homeless.any():
        missing = np.flatnonzero(homeless & ~thin)
        if len(missing):
            ids = take_rows(rows, ["clip_id"], missing)["clip_id"].to_pylist()
            require_no_missing(clips_dir, ids, rows.num_rows)
        found = find_in_other_versions(store, dataset, rows, homeless)
        known = known.where_unknown(found, folder)
    if known.places is not None:
        stored = np.where(known.is_known, _stored_sizes(known.places), stored)
    return FoundAudio(
        rows=rows,
        file_sizes=file_sizes,
        sizes_bytes=np.where(file_sizes > 0, file_sizes, stored),
        known=known,
    )


def _stored_sizes(rows: ManyRows) -> NDArray[np.int64]:
    sizes = [as_numbers(fill_null(b["size_bytes"])) for b in scan_rows(rows, ["size_bytes"])]
    return np.concatenate([*sizes, np.zeros(0, np.int64)])


def _file_sizes(clips_dir: Path, rows: ManyRows) -> NDArray[np.int64]:
    if not clips_dir.exists():
        return np.zeros(rows.num_rows, np.int64)
    sizes = (
        size
        for batch in scan_rows(rows, ("clip_id",))
        for size in clip_sizes(clips_dir, batch["clip_id"].to_pylist())
    )
    return np.fromiter(sizes, np.int64, rows.num_rows)


def _find_known(
    store: Store,
    base: VersionRecord | None,
    rows: ManyRows,
    file_sizes: NDArray[np.int64],
    folder: Callable[[], Path],
) -> KnownClips:
    # This only saves work: a damaged older version must not keep a good new one from appearing.
    with suppress(IntegrityError):
        if base is not None:
            return find_known_clips(rows, file_sizes, base, _scan_places(store, base), folder)
    return no_known_clips(rows.num_rows)


def _scan_places(store: Store, base: VersionRecord) -> Iterator[pa.RecordBatch]:
    for batch in scan_version(store, base, [*SHARD_FACTS, *PLACE]):
        require_places(base, pa.Table.from_batches([batch]))
        yield batch
