"""Where the clips of one cut go: files of the workspace, or one shard in the store.

Until the manifest names them nobody sees them, and `undo` leaves all as it was.
"""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from audioset.curation.workspace.clip_files import (
    find_clips_of,
    release_clip_file,
    remove_clip_files,
    write_clip_file,
)
from audioset.records.cut_shards import ClipShards, PutClips
from audioset.storage.scratch import ScratchFile

if TYPE_CHECKING:
    import pyarrow as pa


class NewClips(Protocol):
    """The clips of one cut of one source, on their way.

    Attributes:
        is_sent: whether `put` sends them away, which nobody wants in vain.
    """

    is_sent: ClassVar[bool]

    def write(self, clip_id: str, flac: bytes) -> None:
        """Take the audio of a clip.

        Raises:
            StorageError: the disk is full or the folder cannot be written.
        """

    def undo(self) -> None:
        """Leave everything as it was before; the next clips begin anew."""

    def put(self, rows: "pa.Table") -> PutClips | None:
        """Bring them where others can read them; None where that is `release`.

        Raises:
            ConflictError, StorageError: as `ClipShards.put`.
        """

    def release(self) -> None:
        """Give them their names, right before the manifest that names them is written."""

    def tidy(self, clip_ids: Collection[str], /) -> None:
        """Remove what the source had before, once the manifest is written.

        Args:
            clip_ids: of the clips that it has now.
        """


class NewFiles:
    """Clips that become files of the workspace.

    One that would replace a file of an earlier cut is held back until all are there, so that an
    older manifest never names newer sound.

    Args:
        clips_dir: their folder.
        source_id: of the source. Clips of it that have a file may be those of an earlier cut, or
            what a killed one left without a manifest.
    """

    is_sent: ClassVar[bool] = False

    def __init__(self, clips_dir: Path, source_id: str) -> None:
        self._clips_dir = clips_dir
        self._existing = find_clips_of(clips_dir, source_id)
        self._written: set[str] = set()

    def write(self, clip_id: str, flac: bytes) -> None:
        """See `NewClips`."""
        self._written.add(clip_id)  # before: who is stopped in between must undo it
        write_clip_file(self._clips_dir, clip_id, flac, hold=clip_id in self._existing)

    def undo(self) -> None:
        """See `NewClips`."""
        remove_clip_files(self._clips_dir, self._written - self._existing)
        remove_clip_files(self._clips_dir, self._written & self._existing, held=True)
        self._written.clear()

    def put(self, rows: "pa.Table") -> None:
        """See `NewClips`."""

    def release(self) -> None:
        """See `NewClips`."""
        for clip_id in self._written & self._existing:
            release_clip_file(self._clips_dir, clip_id)

    def tidy(self, clip_ids: Collection[str], /) -> None:
        """See `NewClips`."""
        remove_clip_files(self._clips_dir, self._existing - set(clip_ids))


class NewShard:
    """Clips that go straight into the store, as one shard.

    What is cut waits in a file without a name, which is gone with the process.

    Args:
        shards: puts them.
        clips_dir: existing folder, on whose disk they wait. Files of the source in it are those of
            an earlier cut.
        source_id: of the source.
    """

    is_sent: ClassVar[bool] = True

    def __init__(self, shards: ClipShards, clips_dir: Path, source_id: str) -> None:
        self._shards = shards
        self._clips_dir = clips_dir
        self._existing = find_clips_of(clips_dir, source_id)
        self._ranges: dict[str, tuple[int, int]] = {}
        self._file: ScratchFile | None = None

    def write(self, clip_id: str, flac: bytes) -> None:
        """See `NewClips`."""
        self._file = self._file or ScratchFile(self._clips_dir)
        self._ranges[clip_id] = (self._file.append(flac), len(flac))

    def undo(self) -> None:
        """See `NewClips`."""
        if self._file is not None:
            self._file.close()
        self._file = None
        self._ranges.clear()

    def put(self, rows: "pa.Table") -> PutClips:
        """See `NewClips`."""
        try:
            return self._shards.put(rows, self._read)
        finally:
            self.undo()  # what is there needs the file no more

    def release(self) -> None:
        """See `NewClips`."""

    def tidy(self, _clip_ids: Collection[str], /) -> None:
        """See `NewClips`."""
        remove_clip_files(self._clips_dir, self._existing)

    def _read(self, clip_id: str) -> bytes:
        assert self._file is not None  # noqa: S101  asked of clips that were written
        return self._file.read(*self._ranges[clip_id])
