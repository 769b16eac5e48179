"""Which of its tracks and channels a source is heard by, where nobody said it.

Looked at are places all over the file, a few seconds in all. It is a function of the bytes of the
file alone, so that whoever opens it hears the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from audioset.errors import AudiosetError, as_option
from audioset.media.channels.balance import Balance
from audioset.media.channels.mix import mixed, planes_of
from audioset.media.channels.timecode import is_timecode
from audioset.media.channels.tracks import default_track, ranked
from audioset.media.open_file import open_media
from audioset.media.steady import names_of

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from numpy.typing import NDArray

_NUM_PLACES, _PLACE_SECONDS = 8, 2
_WHOLE_SECONDS = _NUM_PLACES * _PLACE_SECONDS  # of a file that is not much longer than this
_PLACE_PACKETS = 2_000
_CANCELLED_SHARE = 0.1  # of what was looked at
_ALIVE_SHARE = 0.95  # a channel that is heard in fewer of the seconds lacks something
_LOUDER = 1.25  # by 1 dB; of channels that are alike the left one is taken
_TIMECODE_SECONDS = 2
SIDES = ("left", "right")


@dataclass(frozen=True, slots=True)
class Sound:
    """What is heard of a source.

    Attributes:
        track: number of the audio track, from 1.
        channels: "mix", "left", "right" or "each".
        choices: what was chosen, a sentence each; alike files have the same.
    """

    track: int
    channels: str
    choices: tuple[str, ...] = ()


def choose_sound(path: Path, opened: "InputContainer", track: int | None, channels: str) -> Sound:
    """Choose among the tracks and channels of a source what was left open.

    Args:
        path: of the file.
        opened: the same file; it is not read.
        track: that was asked for; None chooses.
        channels: that were asked for; "mix" takes one channel where a mix would lose sound.
    """
    tracks = opened.streams.audio
    look, choices = None, []
    if track is None and len(tracks) > 1:
        look = _first_with_sound(path, tracks)
        choices.append(look.say(tracks))
    chosen = look.track if look else track or 1
    if channels == "mix" and _channels_of(tracks[chosen - 1]) > 1:
        side, why = (look or _Look(path, chosen)).choose_side()
        if side:
            return Sound(chosen, side, (*choices, why))
    return Sound(chosen, channels, tuple(choices))


def _first_with_sound(path: Path, tracks: "Sequence[AudioStream]") -> "_Look":
    """Look at one track after another; at the most fitting one alone if all are silent."""
    best, *others = ranked(tracks)
    first = look = _Look(path, best)
    for number in others:
        if look.has_sound:
            break
        if tracks[number - 1].codec_context is not None:
            look = _Look(path, number)
    return look if look.has_sound else first


def _channels_of(stream: "AudioStream") -> int:
    return stream.codec_context.channels if stream.codec_context is not None else 0


class _Look:
    """What was found at some places of a track.

    Attributes:
        track: its number.
        balance: of its channels; None when nothing could be decoded.
    """

    def __init__(self, path: Path, track: int) -> None:
        self.track = track
        self.balance: Balance | None = None
        self._names: list[str] = []
        self._num_timecode = np.zeros(2, int)
        try:
            with open_media(path) as opened:
                for names, planes, rate in _seconds(opened, opened.streams.audio[track - 1]):
                    self._add(names, planes, rate)
        except (av.error.FFmpegError, AudiosetError, OSError, LookupError, ValueError):
            pass  # said better by who reads all of it

    @property
    def has_sound(self) -> bool:
        """Whether anything is heard at those places."""
        return self.balance is not None and self.balance.num_loud > 0

    def say(self, tracks: "Sequence[AudioStream]") -> str:
        """Say that this track was chosen of all."""
        fitting = default_track(tracks)
        silent = f"track {fitting} is silent, " if fitting != self.track else ""
        language = tracks[self.track - 1].language
        named = f" ({language})" if language and language != "und" else ""
        return (
            f"{len(tracks)} audio tracks: {silent}track {self.track}{named} is cut; "
            f"{as_option('track')} takes another"
        )

    def _add(self, names: list[str], planes: "list[NDArray[Any]]", rate: int) -> None:
        if self.balance is None:
            self.balance, self._names = Balance(names), names
        self.balance.add(planes, mixed(planes, names))
        if len(planes) == len(SIDES):
            self._num_timecode += [is_timecode(plane, rate) for plane in planes]

    def choose_side(self) -> tuple[str | None, str]:
        """Give "left" or "right" where the mix would lose what one channel has, and why."""
        balance = self.balance
        if balance is None or not balance.num_loud:
            return None, ""
        if self._names[0].startswith("AMBI"):
            return "left", (
                "its first channel hears all directions and is cut; "
                f"{as_option('channels', 'each')} cuts each by itself"
            )
        if len(self._names) != len(SIDES):
            return None, ""
        for side, other in ((0, 1), (1, 0)):
            if self._num_timecode[side] >= _TIMECODE_SECONDS > self._num_timecode[other]:
                return SIDES[other], (
                    f"its {SIDES[side]} channel holds timecode: the {SIDES[other]} one is cut; "
                    f"{as_option('channels')} takes another"
                )
        heard = balance.num_alive >= _ALIVE_SHARE * balance.num_loud
        if balance.num_cancelled < _CANCELLED_SHARE * balance.num_loud or not heard.any():
            return None, ""
        left, right = np.where(heard, balance.energies, -1.0)
        best = int(right > _LOUDER * left)
        return SIDES[best], (
            f"its channels take each other away in a mix: the {SIDES[best]} one is cut; "
            f"{as_option('channels')} takes another"
        )


def _seconds(
    opened: "InputContainer", stream: "AudioStream"
) -> "Iterator[tuple[list[str], list[NDArray[Any]], int]]":
    """Yield names, channels and sampling rate of seconds all over a track."""
    whole = (opened.duration or 0) / av.time_base
    if whole <= 2 * _WHOLE_SECONDS:
        yield from _seconds_from(opened, stream, 2 * _WHOLE_SECONDS)
        return
    first = (opened.start_time or 0) / av.time_base
    for number in range(_NUM_PLACES):
        at = first + whole * (number + 0.5) / _NUM_PLACES
        tick = stream.time_base
        if tick:
            opened.seek(round(at / tick), stream=stream)
        yield from _seconds_from(opened, stream, _PLACE_SECONDS)


def _seconds_from(
    opened: "InputContainer", stream: "AudioStream", count: int
) -> "Iterator[tuple[list[str], list[NDArray[Any]], int]]":
    names: list[str] = []
    held: list[list[NDArray[Any]]] = []
    rate = size = given = 0
    for number, packet in enumerate(opened.demux(stream)):
        if number >= _PLACE_PACKETS * count:
            return
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            continue
        for frame in frames:
            planes, named = planes_of(frame), names_of(frame)
            if named != names:
                names, held, size = named, [], 0
            held.append(planes)
            size, rate = size + frame.samples, frame.sample_rate
            if size >= rate > 0:
                yield names, [np.concatenate(each) for each in zip(*held, strict=True)], rate
                held, size, given = [], 0, given + 1
                if given >= count:
                    return
    if size:
        yield names, [np.concatenate(each) for each in zip(*held, strict=True)], rate
