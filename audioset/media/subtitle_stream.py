"""Subtitles inside a media file: a text stream of an mp4 or mkv to cues."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
from av.subtitles.subtitle import AssSubtitle, SubtitleSet

from audioset.errors import MediaError, NotFoundError
from audioset.media.apart.ask import apart
from audioset.media.ass_text import plain_ass
from audioset.media.open_file import in_words, open_media
from audioset.records.cue import Cue
from audioset.wording import count

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.subtitles.stream import SubtitleStream

_IMAGE_CODECS = frozenset(
    ("dvdsub", "dvd_subtitle", "dvbsub", "dvb_subtitle", "pgssub", "hdmv_pgs_subtitle", "xsub")
)
# ffmpeg gives every kind of text subtitle as an ASS event without its times:
# ReadOrder, Layer, Style, Name, MarginL, MarginR, MarginV, Effect, Text.
_NAME, _TEXT, _FIELDS = 3, 8, 9


# Of these ffmpeg's decoder loses voices and inline times: their texts are taken as they stand.
_AS_IN_FILES = {"webvtt": "vtt", "subrip": "srt", "srt": "srt"}
_BOX = 8  # bytes before what is in a box of MP4: its size and its name


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCues:
    r"""What a subtitle stream holds.

    Attributes:
        cues: in order; texts keep their line breaks as `\n`.
        markup: "vtt" or "srt" where the texts still have the tags of those files; None where they
            have none.
        num_damaged: events that could not be read.
    """

    cues: tuple[Cue, ...]
    markup: str | None = None
    num_damaged: int = 0


def read_subtitle_stream(path: Path, *, stream: int = 1) -> StreamCues:
    """Read the cues of one subtitle stream (mov_text, webvtt, subrip, ass, ssa).

    Times are those of a player: from the start of the file, wherever its timestamps begin. The name
    field of ASS is the speaker.

    Args:
        path: the media file.
        stream: which of its subtitle streams, from 1.

    Raises:
        NotFoundError: no such file, or no such stream.
        MediaError: not a media file, damaged beyond use, or subtitles that are pictures.
    """
    with apart(path, _read_stream, path, stream) as answers:
        (found,) = answers
    return cast(StreamCues, found)


def _read_stream(path: Path, stream: int) -> Iterator[StreamCues]:
    with open_media(path) as opened:
        chosen = _choose(path, opened, stream)
        try:
            yield _read(opened, chosen)
        except (av.error.FFmpegError, OSError) as error:
            raise MediaError(
                f"{path}: subtitle stream {stream} cannot be read ({in_words(error)})"
            ) from error


def _choose(path: Path, opened: "InputContainer", stream: int) -> "SubtitleStream":
    there = opened.streams.subtitles
    if not 1 <= stream <= len(there):
        raise NotFoundError(
            f"{path}: no subtitle stream {stream}; the file has "
            + count(len(there), "subtitle stream")
        )
    chosen = there[stream - 1]
    codec = chosen.codec_context.name if chosen.codec_context else "unknown"
    if codec in _IMAGE_CODECS:
        raise MediaError(
            f"{path}: subtitle stream {stream} holds pictures of text ({codec}); turn them into "
            "text with an OCR program for subtitles and give the file"
        )
    if chosen.codec_context is None:
        raise MediaError(f"{path}: subtitle stream {stream} is of a kind that cannot be read")
    return chosen


def _read(opened: "InputContainer", stream: "SubtitleStream") -> StreamCues:
    # Read first: demuxing may refine it. Below 0 lies priming that the decoder drops.
    origin = Fraction(max(0, opened.start_time or 0), av.time_base)
    markup = _AS_IN_FILES.get(stream.codec_context.name)
    cues: list[Cue] = []
    num_damaged = 0
    for packet in opened.demux(stream):
        if packet.pts is None or packet.time_base is None:
            continue
        try:
            text, speaker = (_as_it_stands(bytes(packet)), None) if markup else _decoded(packet)
        except av.error.EOFError:
            break
        except (av.error.FFmpegError, _DamagedEventError):
            num_damaged += 1  # one event; the others are whole
            continue
        if not text:
            continue  # mp4 fills the pauses with empty events
        start = packet.pts * packet.time_base - origin
        cues.append(
            Cue(
                start_seconds=float(start),
                end_seconds=float(start + (packet.duration or 0) * packet.time_base),
                text=text,
                speaker=speaker,
            )
        )
    return StreamCues(cues=tuple(cues), markup=markup, num_damaged=num_damaged)


class _DamagedEventError(ValueError):
    """An event that is not what its kind should be."""


def _decoded(packet: "av.Packet[SubtitleStream]") -> tuple[str, str | None]:
    """Give the text of an event, and who says it."""
    events = [each.ass.decode("utf-8", "replace") for each in _texts(packet.decode())]
    fields = [event.split(",", _FIELDS - 1) for event in events]
    if any(len(each) != _FIELDS for each in fields):
        raise _DamagedEventError
    speakers = {each[_NAME].strip() for each in fields}
    text = "\n".join(plain_ass(each[_TEXT]) for each in fields).strip()
    return text, (speakers.pop() or None) if len(speakers) == 1 else None


def _as_it_stands(data: bytes) -> str:
    """Give the text of an event of WebVTT or SRT, also from the boxes that MP4 keeps it in."""
    if data[4:_BOX] in (b"vttc", b"vtte", b"vttx"):
        cues = [inside for name, inside in _boxes(data) if name == b"vttc"]
        data = b"\n".join(inside for cue in cues for name, inside in _boxes(cue) if name == b"payl")
    return data.rstrip(b"\0").decode("utf-8", "replace").replace("\r", "").strip()


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    while data:
        size = int.from_bytes(data[:4])
        if not _BOX <= size <= len(data):
            raise _DamagedEventError
        yield data[4:_BOX], data[_BOX:size]
        data = data[size:]


def _texts(shown: Sequence[object]) -> Iterator[AssSubtitle]:
    for each in shown:
        for part in each if isinstance(each, SubtitleSet) else (each,):
            if isinstance(part, AssSubtitle):
                yield part
