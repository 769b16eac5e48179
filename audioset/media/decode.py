"""Media files to samples: open safely, decode once from the start, count what was decoded.

The clock of a source is its decoded samples, counted from the first. Headers are never believed:
they give hints that are compared with what was found.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import av
import numpy as np
from av.audio.frame import AudioFrame, format_dtypes

from audioset.errors import MediaError
from audioset.media.open_file import Part, Parts
from audioset.media.packets import Packets
from audioset.media.steady import Form, Steady, names_of, to_channels

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLING_RATE_RANGE = (1_000, 384_000)  # Hz; what real recorders make, and FLAC can hold
MAX_CHANNELS = 64
# Ten hours of silence are 5 MB of FLAC: the limit must be on what is decoded, not on file size.
MAX_SOURCE_SECONDS = 48 * 3600
_SAMPLE_FORMATS = frozenset({"u8", "s16", "s32", "flt", "dbl"})
BLOCK_SECONDS = 1.0  # of what is handed on at once; the samples are the same for any
# A jump of the timestamps from this on means lost sound; rounding in mkv and ts stays below.
_GAP_SECONDS = 0.05
# Of these, one that is what the header says decides the form of the sound.
_FIRST_FRAMES, _FIRST_PACKETS = 6, 100
_CLOCK_TOLERANCE_SECONDS = 0.002  # below this lies the rounding of timestamps
# ffmpeg reckons their length from the size and the first bits per second.
_WITHOUT_LENGTH = frozenset(("aac", "ac3", "mp3"))
# By how much sound may differ from what a header says, in seconds and as a share of it, before that
# is worth a warning: estimates, and headers that count samples or milliseconds.
_ESTIMATE, _COUNTED = (0.5, 0.01), (0.1, 0.0005)
_TOLERANCES = {
    "flac": (0.01, 0.0),
    **dict.fromkeys(
        (
            "wav",
            "w64",
            "avi",
            "flv",
            "aiff",
            "au",
            "caf",
            "wv",
            "ogg",
            "matroska,webm",
            "mov,mp4,m4a,3gp,3g2,mj2",
        ),
        _COUNTED,
    ),
}

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
    start_seconds: float
    num_samples: int

    @property
    def declared_seconds(self) -> float | None:
        """What the header claims; None when it claims nothing."""

    @property
    def position_bytes(self) -> int:
        """How far the file was read."""

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
        start_seconds: of the first sample on the file's own clock, which players and subtitles
            beside the file go by; above 0 where the sound begins after the pictures.
        num_samples: decoded so far.
        missing_seconds: length of gaps so far, by the timestamps: sound that is lost in the file.
    """

    def __init__(self, path: Path, parts: Parts, choice: str) -> None:
        self._path = path
        self._choice = choice
        self._packets = Packets(path, parts)
        self.container: str = parts.first.opened.format.name
        self.codec = self._packets.codec
        self.start_seconds = _start_seconds(parts.first)
        self.num_samples = 0
        self.missing_seconds = 0.0
        self._expected_seconds: float | None = None  # timestamp that the next frame should have
        self._coming = self._packets.frames()
        self._form, self._names = self._read_first(self._packets.header)
        self.sampling_rate = self._form.sampling_rate
        self.channels = self._form.channels
        self.bit_depth = _bit_depth(self.codec, self._form.sample_format)
        why = _why_not(self._form)
        if why:
            raise MediaError(f"{path}: {why}")
        self._steady = Steady(self._form, self.num_outputs)
        if choice == "right" and self.channels < 2:
            raise MediaError(f"{path}: has one channel only, there is no right one")

    def _read_first(self, header: Form) -> tuple[Form, list[str]]:
        """Decode the first frames: what a header says may be that of the middle, or nothing.

        What the first frame is holds, unless one soon after it is what the header says: the first
        packets of some codecs do not say all.
        """
        first: list[list[AudioFrame]] = []
        forms: list[tuple[Form, list[str]]] = []
        for frames in self._coming:
            first.append(frames)
            forms += [(self._packets.form(frame), names_of(frame)) for frame in frames]
            if len(forms) >= _FIRST_FRAMES or len(first) >= _FIRST_PACKETS:
                break
        self._coming = chain(first, self._coming)
        said = [each for each in forms if each[0] == header]
        return next(iter(said or forms), (header, []))

    @property
    def declared_seconds(self) -> float | None:
        """What the header claims; None when it claims nothing."""
        return self._packets.declared_seconds

    @property
    def num_damaged(self) -> int:
        """Packets that could not be decoded so far."""
        return self._packets.num_damaged

    @property
    def stopped(self) -> str | None:
        """Why reading ended before the end of the file; None when it did not."""
        return self._packets.stopped

    @property
    def position_bytes(self) -> int:
        """How far the file was read."""
        return self._packets.position_bytes

    @property
    def num_outputs(self) -> int:
        """How many rows a block has."""
        return self.channels if self._choice == "each" else 1

    def blocks(self) -> "Iterator[NDArray[np.float32]]":
        """Yield the samples in order: float32, shape (number of outputs, n), range [-1, 1].

        "mix" gives one output: stereo is the mean of both channels, more channels with a centre
        are mixed by BS.775, other layouts by their mean. "left" and "right" give that channel,
        "each" gives all of them. Where the form of the sound changes inside, it is brought to that
        of its beginning, and `warnings` tells it.

        Raises:
            MediaError: nothing could be decoded, or there is more than MAX_SOURCE_SECONDS of it.
        """
        for samples in self._steady_blocks():
            self.num_samples += samples.shape[1]
            if self.num_samples > MAX_SOURCE_SECONDS * self.sampling_rate:
                raise MediaError(
                    f"{self._path}: more than {MAX_SOURCE_SECONDS // 3600} hours of audio; "
                    "split the file"
                )
            yield samples
        if self.num_samples == 0:
            raise MediaError(f"{self._path}: holds no audio that can be decoded{self._why()}")

    def _why(self) -> str:
        """Say why there may be nothing, with a cure."""
        if self._packets.unknown or self._packets.stopped:
            return f"; {self._packets.unknown or self._packets.stopped}"
        if self.num_damaged:
            return (
                f": all its {self.num_damaged} packets of {self.codec} are damaged, or encrypted; "
                "play it in a media player to see"
            )
        return ""

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
            planes = to_channels(planes, names_of(frame), self._names, _mix(planes, frame))
        chosen = {"left": slice(0, 1), "right": slice(1, 2), "each": slice(None)}[self._choice]
        return np.stack([_bounded(plane.astype(np.float32)) for plane in planes[chosen]])

    def warnings(self) -> tuple[str, ...]:
        """Say what was wrong, after the last block, although the file could be used."""
        found = [*self._packets.sentences(), *self._steady.sentences()]
        if self.missing_seconds >= _GAP_SECONDS:
            found.append(
                f"{self.missing_seconds:.2f} s of sound are missing inside; times after that are "
                "earlier than in a player"
            )
        declared, decoded = self.declared_seconds, self.num_samples / self.sampling_rate
        if self._steady.changed and self.container in _WITHOUT_LENGTH:
            declared = None
        if declared is not None:
            least, share = _TOLERANCES.get(self.container, _ESTIMATE)
            tolerance = max(least, share * declared)
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

    def _steady_blocks(self) -> "Iterator[NDArray[np.float32]]":
        for frame, form in self._large_frames():
            seconds = self.num_samples / self.sampling_rate
            yield from self._steady.push(self._choose(frame), form, seconds)
        rest = self._steady.flush()
        if rest.shape[1]:
            yield rest

    def _large_frames(self) -> Iterator[tuple[AudioFrame, Form]]:
        """Join decoded frames (1,024 samples of AAC) to large ones: every call costs in Python.

        PyAV's fifo trusts its caller that all frames are alike: it crashes when channels vanish.
        """
        fifo, now, part = av.AudioFifo(), self._form, self._packets.part
        for frames in self._coming:
            if self._packets.part is not part:  # a joined file, with a clock of its own
                yield from _drain(fifo, now)
                fifo, part, self._expected_seconds = av.AudioFifo(), self._packets.part, None
            for frame in frames:
                form = self._packets.form(frame)
                if form != now:
                    if _why_not(form):
                        self._packets.num_damaged += 1
                        continue
                    yield from _drain(fifo, now)
                    fifo, now = av.AudioFifo(), form
                self._watch_clock(frame, form)
                # The samples are the clock; the fifo would refuse gaps.
                frame.pts, frame.sample_rate = None, form.sampling_rate
                fifo.write(frame)
            if fifo.samples >= BLOCK_SECONDS * now.sampling_rate:
                yield from _drain(fifo, now)
        yield from _drain(fifo, now)

    def _watch_clock(self, frame: AudioFrame, form: Form) -> None:
        """Find lost sound: a frame that claims to be later than the samples before it tell."""
        tick_seconds = self._packets.part.tick_seconds
        if frame.pts is None or tick_seconds is None:
            return
        claimed = frame.pts * tick_seconds
        if self._expected_seconds is not None:
            gap = claimed - self._expected_seconds
            if gap >= _GAP_SECONDS:
                self.missing_seconds += gap
        self._expected_seconds = claimed + frame.samples / form.sampling_rate


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
    with closing(Parts(path, track)) as parts:
        yield AudioReader(path, parts, channels)


def _why_not(form: Form) -> str | None:
    """Say why sound of this form is not read; None when it is."""
    low, high = SAMPLING_RATE_RANGE
    if not low <= form.sampling_rate <= high:
        return (
            f"sampling rate {form.sampling_rate} Hz is not believable "
            f"(audioset reads {low} to {high} Hz)"
        )
    if form.sample_format.rstrip("p") not in _SAMPLE_FORMATS:
        return (
            f"samples of format {form.sample_format or None} are not supported; convert the file "
            "to 16, 24 or 32 bits"
        )
    if not 1 <= form.channels <= MAX_CHANNELS:
        return f"{form.channels} channels (audioset reads 1 to {MAX_CHANNELS})"
    return None


def _start_seconds(part: Part) -> float:
    opened, stream = part.opened, part.stream
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


def _drain(fifo: av.AudioFifo, form: Form) -> Iterator[tuple[AudioFrame, Form]]:
    frame = fifo.read(0, True)  # noqa: FBT003  all that is there
    if frame is not None and frame.samples:
        yield frame, form


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
