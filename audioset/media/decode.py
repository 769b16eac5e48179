"""Media files to samples: open safely, decode once from the start, count what was decoded.

The clock of a source is its decoded samples, counted from the first. Headers are never believed:
they give hints that are compared with what was found.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import av
import numpy as np
from av.audio.frame import AudioFrame, format_dtypes

from audioset.errors import MediaError, NotFoundError
from audioset.media.clock_watch import ClockWatch
from audioset.media.cut_off import find_cut_off
from audioset.records.player_clock import PlayerClock

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from numpy.typing import NDArray

# Both lists are needed. Without the first, a playlist named .mp4 makes ffmpeg read other local
# files; without the second, it can fetch URLs.
_FORMATS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,flac,flv,matroska,webm,mov,mp4,m4a,3gp,mp3,mpeg,mpegts,"
    "nistsphere,ogg,w64,wav,wv"
)
OPEN_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": _FORMATS}

SAMPLING_RATE_RANGE = (1_000, 384_000)  # Hz; what real recorders make, and FLAC can hold
MAX_CHANNELS = 64
# Ten hours of silence are 5 MB of FLAC: the limit must be on what is decoded, not on file size.
MAX_SOURCE_SECONDS = 48 * 3600
_SAMPLE_FORMATS = frozenset({"u8", "s16", "s32", "flt", "dbl"})
BLOCK_SECONDS = 1.0  # of what is handed on at once; the samples are the same for any
_CLOCK_TOLERANCE_SECONDS = 0.002  # below this lies the rounding of timestamps
# Headers of mp3 and mkv are estimates; a gap below this is not worth a warning.
_DECLARED_TOLERANCE_SECONDS = 0.5
_DECLARED_TOLERANCE_SHARE = 0.01

# Down-mix of layouts with a centre channel: ITU-R BS.775-3 table 2, low-frequency effects left
# out, weights scaled to a sum of 1 so that the mix cannot clip.
_CENTRE_MIX = {"FC": 1.0, "FL": 0.7071, "FR": 0.7071, "BL": 0.5, "BR": 0.5, "SL": 0.5, "SR": 0.5,
               "BC": 0.5, "LFE": 0.0}  # fmt: skip


class AudioFacts(Protocol):
    """What is known of an open audio track; `AudioReader` tells what the names mean."""

    container: str
    codec: str
    sampling_rate: int
    channels: int
    bit_depth: int
    declared_seconds: float | None
    start_seconds: float
    num_samples: int
    position_bytes: int

    @property
    def clock(self) -> PlayerClock:
        """That of a player, as far as the track was decoded."""

    def warnings(self) -> tuple[str, ...]:
        """Say what was wrong, after the last block."""


class AudioReader:
    """The audio track of one open source, decoded from its start as one mixed channel.

    Attributes:
        container: ffmpeg's name of the container as found.
        codec: ffmpeg's name of the audio codec.
        sampling_rate: in Hz.
        channels: of the track, before the mix.
        bit_depth: 24 for sources that hold more than 16 bits losslessly, else 16.
        declared_seconds: what the header claims; None when it claims nothing.
        start_seconds: of the first sample on the file's own clock, which players and subtitles
            beside the file go by; above 0 where the sound begins after the pictures.
        num_samples: decoded so far.
        num_damaged: packets that could not be decoded so far.
        stopped: why reading ended before the end of the file; None when it did not.
        position_bytes: how far the file was read.
    """

    def __init__(
        self, path: Path, opened: "InputContainer", stream: "AudioStream", choice: str
    ) -> None:
        self._path = path
        self._opened = opened
        self._stream = stream
        self._choice = choice
        self._tick_seconds = float(stream.time_base) if stream.time_base else None
        context = stream.codec_context
        self.container: str = opened.format.name
        self.codec: str = context.name
        self.sampling_rate: int = context.sample_rate or 0
        self.channels: int = context.channels or 0
        self.bit_depth = _bit_depth(self.codec, context.format.name if context.format else "")
        self.declared_seconds = _declared_seconds(opened, stream)
        self.start_seconds = _start_seconds(opened, stream)
        self.num_samples = 0
        self.num_damaged = 0
        self.stopped: str | None = None
        self._clock_watch = ClockWatch(self.container)
        self.position_bytes = 0
        self._check_limits()
        if choice == "right" and self.channels < 2:
            raise MediaError(f"{path}: has one channel only, there is no right one")

    @property
    def num_outputs(self) -> int:
        """How many rows a block has."""
        return self.channels if self._choice == "each" else 1

    def blocks(self) -> "Iterator[NDArray[np.float32]]":
        """Yield the samples in order: float32, shape (number of outputs, n), range [-1, 1].

        "mix" gives one output: stereo is the mean of both channels, more channels with a centre
        are mixed by BS.775, other layouts by their mean. "left" and "right" give that channel,
        "each" gives all of them.

        Raises:
            MediaError: nothing could be decoded, the sampling rate or the number of channels
                changes, or there is more than MAX_SOURCE_SECONDS of it.
        """
        for frame in self._large_frames():
            samples = self._choose(frame)
            self.num_samples += samples.shape[1]
            if self.num_samples > MAX_SOURCE_SECONDS * self.sampling_rate:
                raise MediaError(
                    f"{self._path}: more than {MAX_SOURCE_SECONDS // 3600} hours of audio; "
                    "split the file"
                )
            yield samples
        if self.num_samples == 0:
            raise MediaError(f"{self._path}: holds no audio that can be decoded")

    def read(self) -> "NDArray[np.float32]":
        """Give the whole track at once, shape (number of outputs, n); see `blocks`.

        Raises:
            MediaError: as `blocks`.
        """
        return np.concatenate(list(self.blocks()), axis=1)

    def _choose(self, frame: AudioFrame) -> "NDArray[np.float32]":
        planes = _planes(frame)
        if self._choice == "mix":
            return _bounded(_mix(planes, frame))[None]
        if len(planes) != self.channels:
            raise MediaError(
                f"{self._path}: the number of channels changes from {self.channels} to "
                f"{len(planes)} at {self.num_samples / self.sampling_rate:.1f} s; "
                "cut it with --channels mix"
            )
        chosen = {"left": slice(0, 1), "right": slice(1, 2), "each": slice(None)}[self._choice]
        return np.stack([_bounded(plane.astype(np.float32)) for plane in planes[chosen]])

    def warnings(self) -> tuple[str, ...]:
        """Say what was wrong, after the last block, although the file could be used."""
        found = []
        if self.num_damaged:
            found.append(f"{self.num_damaged} damaged packets were left out")
        found += self._clock_watch.sentences()
        cut_off = find_cut_off(self._path, self.container)
        if cut_off:
            found.append(cut_off)
        if self.stopped:
            found.append(f"reading stopped early: {self.stopped}")
        # A gap belongs to the length that a header announces.
        declared = self.declared_seconds
        decoded = self.num_samples / self.sampling_rate + self._clock_watch.missing_seconds
        if declared is not None:
            tolerance = max(_DECLARED_TOLERANCE_SECONDS, _DECLARED_TOLERANCE_SHARE * declared)
            if decoded < declared - tolerance:
                found.append(
                    f"shorter than announced: the header says {declared:.1f} s, "
                    f"{decoded:.1f} s are there"
                )
            elif decoded > declared + tolerance:
                found.append(
                    f"longer than announced: the header says {declared:.1f} s, "
                    f"{decoded:.1f} s are there"
                )
        return tuple(found)

    def _large_frames(self) -> Iterator[AudioFrame]:
        """Join decoded frames (1,024 samples of AAC) to large ones: every call costs in Python."""
        size = round(BLOCK_SECONDS * self.sampling_rate)
        fifo = av.AudioFifo()
        for frames in self._packets():
            for frame in frames:
                if frame.sample_rate != self.sampling_rate:
                    raise self._rate_changes(frame.sample_rate, fifo.samples)
                self._watch_clock(frame, fifo.samples)
                frame.pts = None  # the samples are the clock; the fifo would refuse gaps
                try:
                    fifo.write(frame)
                except ValueError:  # another number of channels or sample format from here on
                    yield from _drain(fifo)
                    fifo = av.AudioFifo()
                    fifo.write(frame)
            # While it doubts, the clock may still say that a gap lies before what waits here.
            if fifo.samples >= (4 * size if self._clock_watch.doubts else size):
                yield from _drain(fifo)
        self._clock_watch.finish()
        yield from _drain(fifo)

    def _packets(self) -> Iterator[list[AudioFrame]]:
        """Decode packet by packet; a damaged one is left out, a file that breaks off ends it."""
        try:
            for packet in self._opened.demux(self._stream):
                self.position_bytes = packet.pos or self.position_bytes
                try:
                    yield packet.decode()
                except av.error.EOFError:
                    raise
                except av.error.FFmpegError:
                    self.num_damaged += 1
        except av.error.EOFError:
            return
        except (av.error.FFmpegError, OSError) as error:
            # What was decoded so far is whole.
            self.stopped = error.strerror or str(error)

    def _rate_changes(self, new_rate: int, num_waiting: int) -> MediaError:
        at = (self.num_samples + num_waiting) / self.sampling_rate
        return MediaError(
            f"{self._path}: the sampling rate changes from {self.sampling_rate} to "
            f"{new_rate} Hz at {at:.1f} s; split the file there"
        )

    @property
    def clock(self) -> PlayerClock:
        """What a player shows at which sample; it is right for all samples that were given."""
        return self._clock_watch.clock

    def _watch_clock(self, frame: AudioFrame, num_waiting: int) -> None:
        """Compare the time that a frame claims with the samples before it."""
        if frame.pts is not None and self._tick_seconds is not None:
            self._clock_watch.see(
                frame.pts * self._tick_seconds,
                (self.num_samples + num_waiting) / self.sampling_rate,
                frame.samples / self.sampling_rate,
            )

    def _check_limits(self) -> None:
        low, high = SAMPLING_RATE_RANGE
        if not low <= self.sampling_rate <= high:
            raise MediaError(
                f"{self._path}: sampling rate {self.sampling_rate} Hz is not believable "
                f"(audioset reads {low} to {high} Hz)"
            )
        sample_format = self._stream.codec_context.format
        if sample_format is None or sample_format.name.rstrip("p") not in _SAMPLE_FORMATS:
            raise MediaError(
                f"{self._path}: samples of format {sample_format and sample_format.name} are not "
                "supported; convert the file to 16, 24 or 32 bits"
            )
        if not 1 <= self.channels <= MAX_CHANNELS:
            raise MediaError(
                f"{self._path}: {self.channels} channels (audioset reads 1 to {MAX_CHANNELS})"
            )


@contextmanager
def open_audio(path: Path, *, track: int = 1, channels: str = "mix") -> Iterator[AudioReader]:
    """Open an audio track of a media file.

    Args:
        path: of a local file.
        track: number of the audio track, from 1.
        channels: "mix", "left", "right" or "each"; see `AudioReader.blocks`.

    Raises:
        NotFoundError: no such file.
        MediaError: not a media file, damaged beyond use, or without such an audio track.
    """
    try:
        if path.stat().st_size == 0:
            raise MediaError(f"{path}: the file is empty (0 bytes)")
        opened = av.open(str(path.absolute()), options=OPEN_OPTIONS, metadata_errors="replace")
    except FileNotFoundError as error:
        raise NotFoundError(f"{path}: no such file") from error
    except av.error.FFmpegError as error:
        raise MediaError(f"{path}: {_explain(error)}") from error
    except OSError as error:
        raise MediaError(f"{path}: cannot be read ({error.strerror or error})") from error
    with opened:
        tracks = opened.streams.audio
        if not tracks:
            kinds = ", ".join(sorted({stream.type for stream in opened.streams})) or "nothing"
            raise MediaError(f"{path}: no audio track (the file holds {kinds})")
        if track > len(tracks):
            raise MediaError(
                f"{path}: no audio track {track} (the file holds {len(tracks)}, counted from 1)"
            )
        yield AudioReader(path, opened, tracks[track - 1], channels)


def _explain(error: av.error.FFmpegError) -> str:
    if isinstance(error, av.error.InvalidDataError | av.error.ArgumentError):
        return "not a media file, or its index is missing or damaged"
    return f"cannot be opened ({error.strerror})"


def _declared_seconds(opened: "InputContainer", stream: "AudioStream") -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    # The container's length may be that of a longer video: only believed for audio alone.
    if opened.duration is not None and not opened.streams.video:
        return float(opened.duration / av.time_base)
    return None


def _start_seconds(opened: "InputContainer", stream: "AudioStream") -> float:
    if stream.start_time is None or stream.time_base is None or opened.start_time is None:
        return 0.0
    late = float(stream.start_time * stream.time_base) - opened.start_time / av.time_base
    return late if late >= _CLOCK_TOLERANCE_SECONDS else 0.0


def _bit_depth(codec: str, sample_format: str) -> int:
    """Lossless sources with 32-bit samples hold 24 bits that are worth keeping; lossy ones not."""
    lossless = codec.startswith(("pcm_", "flac", "alac", "wavpack", "ape"))
    return 24 if lossless and sample_format.rstrip("p") in ("s32", "flt", "dbl") else 16


# numpy type of decoded integers -> (what stands for zero, full scale)
_INTEGERS = {"uint8": (128, 128.0), "int16": (0, 32768.0), "int32": (0, 2147483648.0)}


def _drain(fifo: av.AudioFifo) -> Iterator[AudioFrame]:
    frame = fifo.read(0, True)  # noqa: FBT003  all that is there
    if frame is not None and frame.samples:
        yield frame


def _planes(frame: AudioFrame) -> "list[NDArray[Any]]":
    """Give each channel of a frame, shape (n,), where it lies; integers scaled to [-1, 1)."""
    dtype = np.dtype(format_dtypes[frame.format.name])
    lying: Any = frame.planes  # buffers
    if frame.format.is_planar:
        planes = [np.frombuffer(plane, dtype, frame.samples) for plane in lying]
    else:
        channels = frame.layout.nb_channels
        mixed = np.frombuffer(lying[0], dtype, frame.samples * channels)
        planes = list(mixed.reshape(-1, channels).T)
    return [_scaled(plane) for plane in planes] if dtype.name in _INTEGERS else planes


def _scaled(plane: "NDArray[Any]") -> "NDArray[Any]":
    zero, full_scale = _INTEGERS[plane.dtype.name]
    wide = np.float64 if plane.dtype == np.int32 else np.float32
    scaled: NDArray[Any] = np.divide(np.subtract(plane, zero, dtype=wide), full_scale, dtype=wide)
    return scaled


def _mix(planes: "list[NDArray[Any]]", frame: AudioFrame) -> "NDArray[np.float32]":
    """Mix channels to one, shape (n,): sample by sample, so that the block size cannot matter."""
    channels = len(planes)
    names = [channel.name for channel in frame.layout.channels]
    if channels > 2 and "FC" in names:
        weights = [_CENTRE_MIX.get(name, 0.0) for name in names]
        scaled = [w / sum(weights) * plane for w, plane in zip(weights, planes, strict=True) if w]
        return np.asarray(sum(scaled[1:], scaled[0]), np.float32)
    if channels == 2:
        mixed = np.add(planes[0], planes[1])
        mixed *= 0.5
        return np.asarray(mixed, np.float32)
    return np.asarray(np.mean(planes, axis=0) if channels > 1 else planes[0], np.float32)


def _bounded(samples: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Keep float sources within [-1, 1]; what is not a number becomes silence."""
    if samples.max(initial=0.0) <= 1.0 and samples.min(initial=0.0) >= -1.0:  # false for nan
        return samples
    return np.clip(np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0), -1.0, 1.0)
