"""Fetch: the audio of working clips that lies in the store becomes files of the workspace."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from audioset.engine import Progress, no_progress
from audioset.records.cut_shards import NoVersionYet
from audioset.records.local_audio import FetchReport
from audioset.records.version import VersionRecord
from audioset.storage.store import Store
from audioset.versions.read.fetch import require_clip_names
from audioset.versions.read.local_clips import STORED_COLUMNS, bring_clips


def fetch(
    store: Store,
    record: VersionRecord | NoVersionYet,
    rows: pa.Table,
    clips_dir: Path,
    *,
    progress: Progress = no_progress,
) -> FetchReport:
    """Fetch the clips of some rows that have no file with their bytes.

    A fetch that stops anywhere is continued by the next one.

    Args:
        record: a version of the dataset, for messages.
        rows: working clips, with `STORED_COLUMNS`.
        clips_dir: of the workspace.
        progress: told of the bytes that are there.

    Raises:
        IntegrityError: a shard is missing or damaged.
        StorageError: the store did not answer, or the disk is full.
    """
    places = stored_places(rows)
    require_clip_names(places, "the workspace")
    num_fetched, fetched_bytes = bring_clips(
        store, record, places, clips_dir, doing="fetching", progress=progress
    )
    return FetchReport(
        num_clips=places.num_rows,
        size_bytes=pc.sum(places["size_bytes"], min_count=0).as_py(),
        num_fetched=num_fetched,
        fetched_bytes=fetched_bytes,
        num_not_stored=rows.num_rows - places.num_rows,
    )


def stored_places(rows: pa.Table) -> pa.Table:
    """Give `STORED_COLUMNS` of those rows that say where in the store their audio lies."""
    return rows.select(STORED_COLUMNS).drop_null()
