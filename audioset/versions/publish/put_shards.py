"""Put the new shards of one publish into the store, a few at a time."""

import hashlib
import math
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audioset.engine import Progress
from audioset.records.version import ContentObject
from audioset.storage.rows.laid_rows import take_rows
from audioset.storage.shards import SHARD_FACTS, Member, write_shard
from audioset.storage.store import Store
from audioset.versions.layout import shard_key
from audioset.versions.publish.find_audio import FoundAudio
from audioset.versions.publish.reuse import PLACE_SCHEMA
from audioset.versions.publish.stored_audio import read_stored, windows
from audioset.versions.publish.working_audio import read_clip


@dataclass(frozen=True, slots=True)
class PutShard:
    """A shard that is in the store.

    Attributes:
        stored: its hash and size.
        places: the storage columns of its clips, in order.
        uploaded: False when the store had it.
    """

    stored: ContentObject
    places: pa.RecordBatch
    uploaded: bool


# Half of the age below which `collect` removes nothing: time enough for the rest of a publish.
SAFE_AGE = timedelta(hours=12)
# Each takes a temporary file of up to four shard sizes; more would not make a line faster.
SHARDS_AT_ONCE = 4


class PutBefore:
    """The shards that the tries of one publish put: who lost a race packs nothing again."""

    def __init__(self) -> None:
        self._put: dict[bytes, tuple[float, PutShard]] = {}

    def find(self, what: bytes) -> PutShard | None:
        """Find the shard of what is to be packed; None also when it might be collected too soon."""
        at, shard = self._put.get(what, (-math.inf, None))
        return shard if time.monotonic() - at < SAFE_AGE.total_seconds() else None

    def note(self, what: bytes, shard: PutShard) -> None:
        """Note that the shard of what was to be packed is in the store."""
        self._put[what] = (time.monotonic(), shard)


class ShardPutter:
    """Builds shards in temporary files and puts them under their hashes.

    Args:
        found: the clips of the new version and their audio.
        clips_dir: folder of the audio files.
        store: where the shards go.
        dataset: name of the dataset.
        needed: hashes of shards that another version keeps from being collected.
        scratch: existing folder for the temporary files.
        before: what earlier tries put.
    """

    def __init__(
        self,
        found: FoundAudio,
        clips_dir: Path,
        *,
        store: Store,
        dataset: str,
        needed: Collection[str],
        scratch: Path,
        before: PutBefore,
    ) -> None:
        self._rows = found.rows
        self._places_of = found.places_of
        self._file_sizes = found.file_sizes
        self._sizes = found.sizes_bytes
        self._clips_dir = clips_dir
        self._store = store
        self._dataset = dataset
        self._needed = needed
        self._scratch = scratch
        self._before = before

    def put_all(self, plan: Sequence[NDArray[np.int64]], progress: Progress) -> list[PutShard]:
        """Put all shards; the first error ends it, and what was put stays for the next try.

        Args:
            plan: rows of each shard.
            progress: told of the bytes of audio that are in the store.

        Raises:
            MediaError: a clip's audio is not what its row says.
            IntegrityError: the same, of audio in the store.
            StorageError: the store or the disk refused.
        """
        total, done = sum(int(self._sizes[positions].sum()) for positions in plan), 0
        progress("publishing", 0, total, "B")
        with ThreadPoolExecutor(SHARDS_AT_ONCE) as pool:
            at_work = {pool.submit(self.put, positions): positions for positions in plan}
            try:
                for future in as_completed(at_work):
                    future.result()
                    done += int(self._sizes[at_work[future]].sum())
                    progress("publishing", done, total, "B")
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
            return [future.result() for future in at_work]

    def put(self, positions: NDArray[np.int64]) -> PutShard:
        """Put the shard of these rows, unless the store has it.

        Raises:
            MediaError, IntegrityError, StorageError: as `put_all`.
        """
        what = self._what_is_packed(positions)
        shard = self._before.find(what)
        if shard is None:
            shard = self._pack(positions)
            self._before.note(what, shard)
        return shard

    def _what_is_packed(self, positions: NDArray[np.int64]) -> bytes:
        """Hash what is known of some clips before their audio is read."""
        facts = take_rows(self._rows, SHARD_FACTS, positions)
        sizes = pa.array(self._file_sizes[positions])
        sink = pa.BufferOutputStream()
        for table in (facts, self._places_of(positions).append_column("file_size", sizes)):
            with pa.ipc.new_stream(sink, table.schema) as stream:
                stream.write_table(table.combine_chunks())
        return hashlib.sha256(sink.getvalue()).digest()

    def _pack(self, positions: NDArray[np.int64]) -> PutShard:
        file = self._scratch / f"{positions[0]}.tar"
        try:
            stored, members = write_shard(file, self._clips(positions))
            key = shard_key(self._dataset, stored.sha256)
            # What no version needs may be about to be collected.
            limit = None if stored.sha256 in self._needed else SAFE_AGE
            uploaded = self._store.put_content(key, file, take=True, younger_than=limit)
        finally:
            file.unlink(missing_ok=True)
        return PutShard(stored, _places_in(stored.sha256, members), uploaded)

    def _clips(self, positions: NDArray[np.int64]) -> Iterator[tuple[dict[str, Any], bytes]]:
        for window in windows(positions, self._sizes):
            facts = take_rows(self._rows, SHARD_FACTS, window).to_pylist()
            places = self._places_of(window).to_pylist()
            rows = [fact | place for fact, place in zip(facts, places, strict=True)]
            sizes = self._file_sizes[window].tolist()
            thin = [row for row, size in zip(rows, sizes, strict=True) if not size]
            stored = iter(read_stored(self._store, self._dataset, thin))
            for row, size in zip(rows, sizes, strict=True):
                yield row, read_clip(self._clips_dir, row, size) if size else next(stored)


def _places_in(sha256: str, members: Sequence[Member]) -> pa.RecordBatch:
    """Give the storage columns of the clips of a shard; as objects they would take twice that."""
    values = {
        "audio_sha256": [member.audio_sha256 for member in members],
        "shard_sha256": [sha256] * len(members),
        "offset_bytes": [member.offset_bytes for member in members],
        "size_bytes": [member.size_bytes for member in members],
    }
    columns = [pa.array(values[field.name], field.type) for field in PLACE_SCHEMA]
    return pa.RecordBatch.from_arrays(columns, schema=PLACE_SCHEMA)
