"""The packets of an audio track to decoded frames, past damage, and on into joined files."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import av
from av.audio.frame import AudioFrame

from audioset.media.cut_off import find_cut_off
from audioset.media.open_file import Part, Parts, in_words
from audioset.media.steady import Form

if TYPE_CHECKING:
    from pathlib import Path

    from av.audio.stream import AudioStream
    from av.packet import Packet

# These decoders give a frame the rate of the one before it.
_LATE_RATES = frozenset(("mp3", "mp3float", "mp2", "mp2float", "mp1", "mp1float"))
# What players show and nobody hears: at the beginnings and ends of joined files.
_TAGS = (b"ID3", b"TAG", b"APETAGEX", b"LYRICSBEGIN")
_INFO_FRAMES = (b"Xing", b"Info", b"VBRI")
_INFO_BYTES = 200  # of a frame; these words stand in its beginning


class Packets:
    """Decodes one track, packet by packet.

    Attributes:
        part: the file that is read now, of those that are joined.
        codec: ffmpeg's name of its codec.
        header: the form of the sound that it began with, as its header says.
        num_damaged: packets that could not be decoded so far.
        damaged_seconds: how long these would have sounded, as far as the file says.
        unknown: what is new to the decoder in it; None when nothing is.
        stopped: why reading ended before the end of the file; None when it did not.
        cut_off: how the file breaks off; None when it does not.
        declared_seconds: what the headers claim so far; None when one claims nothing.
        position_bytes: how far the file was read.
    """

    def __init__(self, path: "Path", parts: Parts) -> None:
        self._path = path
        self._parts = parts
        self.part = parts.first
        self._context = self.part.stream.codec_context
        self.codec: str = self._context.name
        self._form = Form(
            self._context.sample_rate or 0,
            self._context.layout.name if self._context.channels else "",
            self._context.format.name if self._context.format else "",
            self._context.channels or 0,
        )
        self.header = self._form
        self.num_damaged = 0
        self.damaged_seconds = 0.0
        self.unknown: str | None = None
        self.stopped: str | None = None
        self.cut_off: str | None = None
        self.declared_seconds = declared_seconds(self.part)
        self.position_bytes = 0

    def frames(self) -> Iterator[list[AudioFrame]]:
        """Yield what each packet holds.

        A damaged packet is left out, a file that breaks off ends it.
        """
        yield from self._of_part()
        for part in self._parts.later():
            self.part, self._context = part, part.stream.codec_context
            self.codec = self._context.name
            claimed, before = declared_seconds(part), self.declared_seconds
            self.declared_seconds = None if claimed is None or before is None else before + claimed
            yield from self._of_part()

    def form(self, frame: AudioFrame) -> Form:
        """Tell the form of the frame that was decoded last."""
        # Called for every frame, of which there may be millions.
        rate = frame.sample_rate
        if self.codec in _LATE_RATES:
            rate = self._context.sample_rate or rate
        name, channels, last = frame.format.name, frame.layout.nb_channels, self._form
        if (
            rate == last.sampling_rate
            and name == last.sample_format
            and channels == last.channels
            # To ask for the name of a layout takes longer than all the rest.
            and (channels <= 2 or frame.layout.name == last.layout)
        ):
            return last
        self._form = Form(rate, frame.layout.name, name, channels)
        return self._form

    def sentences(self) -> tuple[str, ...]:
        """Say what was wrong so far."""
        found = []
        if self._parts.num_parts > 1:
            found.append(
                f"{self._parts.num_parts:,} files are joined in it, and were read one after another"
            )
        found += self._parts.problems
        if self.num_damaged:
            long = f" ({self.damaged_seconds:.2f} s)" if self.damaged_seconds else ""
            found.append(f"{self.num_damaged} damaged packets{long} were left out")
        if self.unknown:
            found.append(self.unknown)
        if self.cut_off:
            found.append(self.cut_off)
        if self.stopped:
            found.append(f"reading stopped early: {self.stopped}")
        return tuple(found)

    def _of_part(self) -> Iterator[list[AudioFrame]]:
        try:
            yield from self._decoded()
        except av.error.EOFError:
            pass
        except (av.error.FFmpegError, OSError) as error:
            # What was decoded so far is whole.
            self.stopped = in_words(error)
        except IndexError:  # PyAV: the sound of a track that was not there when it was opened
            self.stopped = "a new track begins there, which cannot be followed"
        part = self.part
        found = find_cut_off(self._path, part.opened.format.name, part.start, part.end)
        self.cut_off = self.cut_off or found

    def _decoded(self) -> Iterator[list[AudioFrame]]:
        part = self.part
        for packet in part.opened.demux(part.stream):
            self.position_bytes = part.start + packet.pos if packet.pos else self.position_bytes
            try:
                yield packet.decode()
            except av.error.EOFError:
                raise
            except av.error.FFmpegError as error:
                if isinstance(error, av.error.PatchWelcomeError):
                    self.unknown = in_words(error)
                yield from self._damaged(packet)

    def _damaged(self, packet: "Packet[AudioStream]") -> Iterator[list[AudioFrame]]:
        """Find out whether anything to be heard is lost with a packet."""
        data = bytes(packet)
        sound = _without_tags(data)
        if sound != data:
            if not sound or any(word in sound[:_INFO_BYTES] for word in _INFO_FRAMES):
                return
            try:
                yield self.part.stream.codec_context.decode(av.Packet(sound))
            except av.error.FFmpegError:
                pass
            else:
                return
        self.num_damaged += 1
        if packet.duration and packet.time_base:
            self.damaged_seconds += float(packet.duration * packet.time_base)


def declared_seconds(part: Part) -> float | None:
    """Give how long the header says that the sound is; None when it does not say."""
    opened, stream = part.opened, part.stream
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    # The container's length may be that of a longer video: only believed for audio alone.
    if opened.duration is not None and not opened.streams.video:
        return float(opened.duration / av.time_base)
    return None


def _without_tags(data: bytes) -> bytes:
    """Leave out what stands before the sound.

    Source: ID3v2.4 structure, 3.1 (length in four times seven bits); ID3v1 is 128 bytes.
    """
    while data.startswith(_TAGS):
        if data.startswith(b"ID3") and len(data) >= 10:
            size = 0
            for byte in data[6:10]:
                size = size << 7 | byte & 0x7F
            data = data[10 + size :]
        elif data.startswith(b"TAG"):
            data = data[128:]
        else:
            return b""
    return data
