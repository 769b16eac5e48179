"""The packets of an audio track to decoded frames, past damage, and on into joined files."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import av
from av.audio.frame import AudioFrame

from audioset.media.between_packets import SkippedBytes, is_info_frame, without_tags
from audioset.media.checksums import checksum_errors, take_errors
from audioset.media.cut_off import find_cut_off
from audioset.media.open_file import Part, Parts, in_words
from audioset.media.steady import Form

if TYPE_CHECKING:
    from pathlib import Path

    from av.audio.stream import AudioStream
    from av.packet import Packet

# These decoders give a frame the rate of the one before it.
_LATE_RATES = frozenset(("mp3", "mp3float", "mp2", "mp2float", "mp1", "mp1float"))


class Packets:
    """Decodes one track, packet by packet.

    Attributes:
        part: the file that is read now, of those that are joined.
        codec: ffmpeg's name of its codec.
        header: the form of the sound that it began with, as its header says.
        num_damaged: packets that could not be decoded so far.
        num_marked: how often a packet had a wrong checksum or count.
        num_skipped_bytes: bytes between packets, in formats that have none there.
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
        self.num_marked = 0
        self.num_skipped_bytes = 0
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
        if self.num_marked:
            found.append(
                f"packets are damaged, by their checksums or counts (seen {self.num_marked} times)"
            )
        if self.num_skipped_bytes:
            found.append(f"{self.num_skipped_bytes:,} bytes inside are no sound, and were skipped")
        if self.unknown:
            found.append(self.unknown)
        if self.cut_off:
            found.append(self.cut_off)
        if self.stopped:
            found.append(f"reading stopped early: {self.stopped}")
        return tuple(found)

    def _of_part(self) -> Iterator[list[AudioFrame]]:
        try:
            with checksum_errors() as errors:
                yield from self._decoded(errors)
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

    def _decoded(self, errors: list[tuple[int, str, str]]) -> Iterator[list[AudioFrame]]:
        part = self.part
        skipped = SkippedBytes(self._path, part.opened.format.name, part.start, part.end)
        for packet in part.opened.demux(part.stream):
            self.position_bytes = part.start + packet.pos if packet.pos else self.position_bytes
            skipped.see(packet)
            self.num_marked += packet.is_corrupt
            try:
                frames = packet.decode()
                for frame in frames:
                    self.num_marked += frame.is_corrupt
                self.num_marked += take_errors(errors)
                yield frames
            except av.error.EOFError:
                raise
            except av.error.FFmpegError as error:
                if isinstance(error, av.error.PatchWelcomeError):
                    self.unknown = in_words(error)
                yield from self._damaged(packet)
        self.num_marked += take_errors(errors) + part.num_marked
        self.num_skipped_bytes += skipped.total()

    def _damaged(self, packet: "Packet[AudioStream]") -> Iterator[list[AudioFrame]]:
        """Find out whether anything to be heard is lost with a packet."""
        data = bytes(packet)
        sound = without_tags(data)
        if sound != data:
            if not sound or is_info_frame(sound):
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
