"""Fetch the audio of clips from the shards of a version, each clip checked against its hash.

Clips that lie near each other travel in one request, also where their rows do not stand together,
as after some publishes; what a request may span is limited, and so is what is held in memory,
however large the version.
"""

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audioset.errors import IntegrityError, NotFoundError
from audioset.records.cut_shards import NoVersionYet
from audioset.records.identity import CLIP_ID_PATTERN
from audioset.records.version import VersionRecord
from audioset.storage.store import Store
from audioset.versions.layout import shard_key

# A larger request would not be faster; some are under way at once, and each is held twice for a
# moment, as it came and divided into clips.
REQUEST_BYTES = 8 * 2**20
REQUESTS_AT_ONCE = 6
# Clips that are to come in the order of their rows are looked for in one another's shards within so
# much audio; two such windows are under way at once.
WINDOW_BYTES = 3 * REQUEST_BYTES


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


def plan_requests(rows: pa.Table, *, request_bytes: int = REQUEST_BYTES) -> list[NDArray[np.int64]]:
    """Divide clips into requests: places of their rows, each within one shard and ascending there.

    Args:
        rows: of a published version, with its storage columns, in any order.
        request_bytes: what one request may span, gaps included; a larger clip goes alone.

    Returns:
        The requests in the order of the first row of each.
    """
    keys = [("shard_sha256", "ascending"), ("offset_bytes", "ascending")]
    order = np.asarray(pc.sort_indices(rows, sort_keys=keys), np.int64)
    sorted_rows = rows.select(["shard_sha256", "offset_bytes", "size_bytes"]).take(pa.array(order))
    starts, shard, begin = [], None, 0
    for place, (sha256, offset, size) in enumerate(
        zip(*(column.to_pylist() for column in sorted_rows.columns), strict=True)
    ):
        if sha256 != shard or offset + size - begin > request_bytes:
            starts.append(place)
            shard, begin = sha256, offset
    requests = np.split(order, starts)[1:]  # before the first start there is none
    return sorted(requests, key=lambda places: int(places.min()))


def fetch_clips(
    store: Store, record: VersionRecord | NoVersionYet, rows: Sequence[Mapping[str, Any]]
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
        rows: of the version, all columns: a table, or what gives tables as its slices.

    Raises:
        IntegrityError, StorageError: as `fetch_clips`.
    """
    under_way: deque[_AskedWindow] = deque()
    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        try:
            for window in row_windows(rows, WINDOW_BYTES):
                under_way.append(_AskedWindow(store, record, window, pool))
                if len(under_way) > 1:
                    yield from under_way.popleft().clips()
            while under_way:
                yield from under_way.popleft().clips()
        finally:  # also when the reader stops early
            pool.shutdown(wait=False, cancel_futures=True)


def row_windows(rows: pa.Table, most_bytes: int) -> Iterator[pa.Table]:
    """Divide rows into runs of at most so many bytes of audio, at least one row each.

    Args:
        rows: of a version: a table, or what gives tables as its slices.
    """
    ends = np.cumsum(np.asarray(rows["size_bytes"], np.int64))
    start = 0
    while start < rows.num_rows:
        done = ends[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(ends, done + most_bytes, "right")))
        yield rows.slice(start, end - start)
        start = end


class _AskedWindow:
    """Rows whose clips are being fetched shard by shard, and come in the order of the rows."""

    def __init__(
        self, store: Store, record: VersionRecord, rows: pa.Table, pool: ThreadPoolExecutor
    ) -> None:
        self._rows: list[dict[str, Any]] = rows.to_pylist()
        self._answers: dict[int, tuple[Future[list[bytes]], int]] = {}
        for places in plan_requests(rows):
            wanted = [self._rows[place] for place in places.tolist()]
            answer = pool.submit(fetch_clips, store, record, wanted)
            for number, place in enumerate(places.tolist()):
                self._answers[place] = (answer, number)

    def clips(self) -> Iterator[tuple[dict[str, Any], bytes]]:
        """Give each row with its clip, as soon as its own request is answered."""
        for place, row in enumerate(self._rows):
            answer, number = self._answers[place]
            yield row, answer.result()[number]
