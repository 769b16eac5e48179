"""Media files to samples: open safely, decode once from the start, count what was decoded.

The clock of a source is its decoded samples, counted from the first. Headers are never believed:
they give hints that are compared with what was found.
"""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import av
import numpy as np
from av.audio.frame import AudioFrame

from audioset.errors import MediaError
from audioset.media.channels.choose_sound import Sound, choose_sound
from audioset.media.channels.mix import holds_floats, mixed, planes_of, worth_bits
from audioset.media.channels.watch import ChannelWatch
from audioset.media.clock_watch import ClockWatch
from audioset.media.levels import Levels
from audioset.media.open_file import Part, Parts
from audioset.media.packets import Packets
from audioset.media.recognise import say_packed_sphere
from audioset.media.steady import Form, Steady, names_of, to_channels
from audioset.records.player_clock import PlayerClock

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLING_RATE_RANGE = (1_000, 384_000)  # Hz; what real recorders make, and FLAC can hold
MAX_CHANNELS = 64
# Ten hours of silence are 5 MB of FLAC: the limit must be on what is decoded, not on file size.
MAX_SOURCE_SECONDS = 48 * 3600
_SAMPLE_FORMATS = frozenset({"u8", "s16", "s32", "flt", "dbl"})
BLOCK_SECONDS = 1.0  # of what is handed on at once; the samples are the same for any
# Of these, one that is what the header says decides the form of the sound.
_FIRST_FRAMES, _FIRST_PACKETS = 6, 100
_BLOCKS_IN_DOUBT = 4  # so much is held back at most while timestamps contradict each other
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


class AudioFacts(Protocol):
    """What is known of an open audio track; `AudioReader` tells what the names mean."""

    container: str
    codec: str
    track: int
    heard: str
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

    @property
    def clock(self) -> PlayerClock:
        """That of a player, as far as the track was decoded."""

    def warnings(self) -> tuple[str, ...]:
        """Say what was wrong, after the last block."""

    def choices(self) -> tuple[str, ...]:
        """Say what was chosen and could be chosen otherwise, after the last block."""


