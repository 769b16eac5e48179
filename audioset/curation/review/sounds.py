"""The sound of sources while a review runs: decoded once, its peaks drawn once, both bounded.

A source is decoded to 16-bit FLAC in a folder that ends with the review: what lies there is speech
of people, and a withdrawn recording must not live on in a cache.
"""

import shutil
import tempfile
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audioset.curation.sources.find import Finder
from audioset.curation.sources.places import SourcePlaces
from audioset.curation.workspace.fetch_source import local_file
from audioset.curation.workspace.working import Working
from audioset.errors import InvalidInputError, NotFoundError, StorageError
from audioset.machine import in_background
from audioset.records.source import Source
from audioset.storage.scratch import owner, remove_left_behind

if TYPE_CHECKING:
    from numpy.typing import NDArray

PEAKS_PER_SECOND = 100
MOST_STRETCH_SECONDS = 60.0
MOST_SOUND_BYTES = 4_000_000_000  # of all decoded sources: some thirty hours
_FOLDER = "audioset-review-"
_PEAK_SCALE = 127


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSound:
    """A decoded source.

    Attributes:
        path: FLAC file of one channel at the source's own rate.
        sampling_rate: in Hz.
        num_samples: decoded.
        peaks: least and greatest sample of every hundredth of a second, int8, one after the other.
        peaks_per_second: how many such pairs a second has.
    """

    path: Path
    sampling_rate: int
    num_samples: int
    peaks: bytes
    peaks_per_second: int = PEAKS_PER_SECOND


