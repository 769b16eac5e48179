"""Where the audio of clips is read from: files of the workspace, or the shards of versions."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from audioset.errors import IntegrityError, NotFoundError, StorageError
from audioset.records.identity import clip_path

if TYPE_CHECKING:
    import pyarrow as pa

    from audioset.records.dataset_report import ReportedClip
    from audioset.records.manifest import Clip
    from audioset.storage.store import Store

# What a row must have so that its audio can be found; all but the id only where it was published.
PLACE_COLUMNS = ("clip_id", "shard_sha256", "offset_bytes", "size_bytes", "audio_sha256")


@dataclass(frozen=True, slots=True)
class AudioPlace:
    """Where one clip's audio lies, and its hash."""

    clip_id: str
    shard_sha256: str | None = None
    offset_bytes: int | None = None
    size_bytes: int | None = None
    audio_sha256: str | None = None


class ClipAudio(Protocol):
    """Reads the FLAC bytes of clips; picklable, so that worker processes can have it."""

    def read(self, place: AudioPlace) -> bytes:
        """Read the FLAC bytes of one clip.

        Raises:
            NotFoundError: there is no such audio.
            IntegrityError: what the store holds there is something else.
            StorageError: it cannot be read.
        """


@dataclass(frozen=True, slots=True)
class WorkingAudio:
    """The clip files of a workspace."""

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
    """The clips of published versions, read by range and held against their hash.

    Attributes:
        store: root of the store.
        shard_key: from the sha256 of a shard to its key.
        find_moved: from the id and the hash of a clip to the place that it has now: shard, offset
            and size; None where the places of rows are as new as can be.
    """

    store: str
    shard_key: Callable[[str], str]
    find_moved: Callable[[str, str], tuple[str, int, int] | None] | None = None

    def read(self, place: AudioPlace) -> bytes:
        """Read the FLAC bytes of one clip; see `ClipAudio.read`."""
        if place.shard_sha256 is None or place.offset_bytes is None or place.size_bytes is None:
            raise NotFoundError(f"clip {place.clip_id} has no place in a shard")
        try:
            return self._read_range(place, place.shard_sha256, place.offset_bytes, place.size_bytes)
        except (IntegrityError, NotFoundError):
            found = self._find_now(place)
            if found is None:
                raise
        return self._read_range(place, *found)

    def _find_now(self, place: AudioPlace) -> tuple[str, int, int] | None:
        """Find another place of a clip: a withdrawal of others may have moved it since."""
        if self.find_moved is None or place.audio_sha256 is None:
            return None
        found = self.find_moved(place.clip_id, place.audio_sha256)
        return (
            None if found == (place.shard_sha256, place.offset_bytes, place.size_bytes) else found
        )

    def _read_range(
        self, place: AudioPlace, shard_sha256: str, offset_bytes: int, size_bytes: int
    ) -> bytes:
        key = self.shard_key(shard_sha256)
        try:
            [data] = _opened(self.store).get_ranges(key, [(offset_bytes, size_bytes)])
        except NotFoundError as error:
            raise NotFoundError(
                f"clip {place.clip_id} has no file here, and {_opened(self.store).uri(key)}, where "
                "its row says that it lies, is gone: it was withdrawn, or the store has lost it, "
                "which audioset verify tells"
            ) from error
        if place.audio_sha256 is not None and not _has_hash(data, place):
            raise IntegrityError(
                f"clip {place.clip_id}: its bytes in {_opened(self.store).uri(key)} do not have "
                "its hash; audioset verify tells what else is damaged"
            )
        return data


@dataclass(frozen=True, slots=True)
class EitherAudio:
    """Clip files of the workspace; where a row has a place in a shard and no such file, that."""

    working: ClipAudio
    published: ClipAudio

    def read(self, place: AudioPlace) -> bytes:
        """Read the FLAC bytes of one clip; see `ClipAudio.read`.

        A file of a clip that was published is taken only where it holds just that audio.
        """
        if place.shard_sha256 is None:
            return self.working.read(place)
        try:
            data = self.working.read(place)
        except NotFoundError:
            return self.published.read(place)
        return data if _has_hash(data, place) else self.published.read(place)


def places_of(rows: Iterable[dict[str, Any]]) -> list[AudioPlace]:
    """Take the places from rows that have `PLACE_COLUMNS`."""
    return [AudioPlace(*(row[column] for column in PLACE_COLUMNS)) for row in rows]


def place_of_clip(clip: "Clip | ReportedClip") -> AudioPlace:
    """Take the place from a clip."""
    return AudioPlace(*(getattr(clip, column) for column in PLACE_COLUMNS))


def are_in_store(rows: "pa.Table | pa.RecordBatch") -> "pa.Array | pa.ChunkedArray":
    """Tell of each row that has `PLACE_COLUMNS` whether it says where in the store its audio is."""
    import pyarrow.compute as pc

    known = pc.is_valid(rows["shard_sha256"])
    for name in PLACE_COLUMNS:
        known = pc.and_(known, pc.is_valid(rows[name]))
    return known


def ids_in_store(rows: "pa.Table | pa.RecordBatch") -> frozenset[str]:
    """Give the ids of the clips whose audio lies in the store."""
    return frozenset(rows["clip_id"].filter(are_in_store(rows)).to_pylist())


def _has_hash(data: bytes, place: AudioPlace) -> bool:
    return hashlib.sha256(data).hexdigest() == place.audio_sha256


def _opened(url: str) -> "Store":
    from audioset.storage.store import opened_store  # late: most workspaces have all audio here

    return opened_store(url)
