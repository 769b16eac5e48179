"""What a review sounds like: clips by the hash of their audio, sources by stretches."""

import hashlib
import threading
from collections.abc import Callable, Sequence
from typing import Any

from audioset.curation.review.live import LiveClips
from audioset.curation.review.long_sources import describe_source, read_source
from audioset.curation.review.rows import RowReader
from audioset.curation.review.sounds import SourceSound, SourceSounds
from audioset.curation.workspace.clip_audio import ClipAudio
from audioset.curation.workspace.working import Working
from audioset.errors import NotFoundError


class ReviewSound:
    """The sound of the clips of a review, and of their sources."""

    def __init__(
        self,
        working: Working,
        audio: ClipAudio,
        live: LiveClips,
        reader: RowReader,
        *,
        lock: threading.RLock,
        refresh: Callable[[], object],
    ) -> None:
        self._audio, self._live, self._reader, self._lock = audio, live, reader, lock
        self._sources_dir = working.manifests_dir
        self._sounds = SourceSounds(working)
        self._refresh = refresh  # what was taken out or withdrawn meanwhile is not played

    def audio(self, audio_sha256: str) -> bytes:
        """Give the FLAC bytes of a clip of the review.

        Raises:
            NotFoundError: no clip of the review has this audio, or it is gone.
            StorageError: it cannot be read.
        """
        self._refresh()
        with self._lock:
            row = self._live.row_by_audio.get(audio_sha256)
            if row is None:
                raise NotFoundError("no clip of this review has that audio")
            place = self._reader.place(row)
        flac = self._audio.read(place)
        if hashlib.sha256(flac).hexdigest() != audio_sha256:
            raise NotFoundError(
                f"the audio of clip {place.clip_id} is another one than its row says: it is being "
                "cut anew, or the file was changed"
            )
        return flac

    def source(self, source_id: str) -> dict[str, Any]:
        """Give a source as one long sound: clips, speech in no line, missing lines.

        Raises:
            NotFoundError: it was not cut in this workspace.
        """
        self._refresh()
        long = read_source(self._sources_dir, source_id)
        with self._lock:
            rows = self._live.with_value(range(len(self._live)), "source_id", source_id)
            clips = self._bars(rows)
        return describe_source(long, clips, self._sounds)

    def _bars(self, rows: Sequence[int]) -> list[dict[str, Any]]:
        """Give of clips what a picture of their source shows: an hour has a thousand of them."""
        live = self._live
        said = {name: live.column(name) for name in ("audio_sha256", "text", "line", "take")}
        return [
            {
                "clip_id": live.table.clip_ids[row],
                "start_sample": start,
                "end_sample": end,
                **{name: values[row] for name, values in said.items()},
                "verdict": live.verdicts[row],
            }
            for row, (start, end) in zip(rows, self._reader.edges(rows), strict=True)
        ]

    def whole(self, source_id: str) -> SourceSound:
        """Give a source decoded; the first time it takes a while.

        Raises:
            NotFoundError: it was not cut in this workspace, or its file lies nowhere here.
            MediaError: it cannot be decoded any more.
            StorageError: the disk is full.
        """
        self._refresh()
        long = read_source(self._sources_dir, source_id)
        return self._sounds.open(long.source, **self._heard(source_id))

    def stretch(self, source_id: str, start: int, end: int) -> bytes:
        """Give samples of a source as FLAC; errors as `whole` and `SourceSounds.stretch`."""
        self._refresh()
        long = read_source(self._sources_dir, source_id)
        return self._sounds.stretch(long.source, start, end, **self._heard(source_id))

    def close(self) -> None:
        """Delete what was decoded."""
        self._sounds.close()

    def told(self, rows: Sequence[int]) -> list[dict[str, Any]]:
        """Give rows as the page shows them; audio that no manifest has the hash of gets one."""
        told = self._reader.as_json(rows)
        for row, each in zip(rows, told, strict=True):
            if each["audio_sha256"] is None:
                each["audio_sha256"] = self._live.hash_audio(row, self._read_audio)
        return told

    def _read_audio(self, row: int) -> bytes:
        return self._audio.read(self._reader.place(row))

    def _heard(self, source_id: str) -> dict[str, int | None]:
        """Tell which track and channel of a source its first clip is of."""
        with self._lock:
            rows = self._live.with_value(range(len(self._live)), "source_id", source_id)
            if not rows:
                raise NotFoundError(f"no clip of source {source_id!r} in this review")
            [(clip, _)] = self._reader.clips(rows[:1])
            return {"track": clip.track, "channel": clip.channel}