@dataclass(slots=True)
class SourceSounds:
    """Decoded sources of one review; those that were not asked for longest make room."""

    working: Working
    most_bytes: int = MOST_SOUND_BYTES
    _folder: Path | None = None
    _found: "OrderedDict[str, SourceSound]" = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _decoding: dict[str, threading.Lock] = field(default_factory=dict)

    def place_of(self, source: Source) -> str | None:
        """Tell where the bytes of a source lie, a path or a URL; None when they lie nowhere."""
        if source.url is not None:
            return source.url
        finder = Finder(SourcePlaces.read(self.working.folder), self.working)
        found = finder.find(source.sha256, source.name)
        return None if found is None else str(found)

    def open(self, source: Source, *, track: int | None, channel: int | None) -> SourceSound:
        """Give a source decoded; the first time it is decoded, which takes a while.

        Args:
            source: that was cut.
            track: number of the audio track, from 1.
            channel: from 1; None for the mix.

        Raises:
            NotFoundError: its file lies nowhere on this machine.
            MediaError: it cannot be decoded any more.
            StorageError: the disk is full.
        """
        key = f"{source.sha256}-{track or 1}-{channel or 0}"
        with self._lock:
            lock = self._decoding.setdefault(key, threading.Lock())
        with lock:
            with self._lock:
                if key in self._found:
                    self._found.move_to_end(key)
                    return self._found[key]
            # Who listens to clips meanwhile must not feel it.
            sound = in_background(lambda: self._decode(key, source, track, channel))
            with self._lock:
                self._found[key] = sound
                self._make_room(key)
            return sound

    def stretch(
        self, source: Source, start: int, end: int, *, track: int | None, channel: int | None
    ) -> bytes:
        """Give samples `start` to `end` of a source as FLAC; what lies outside is left out.

        Raises:
            InvalidInputError: nothing or too much is asked for.
            NotFoundError, MediaError, StorageError: as `open`.
        """
        from audioset.media.flac import encode_flac
        from audioset.media.long_flac import read_flac_stretch

        most = round(MOST_STRETCH_SECONDS * source.sampling_rate)
        if not start < end <= start + most:
            raise InvalidInputError(
                f"a stretch from sample {start} to {end} cannot be given: it has at least one "
                f"sample, and at most {most} (of {MOST_STRETCH_SECONDS:.0f} s)"
            )
        sound = self.open(source, track=track, channel=channel)
        pcm = read_flac_stretch(sound.path, start, end)
        if not pcm.size:
            raise NotFoundError(
                f"{source.name} has {sound.num_samples} samples; none lies from {start} to {end}"
            )
        return encode_flac(pcm, sound.sampling_rate)

    def forget(self, sha256: str) -> None:
        """Delete what is decoded of a source: it was withdrawn, or taken out of the workspace."""
        with self._lock:
            for key in [key for key in self._found if key.startswith(sha256)]:
                self._found.pop(key).path.unlink(missing_ok=True)

    def close(self) -> None:
        """Delete all that was decoded."""
        with self._lock:
            self._found.clear()
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = None

    def _decode(
        self, key: str, source: Source, track: int | None, channel: int | None
    ) -> SourceSound:
        from audioset.curation.cut.level import to_pcm
        from audioset.media.apart.decoding import open_audio_apart
        from audioset.media.long_flac import writing_flac

        place = self.place_of(source)
        if place is None:
            raise NotFoundError(
                f"the file of {source.source_id} ({source.name}) was not found on this machine; "
                "audioset status tells where it was looked for"
            )
        path = self._home() / f"{key}.flac"
        peaks = _Peaks(source.sampling_rate)
        try:
            with local_file(place, self.working.folder, etag=source.etag) as file:
                opened = open_audio_apart(file, track=track, channels="each" if channel else "mix")
                with opened as audio, writing_flac(path, audio.facts.sampling_rate) as write:
                    for block in audio.blocks():
                        row = block[channel - 1 if channel else 0]
                        pcm = to_pcm(row, 16).astype(np.int16, copy=False)
                        write(pcm)
                        peaks.add(pcm)
                    rate, num_samples = audio.facts.sampling_rate, audio.facts.num_samples
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return SourceSound(
            path=path, sampling_rate=rate, num_samples=num_samples, peaks=peaks.finish()
        )

    def _home(self) -> Path:
        with self._lock:
            if self._folder is None:
                parent = Path(tempfile.gettempdir())
                remove_left_behind(parent, _FOLDER)
                try:
                    self._folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{owner()}-", dir=parent))
                except OSError as error:
                    raise StorageError(f"cannot write {parent}: {error.strerror}") from error
            return self._folder

    def _make_room(self, kept: str) -> None:
        sizes = {
            key: sound.path.stat().st_size
            for key, sound in self._found.items()
            if sound.path.exists()
        }
        for key in [key for key in self._found if key != kept]:
            if sum(sizes.values()) <= self.most_bytes:
                return
            sizes.pop(key, None)
            self._found.pop(key).path.unlink(missing_ok=True)


class _Peaks:
    """Least and greatest sample of every hundredth of a second, made while samples pass."""

    def __init__(self, sampling_rate: int) -> None:
        self._rate = sampling_rate
        self._made: list[NDArray[np.int8]] = []
        self._left = np.empty(0, np.int16)
        self._num_made = 0

    def add(self, pcm: "NDArray[np.int16]") -> None:
        self._left = np.concatenate([self._left, pcm])
        begun = self._edge(self._num_made)
        whole = (begun + len(self._left)) * PEAKS_PER_SECOND // self._rate - self._num_made
        if whole > 0:
            self._take(whole)

    def finish(self) -> bytes:
        if len(self._left):
            self._take(1)
        return b"".join(part.tobytes() for part in self._made)

    def _take(self, number: int) -> None:
        begun = self._edge(self._num_made)
        edges = [self._edge(self._num_made + k) - begun for k in range(number + 1)]
        last = min(edges[-1], len(self._left))
        starts = [edge for edge in edges[:-1] if edge < last]
        stretch = self._left[:last]
        pairs = np.stack(
            [np.minimum.reduceat(stretch, starts), np.maximum.reduceat(stretch, starts)], axis=1
        )
        self._made.append((pairs.astype(np.int32) * _PEAK_SCALE // 32767).astype(np.int8))
        self._left = self._left[last:]
        self._num_made += number

    def _edge(self, number: int) -> int:
        return -(-number * self._rate // PEAKS_PER_SECOND)
