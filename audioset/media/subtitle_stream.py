"""Subtitles inside a media file: a text stream of an mp4 or mkv to cues."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.subtitles.subtitle import AssSubtitle, SubtitleSet

from audioset.errors import MediaError, NotFoundError
from audioset.media.apart import apart
from audioset.media.ass_text import plain_ass
from audioset.media.open_file import in_words, open_media
from audioset.records.cue import Cue

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.subtitles.stream import SubtitleStream

_IMAGE_CODECS = frozenset(
    ("dvdsub", "dvd_subtitle", "dvbsub", "dvb_subtitle", "pgssub", "hdmv_pgs_subtitle", "xsub")
)
# ffmpeg gives every kind of text subtitle as an ASS event without its times:
# ReadOrder, Layer, Style, Name, MarginL, MarginR, MarginV, Effect, Text.
_NAME, _TEXT, _FIELDS = 3, 8, 9


def read_subtitle_stream(path: Path, *, stream: int = 1) -> list[Cue]:
    r"""Read the cues of one subtitle stream (mov_text, webvtt, subrip, ass, ssa).

    Times are those of a player: from the start of the file, wherever its timestamps begin. Texts
    keep their line breaks as `\n`, without markup; the name field of ASS is the speaker. Voices and
    inline times of WebVTT are lost in ffmpeg's decoder.

    Args:
        path: the media file.
        stream: which of its subtitle streams, from 1.

    Raises:
        NotFoundError: no such file, or no such stream.
        MediaError: not a media file, damaged beyond use, or subtitles that are pictures.
    """
    with apart(path, _read_stream, path, stream) as answers:
        return list(answers)


def _read_stream(path: Path, stream: int) -> Iterator[Cue]:
    with open_media(path) as opened:
        chosen = _choose(path, opened, stream)
        try:
            yield from _read(opened, chosen)
        except (av.error.FFmpegError, OSError) as error:
            raise MediaError(
                f"{path}: subtitle stream {stream} cannot be read ({in_words(error)})"
            ) from error


def _choose(path: Path, opened: "InputContainer", stream: int) -> "SubtitleStream":
    there = opened.streams.subtitles
    if not 1 <= stream <= len(there):
        count = f"{len(there)} subtitle stream{'' if len(there) == 1 else 's'}"
        raise NotFoundError(f"{path}: no subtitle stream {stream}; the file has {count}")
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


def _read(opened: "InputContainer", stream: "SubtitleStream") -> list[Cue]:
    # Read first: demuxing may refine it. Below 0 lies priming that the decoder drops.
    origin = Fraction(max(0, opened.start_time or 0), av.time_base)
    cues: list[Cue] = []
    for packet in opened.demux(stream):
        if packet.pts is None or packet.time_base is None:
            continue
        try:
            shown = packet.decode()
        except av.error.EOFError:
            break
        except av.error.FFmpegError:
            continue  # one damaged event; the others are whole
        events = [each.ass.decode("utf-8", "replace") for each in _texts(shown)]
        fields = [event.split(",", _FIELDS - 1) for event in events]
        whole = [each for each in fields if len(each) == _FIELDS]
        text = "\n".join(plain_ass(each[_TEXT]) for each in whole).strip()
        if not text:
            continue  # mp4 fills the pauses with empty events
        speakers = {each[_NAME].strip() for each in whole}
        start = packet.pts * packet.time_base - origin
        cues.append(
            Cue(
                start_seconds=float(start),
                end_seconds=float(start + (packet.duration or 0) * packet.time_base),
                text=text,
                speaker=(speakers.pop() or None) if len(speakers) == 1 else None,
            )
        )
    return cues


def _texts(shown: Sequence[object]) -> Iterator[AssSubtitle]:
    for each in shown:
        for part in each if isinstance(each, SubtitleSet) else (each,):
            if isinstance(part, AssSubtitle):
                yield part
