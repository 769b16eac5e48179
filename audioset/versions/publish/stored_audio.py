"""Audio of clips that have no file here, by range from shards of the store, each proven."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from audioset.errors import IntegrityError, MediaError, NotFoundError
from audioset.records.strict import require_hash
from audioset.records.version import ContentObject
from audioset.storage.arrays import as_numbers
from audioset.storage.rows.laid_rows import ManyRows, scan_rows, take_rows
from audioset.storage.store import Store
from audioset.versions.layout import shard_key
from audioset.versions.publish.reuse import PLACE, KnownClips
from audioset.versions.read.resolve import list_readable_versions
from audioset.versions.references import sizes_of_shards

# What is read at once; each clip of it is held.
READ_BYTES = 8 * 2**20
# A shard of another version is named where it is when the clips that are wanted of it are so much
# of it; of any other they are put again.
LEAST_WANTED = 0.5


def read_stored(store: Store, dataset: str, rows: Sequence[Mapping[str, Any]]) -> list[bytes]:
    """Read the FLAC bytes of clips from shards, in the order of the rows.

    Args:
        rows: `clip_id` and the storage columns of each.

    Raises:
        IntegrityError: a shard is missing, or its bytes are not what a row says.
        StorageError: the store did not answer, or refused.
    """
    by_shard: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        by_shard[row["shard_sha256"]].append(number)
    found = [b""] * len(rows)
    for sha256, numbers in by_shard.items():
        key = shard_key(dataset, sha256)
        ranges = [(rows[n]["offset_bytes"], rows[n]["size_bytes"]) for n in numbers]
        try:
            parts = store.get_ranges(key, ranges)
        except NotFoundError as error:
            raise IntegrityError(
                f"clip {rows[numbers[0]]['clip_id']} has no file here, and {store.uri(key)}, where "
                "it should lie, is missing; cut its source again, or restore the shard"
            ) from error
        for number, part in zip(numbers, parts, strict=True):
            if hashlib.sha256(part).hexdigest() != rows[number]["audio_sha256"]:
                raise IntegrityError(
                    f"clip {rows[number]['clip_id']} has no file here, and its bytes in "
                    f"{store.uri(key)} do not have its hash; cut its source again, or restore the "
                    "shard"
                )
            found[number] = part
    return found


def windows(
    positions: NDArray[np.int64], sizes_bytes: NDArray[np.int64]
) -> Iterator[NDArray[np.int64]]:
    """Divide clips into runs of about `READ_BYTES`, at least one clip each."""
    ends = np.cumsum(sizes_bytes[positions])
    start = 0
    while start < len(positions):
        read = ends[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(ends, read + READ_BYTES)))
        yield positions[start:end]
        start = end


def find_thin(rows: ManyRows) -> NDArray[np.bool_]:
    """Tell for each row whether it says where its audio lies in the store."""
    found = [np.zeros(0, bool)]
    for batch in scan_rows(rows, PLACE):
        is_thin = np.ones(len(batch), bool)
        for column in batch.columns:
            is_thin &= np.asarray(pc.is_valid(column), dtype=bool)
        found.append(is_thin)
    return np.concatenate(found)


def find_in_cut_shards(
    store: Store,
    dataset: str,
    rows: ManyRows,
    thin: NDArray[np.bool_],
    shards: Mapping[str, ContentObject],
) -> KnownClips:
    """Find which clips lie in shards that their cuts put into the store; none of them is read.

    Args:
        rows: of the new version.
        thin: which of them say where in the store their audio lies.
        shards: that cuts put, by hash.

    Raises:
        StorageError: the store did not answer, or refused.
    """
    named: set[str | None] = set()
    for batch in scan_rows(rows, ["shard_sha256"]):
        named.update(pc.unique(batch["shard_sha256"]).to_pylist())
    wanted = {sha256: shard for sha256, shard in shards.items() if sha256 in named}
    there = sizes_of_shards(store, dataset) if wanted else {}
    whole = {s: shard for s, shard in wanted.items() if there.get(s) == shard.size_bytes}
    return KnownClips.of_places(rows, whole).without(~thin)


def find_in_other_versions(
    store: Store, dataset: str, rows: ManyRows, wanted: NDArray[np.bool_]
) -> KnownClips:
    """Find which clips can be named where other versions have them; each is read and proven.

    Args:
        rows: of the new version.
        wanted: whose audio is wanted; their storage columns are filled.

    Raises:
        MediaError: a row names a shard that the store has not.
        IntegrityError: a clip is not what its row says.
        StorageError: the store did not answer, or refused.
    """
    chosen = np.flatnonzero(wanted)
    known = {
        shard.sha256: shard
        for record in list_readable_versions(store, dataset)
        for shard in record.shards
    }
    named = take_rows(rows, ["shard_sha256", "size_bytes"], chosen)
    by_shard: dict[str, list[int]] = defaultdict(list)
    for position, sha256 in zip(chosen.tolist(), named["shard_sha256"].to_pylist(), strict=True):
        by_shard[sha256].append(position)
    sizes = np.zeros(rows.num_rows, np.int64)
    sizes[chosen] = as_numbers(named["size_bytes"])
    in_place = np.zeros(rows.num_rows, bool)
    shards: dict[str, ContentObject] = {}
    for sha256, positions in by_shard.items():
        size_bytes = _require_shard(store, dataset, sha256, rows, positions[0])
        shard = known.get(sha256)
        if shard is None or shard.size_bytes != size_bytes:
            continue
        if sizes[positions].sum() >= LEAST_WANTED * size_bytes:
            _prove(store, dataset, rows, np.array(positions, np.int64), sizes)
            in_place[positions] = True
            shards[sha256] = shard
    return KnownClips.of_places(rows, shards).without(~in_place)


def _require_shard(store: Store, dataset: str, sha256: str, rows: ManyRows, position: int) -> int:
    """Give the size of a shard that a row names, in bytes."""
    clip_id = take_rows(rows, ["clip_id"], np.array([position]))["clip_id"][0].as_py()
    try:
        key = shard_key(dataset, require_hash(sha256, "shard_sha256"))
    except ValueError as error:
        raise MediaError(
            f"clip {clip_id} has no audio here: {error}; cut its source again"
        ) from error
    size_bytes = store.size(key)
    if size_bytes is None:
        raise MediaError(
            f"clip {clip_id} has no audio: it has no file here, and its shard {store.uri(key)} is "
            "not in the store; cut its source again: audioset cut"
        )
    return size_bytes


def _prove(
    store: Store,
    dataset: str,
    rows: ManyRows,
    positions: NDArray[np.int64],
    sizes_bytes: NDArray[np.int64],
) -> None:
    for window in windows(positions, sizes_bytes):
        read_stored(store, dataset, take_rows(rows, ["clip_id", *PLACE], window).to_pylist())
