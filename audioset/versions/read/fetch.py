"""Fetch the audio of clips from the shards of a version, each clip checked against its hash.

Clips that lie near each other travel in one request; what a request may span is limited, and so is
what is held in memory, however large the version.
"""

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audioset.errors import IntegrityError, NotFoundError
from audioset.records.identity import CLIP_ID_PATTERN
from audioset.records.version import VersionRecord
from audioset.storage.store import Store
from audioset.versions.layout import shard_key

# A larger request would not be faster; some are under way at once, and each is held twice for a
# moment, as it came and divided into clips.
REQUEST_BYTES = 8 * 2**20
REQUESTS_AT_ONCE = 6


def require_clip_names(rows: pa.Table, name: str) -> None:
    """Require that clip ids can name files; they come from a store that others may write to.

    Raises:
        IntegrityError: one cannot; `name` of the version is used in the message.
    """
    # RE2 reads the pattern as Python does; \z is the very end.
    valid = pc.match_substring_regex(rows["clip_id"], rf"\A(?:{CLIP_ID_PATTERN.pattern})\z")
    bad = rows["clip_id"].filter(pc.invert(valid))
    if len(bad):
        raise IntegrityError(f"{name} is damaged: {bad[0].as_py()!r} cannot be a clip id")


def plan_requests(rows: pa.Table, *, request_bytes: int = REQUEST_BYTES) -> list[range]:
    """Divide clips into requests: ranges of their rows, in order, each within one shard.

    Args:
        rows: of a published version, with its storage columns.
        request_bytes: what one request may span, gaps included; a larger clip goes alone.
    """
    places = (rows[name].to_pylist() for name in ("shard_sha256", "offset_bytes", "size_bytes"))
    requests, first, shard, begin, last = [], 0, None, 0, 0
    for position, (sha256, offset, size) in enumerate(zip(*places, strict=True)):
        fits = sha256 == shard and last <= offset and offset + size - begin <= request_bytes
        if position and not fits:
            requests.append(range(first, position))
            first = position
        if not fits:
            shard, begin = sha256, offset
        last = offset
    return [*requests, range(first, rows.num_rows)] if rows.num_rows else []


def fetch_clips(
    store: Store, record: VersionRecord, rows: Sequence[Mapping[str, Any]]
) -> list[bytes]:
    """Fetch the FLAC bytes of clips of one shard, in the order of the rows.

    Args:
        rows: `clip_id`, `audio_sha256`, `shard_sha256`, `offset_bytes`, `size_bytes` of each.

    Raises:
        IntegrityError: the shard is missing or damaged; the text names the clip.
        StorageError: the store did not answer, or refused.
    """
    if not rows:
        return []
    key = shard_key(record.dataset, rows[0]["shard_sha256"])
    try:
        found = store.get_ranges(key, [(row["offset_bytes"], row["size_bytes"]) for row in rows])
    except NotFoundError as error:
        raise IntegrityError(
            f"{record.ref} is damaged: its shard {store.uri(key)} is missing; run the command "
            "again if clips were withdrawn meanwhile, else restore the shard from a backup"
        ) from error
    for row, flac in zip(rows, found, strict=True):
        if hashlib.sha256(flac).hexdigest() != row["audio_sha256"]:
            raise IntegrityError(
                f"clip {row['clip_id']} of {record.ref} is damaged: its bytes in "
                f"{store.uri(key)} do not have its hash; restore the shard from a backup"
            )
    return found


def stream_clips(
    store: Store, record: VersionRecord, rows: pa.Table
) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Give all clips in the order of the rows, the next ones fetched meanwhile.

    Args:
        rows: of the version, all columns.

    Raises:
        IntegrityError, StorageError: as `fetch_clips`.
    """

    def fetch(positions: range) -> list[tuple[dict[str, Any], bytes]]:
        wanted = rows.slice(positions.start, len(positions)).to_pylist()
        return list(zip(wanted, fetch_clips(store, record, wanted), strict=True))

    under_way: deque[Future[list[tuple[dict[str, Any], bytes]]]] = deque()
    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        try:
            for positions in plan_requests(rows):
                under_way.append(pool.submit(fetch, positions))
                if len(under_way) > REQUESTS_AT_ONCE:
                    yield from under_way.popleft().result()
            while under_way:
                yield from under_way.popleft().result()
        finally:  # also when the reader stops early
            pool.shutdown(wait=False, cancel_futures=True)
