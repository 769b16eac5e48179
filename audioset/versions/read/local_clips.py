"""Clips of a version brought to a folder as files: only those that are not there already."""

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from audioset.engine import Progress
from audioset.errors import StorageError
from audioset.records.cut_shards import NoVersionYet
from audioset.records.identity import clip_path
from audioset.records.manifest import manifest_schema
from audioset.records.version import VersionRecord
from audioset.storage.files import write_atomically
from audioset.storage.store import Store
from audioset.versions.read.fetch import REQUESTS_AT_ONCE, fetch_clips, plan_requests
from audioset.versions.read.resolve import scan_version

STORED_COLUMNS = ("clip_id", "audio_sha256", "shard_sha256", "offset_bytes", "size_bytes")


def scan_places(store: Store, record: VersionRecord) -> pa.Table:
    """Give `STORED_COLUMNS` of all clips of a version; nothing else of it is held.

    Raises:
        IntegrityError: the manifest is missing or damaged.
        StorageError: the store did not answer, or refused.
    """
    schema = manifest_schema()
    wanted = pa.schema([schema.field(name) for name in STORED_COLUMNS], schema.metadata)
    return pa.Table.from_batches(scan_version(store, record, STORED_COLUMNS), wanted)


def bring_clips(
    store: Store,
    record: VersionRecord | NoVersionYet,
    places: pa.Table,
    clips_dir: Path,
    *,
    doing: str,
    progress: Progress,
) -> tuple[int, int]:
    """Bring clips to a folder, each whole and with its hash, or not at all.

    Args:
        places: `STORED_COLUMNS` of the clips.
        doing: what `progress`, which is told of the bytes that are there, calls it.

    Returns:
        How many were fetched, and how many bytes.

    Raises:
        IntegrityError: a shard is missing or damaged.
        StorageError: the store did not answer, or the disk is full.
    """
    total = pc.sum(places["size_bytes"], min_count=0).as_py()
    done = num_fetched = fetched_bytes = 0
    progress(doing, 0, total, "B")
    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        try:
            at_work = [
                pool.submit(_bring, store, record, places.take(pa.array(part)), clips_dir)
                for part in plan_requests(places)
            ]
            for future in as_completed(at_work):
                clips, size, part_bytes = future.result()
                num_fetched, fetched_bytes = num_fetched + clips, fetched_bytes + size
                done += part_bytes
                progress(doing, done, total, "B")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return num_fetched, fetched_bytes


def _bring(
    store: Store, record: VersionRecord | NoVersionYet, part: pa.Table, clips_dir: Path
) -> tuple[int, int, int]:
    """Fetch what is missing; gives its clips and bytes, and the bytes of all."""
    places = part.to_pylist()
    missing = [place for place in places if not is_there(place, clips_dir)]
    found = fetch_clips(store, record, missing)
    for place, flac in zip(missing, found, strict=True):
        write_atomically(clip_path(clips_dir, place["clip_id"]), partial(_write, flac))
    size = sum(place["size_bytes"] for place in missing)
    return len(missing), size, sum(place["size_bytes"] for place in places)


def is_there(place: Mapping[str, Any], clips_dir: Path) -> bool:
    """Tell whether a clip has a file, and that the bytes of its hash.

    Args:
        place: `STORED_COLUMNS` of the clip.

    Raises:
        StorageError: the file cannot be read.
    """
    path = clip_path(clips_dir, place["clip_id"])
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
