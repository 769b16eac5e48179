"""Where the audio of clips is read from: the working folder, or the shards of a version."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from audioset.errors import NotFoundError, StorageError
from audioset.records.identity import clip_path
from audioset.storage.store import Store, open_store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# What a row must have so that its audio can be found; the last three only in published manifests.
PLACE_COLUMNS = ("clip_id", "shard_sha256", "offset_bytes", "size_bytes")
_ROWS_AT_ONCE = 32_768


@dataclass(frozen=True, slots=True)
class AudioPlace:
    """Where one clip's audio lies."""

    clip_id: str
    shard_sha256: str | None = None
    offset_bytes: int | None = None
    size_bytes: int | None = None


class ClipAudio(Protocol):
    """Reads the FLAC bytes of clips; picklable, so that worker processes can have it."""

    def read(self, place: AudioPlace) -> bytes:
        """Read the FLAC bytes of one clip.

        Raises:
            NotFoundError: there is no such audio.
            StorageError: it cannot be read.
        """


@dataclass(frozen=True, slots=True)
class WorkingAudio:
    """The clips of a workspace."""

    clips_dir: Path

    def read(self, place: AudioPlace) -> bytes:
        """Read the FLAC bytes of one clip; see `ClipAudio.read`."""
        path = clip_path(self.clips_dir, place.clip_id)
        try:
            return path.read_bytes()
        except FileNotFoundError as error:
            raise NotFoundError(f"no audio at {path}") from error
        except OSError as error:
            raise StorageError(f"cannot read {path}: {error.strerror or error}") from error


@dataclass(frozen=True, slots=True)
class PublishedAudio:
    """The clips of a published version.

    Attributes:
        store: root of the store.
        shard_key: from the sha256 of a shard to its key.
    """

    store: str
    shard_key: Callable[[str], str]

    def read(self, place: AudioPlace) -> bytes:
        """Read the FLAC bytes of one clip; see `ClipAudio.read`."""
        if place.shard_sha256 is None or place.offset_bytes is None or place.size_bytes is None:
            raise NotFoundError(f"clip {place.clip_id} has no place in a shard")
        key = self.shard_key(place.shard_sha256)
        [data] = _opened(self.store).get_ranges(key, [(place.offset_bytes, place.size_bytes)])
        return data


@dataclass(frozen=True, slots=True)
class EitherAudio:
    """Published clips where a row has a place in a shard, working ones where it has none."""

    working: ClipAudio
    published: ClipAudio

    def read(self, place: AudioPlace) -> bytes:
        """Read the FLAC bytes of one clip; see `ClipAudio.read`."""
        audio = self.working if place.shard_sha256 is None else self.published
        return audio.read(place)


@cache
def _opened(url: str) -> Store:
    return open_store(url)


@dataclass(frozen=True, slots=True)
class ClipSet:
    """Clips to look at, as often as it takes.

    Attributes:
        name: for people.
        scan: streams the given columns of all clips, always in the same order.
        audio: reads their audio.
    """

    name: str
    scan: Callable[[Sequence[str]], Iterable[pa.RecordBatch]]
    audio: ClipAudio


def decode_mono(flac: bytes, *, name: str) -> "tuple[NDArray[np.float32], int]":
    """Decode one clip, channels averaged.

    Returns:
        Samples, float32, shape (num_samples,), range [-1, 1]; sampling rate in Hz.

    Raises:
        MediaError: the bytes are not whole FLAC; `name` is used in the message.
    """
    from audioset.media.flac import decode_flac  # late: what reads only rows loads no codec

    samples, sampling_rate = decode_flac(flac, name=name)
    if samples.ndim > 1:
        samples = samples.mean(axis=1, dtype=samples.dtype)
    return samples, sampling_rate


def without_rejected(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Leave out the clips that a person rejected; needs the column `accepted`."""
    accepted = batch.column("accepted")
    if accepted.null_count == len(accepted):
        return batch
    return batch.filter(pc.or_kleene(pc.is_null(accepted), accepted))


def large_batches(
    batches: Iterable[pa.RecordBatch], columns: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """Join small batches: a thousand small manifests should not cost a thousand times the start."""
    waiting: list[pa.RecordBatch] = []
    num_rows = 0
    for batch in batches:
        waiting.append(batch.select(columns))
        num_rows += len(batch)
        if num_rows >= _ROWS_AT_ONCE:
            yield from pa.Table.from_batches(waiting).combine_chunks().to_batches()
            waiting, num_rows = [], 0
    if waiting:
        yield from pa.Table.from_batches(waiting).combine_chunks().to_batches()


def places_of(rows: Iterable[dict[str, Any]]) -> list[AudioPlace]:
    """Take the places from rows that have `PLACE_COLUMNS`."""
    return [AudioPlace(*(row[column] for column in PLACE_COLUMNS)) for row in rows]
