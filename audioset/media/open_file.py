"""Open a media file safely: only what it holds itself, by formats that are known to hold sound."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

import av

from audioset.errors import MediaError, NotFoundError, as_option
from audioset.media.channels.tracks import default_track
from audioset.media.checksums import checksum_errors, take_errors
from audioset.media.joined.file_part import FilePart
from audioset.media.joined.parts import find_parts
from audioset.media.recognise import say_packed_sphere, say_what_it_is

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

# Both lists are needed. Without the first, a playlist named .mp4 makes ffmpeg read other local
# files; without the second, it can fetch URLs.
_FORMATS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,flac,flv,matroska,webm,mov,mp4,m4a,3gp,mp3,mpeg,mpegts,"
    "nistsphere,ogg,w64,wav,wv"
)
_CHECKED = {"format_whitelist": _FORMATS, "err_detect": "crccheck"}
_FILE = {**_CHECKED, "protocol_whitelist": "file"}
_PART = {**_CHECKED, "protocol_whitelist": "none"}


@dataclass(slots=True)
class Part:
    """One media file of those that a file holds.

    Attributes:
        start, end: its first byte, and the one after its last.
        opened: with ffmpeg.
        stream: the track that was asked for.
        num_marked: wrong checksums that were seen when it was opened.
        tick_seconds: unit of its timestamps; None when it has none.
    """

    start: int
    end: int
    opened: "InputContainer"
    stream: "AudioStream"
    num_marked: int = 0
    tick_seconds: float | None = field(init=False)

    def __post_init__(self) -> None:
        """Look the unit of its timestamps up once; it is needed for every frame."""
        self.tick_seconds = float(self.stream.time_base) if self.stream.time_base else None


def open_media(path: Path) -> "InputContainer":
    """Open a file with ffmpeg.

    Raises:
        NotFoundError: no such file.
        MediaError: not a media file, or damaged beyond use.
    """
    try:
        if path.stat().st_size == 0:
            raise MediaError(f"{path}: the file is empty (0 bytes)")
        return av.open(str(path.absolute()), options=_FILE, metadata_errors="replace")
    except FileNotFoundError as error:
        raise NotFoundError(f"{path}: no such file") from error
    except av.error.FFmpegError as error:
        raise MediaError(f"{path}: {_explain(error, path)}") from error
    except OSError as error:
        raise MediaError(f"{path}: cannot be read ({error.strerror or error})") from error


def _explain(error: av.error.FFmpegError, path: Path) -> str:
    if isinstance(error, av.error.InvalidDataError | av.error.ArgumentError | av.error.EOFError):
        return say_what_it_is(path)
    return in_words(error)


def in_words(error: Exception) -> str:
    """Say what ffmpeg, or the system, says of a file, in words of who has the file."""
    if isinstance(error, av.error.PatchWelcomeError):
        return "it is of a kind that the decoder does not know yet; convert it with another program"
    if isinstance(error, av.error.DecoderNotFoundError | av.error.DemuxerNotFoundError):
        return "there is no decoder for it here; convert it with another program"
    if isinstance(error, av.error.InvalidDataError):
        return "the file is damaged there"
    return f"it cannot be read ({getattr(error, 'strerror', None) or error})"


def _why_no_decoder(path: Path, others: list[str]) -> str:
    """Say that a track cannot be decoded, and which others can."""
    cure = f"take {as_option('track', others[0])}" if others else "convert it with another program"
    why = f"its sound is in a codec that there is no decoder for here; {cure}"
    return say_packed_sphere(path) or why


class Parts:
    """The media files that one file holds: nearly always one, more where files were joined.

    Attributes:
        first: is open.
        num_parts: how many there are.
        problems: what is wrong with those that were opened so far, a sentence each.
    """

    def __init__(self, path: Path, track: int | None) -> None:
        """Open the first; without a number of a track, at the one that is meant for all.

        Raises:
            NotFoundError, MediaError: as `open_media`, or there is no such audio track.
        """
        self._path, self._track = path, track
        self._file: IO[bytes] | None = None
        self._open: InputContainer | None = None
        self.problems: list[str] = []
        try:
            self._places = find_parts(path)
        except (OSError, ValueError):  # said better by who opens it
            self._places = [(0, 0)]
        self.num_parts = len(self._places)
        try:
            with checksum_errors() as errors:
                opened = open_media(path) if self.num_parts == 1 else self._open_part(0)
            self._open = opened
            marked = take_errors(errors)
            self.first = Part(*self._places[0], opened, self._choose(opened), marked)
        except BaseException:
            self.close()
            raise

    @property
    def track(self) -> int:
        """Number of the audio track that is read, from 1."""
        return self._track or 1

    def close(self) -> None:
        """Close what is open."""
        if self._open is not None:
            self._open.close()
            self._open = None
        if self._file is not None:
            self._file.close()

    def later(self) -> Iterator[Part]:
        """Open the others, one after another; closes the one before."""
        for number in range(1, self.num_parts):
            if self._open is not None:
                self._open.close()
                self._open = None
            start, end = self._places[number]
            try:
                with checksum_errors() as errors:
                    self._open = self._open_part(number)
                stream, marked = self._choose(self._open), take_errors(errors)
                yield Part(start, end, self._open, stream, marked)
            except MediaError as error:
                why = str(error).removeprefix(f"{self._path}: ")
                self.problems.append(
                    f"file {number + 1} of those joined in it, from byte {start:,} on, was left "
                    f"out: {why}"
                )

    def _open_part(self, number: int) -> "InputContainer":
        if self._file is None:
            self._file = self._path.open("rb")
        piece = FilePart(self._file, *self._places[number])
        try:
            return av.open(piece, "r", options=_PART, metadata_errors="replace")
        except av.error.FFmpegError as error:
            raise MediaError(f"{self._path}: {in_words(error)}") from error

    def _choose(self, opened: "InputContainer") -> "AudioStream":
        path, track, tracks = self._path, self._track, opened.streams.audio
        if not tracks:
            kinds = ", ".join(sorted({stream.type for stream in opened.streams})) or "nothing"
            raise MediaError(f"{path}: no audio track (the file holds {kinds})")
        if track is None:
            track = self._track = default_track(tracks)
        if track > len(tracks):
            raise MediaError(
                f"{path}: no audio track {track} (the file holds {len(tracks)}, counted from 1)"
            )
        chosen = tracks[track - 1]
        others = [str(n) for n, each in enumerate(tracks, 1) if each.codec_context is not None]
        if chosen.codec_context is None:
            raise MediaError(f"{path}: {_why_no_decoder(path, others)}")
        # Checksums are looked at only when asked for.
        chosen.codec_context.options = {"err_detect": "crccheck"}
        return chosen