class AudioReader:
    """The audio track of one open source, decoded from its start as one mixed channel.

    Attributes:
        container: ffmpeg's name of the container as found.
        codec: ffmpeg's name of the audio codec.
        track: number of the audio track, from 1.
        heard: "mix", "left", "right" or "each".
        sampling_rate: in Hz.
        channels: of the track, before the mix.
        bit_depth: 24 for sources that hold more than 16 bits losslessly, else 16.
        start_seconds: of the first sample on the file's own clock, which players and subtitles
            beside the file go by; above 0 where the sound begins after the pictures.
        num_samples: decoded so far.
    """

    def __init__(self, path: Path, parts: Parts, sound: Sound) -> None:
        self._path = path
        self.track, self.heard = sound.track, sound.channels
        self._packets = Packets(path, parts)
        self.container: str = parts.first.opened.format.name
        self.codec = self._packets.codec
        self.start_seconds = _start_seconds(parts.first)
        self.num_samples = 0
        self._clock_watch = ClockWatch(self.container)
        self._coming = self._packets.frames()
        self._form, self._names = self._read_first(self._packets.header)
        self.sampling_rate = self._form.sampling_rate
        self.channels = self._form.channels
        self.bit_depth = worth_bits(self.codec, self._form.sample_format)
        why = _why_not(self._form)
        if why:
            raise MediaError(f"{path}: {say_packed_sphere(path) or why}")
        self._levels = Levels(floats=holds_floats(self.codec, self._form.sample_format))
        self._channels = ChannelWatch(sound, self._names, self._form.layout)
        self._steady = Steady(self._form, self.num_outputs)
        if self.heard == "right" and self.channels < 2:
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
        return self.channels if self.heard == "each" else 1

    def blocks(self) -> "Iterator[NDArray[np.float32]]":
        """Yield the samples in order: float32, shape (number of outputs, n), full scale 1.

        Floating-point sources and lossy codecs may be louder than full scale.

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
        planes = planes_of(frame)
        if self.heard == "mix":
            mix = mixed(planes, names_of(frame))
            self._channels.add(planes, mix)
            return self._levels.believe(mix[None])
        if len(planes) != self.channels:
            planes = to_channels(
                planes, names_of(frame), self._names, mixed(planes, names_of(frame))
            )
        chosen = {"left": slice(0, 1), "right": slice(1, 2), "each": slice(None)}[self.heard]
        rows = np.stack([each.astype(np.float32) for each in planes[chosen]])
        self._channels.add(planes, rows[0])
        return self._levels.believe(rows)

    def choices(self) -> tuple[str, ...]:
        """Say what was chosen and could be chosen otherwise, after the last block."""
        return self._channels.choices()

    def warnings(self) -> tuple[str, ...]:
        """Say what was wrong, after the last block, although the file could be used."""
        watch = self._clock_watch
        found = [*self._packets.sentences(), *self._steady.sentences(), *watch.sentences()]
        found += [*self._levels.sentences(), *self._channels.warnings()]
        # A gap belongs to the length that a header announces.
        declared = self.declared_seconds
        decoded = self.num_samples / self.sampling_rate + watch.missing_seconds
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
                self._clock_watch.begin_anew()
                fifo, part = av.AudioFifo(), self._packets.part
            for frame in frames:
                form = self._packets.form(frame)
                if form is not now and form != now:
                    if _why_not(form):
                        self._packets.num_damaged += 1
                        continue
                    yield from _drain(fifo, now)
                    if form.sampling_rate != now.sampling_rate:  # timestamps go by the other
                        self._clock_watch.begin_anew()
                    fifo, now = av.AudioFifo(), form
                self._watch_clock(frame, form, fifo.samples)
                # The samples are the clock; the fifo would refuse gaps.
                frame.pts, frame.sample_rate = None, form.sampling_rate
                fifo.write(frame)
            # While it doubts, the clock may still say that a gap lies before what waits here.
            blocks = _BLOCKS_IN_DOUBT if self._clock_watch.doubts else 1
            if fifo.samples >= blocks * BLOCK_SECONDS * now.sampling_rate:
                yield from _drain(fifo, now)
        self._clock_watch.finish()
        yield from _drain(fifo, now)

    @property
    def clock(self) -> PlayerClock:
        """What a player shows at which sample; it is right for all samples that were given."""
        return self._clock_watch.clock

    def _watch_clock(self, frame: AudioFrame, form: Form, num_waiting: int) -> None:
        """Compare the time that a frame claims with the samples before it."""
        tick_seconds = self._packets.part.tick_seconds
        if frame.pts is not None and tick_seconds is not None:
            self._clock_watch.see(
                frame.pts * tick_seconds,
                self.num_samples / self.sampling_rate + num_waiting / form.sampling_rate,
                frame.samples / form.sampling_rate,
            )


@contextmanager
def open_audio(
    path: Path, *, track: int | None = None, channels: str = "mix"
) -> Iterator[AudioReader]:
    """Open an audio track of a media file.

    Args:
        path: of a local file.
        track: number of the audio track, from 1; None takes the one that is meant for all, and
            another when that is silent.
        channels: "mix", "left", "right" or "each"; see `AudioReader.blocks`. Where a mix would lose
            what is said, "mix" takes one channel.

    Raises:
        NotFoundError: no such file.
        MediaError: not a media file, damaged beyond use, or without such an audio track.
    """
    with ExitStack() as stack:
        parts = stack.enter_context(closing(Parts(path, track)))
        sound = choose_sound(path, parts.first.opened, track, channels)
        if sound.track != parts.track:
            parts = stack.enter_context(closing(Parts(path, sound.track)))
        yield AudioReader(path, parts, sound)


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


def _drain(fifo: av.AudioFifo, form: Form) -> Iterator[tuple[AudioFrame, Form]]:
    frame = fifo.read(0, True)  # noqa: FBT003  all that is there
    if frame is not None and frame.samples:
        yield frame, form
