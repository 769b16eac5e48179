"""Sound whose form changes in the middle, brought to the form that it begins with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audioset.media.resample import Resampler

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from numpy.typing import NDArray

_SPOKEN = {"1 channels": "mono", "2 channels": "stereo"}  # of files that only count channels
_CHANGES_NAMED = 3  # changes that are named
_LEFT = frozenset(("FL", "BL", "SL", "FLC", "WL", "DL", "TFL", "TBL", "TSL"))
_RIGHT = frozenset(("FR", "BR", "SR", "FRC", "WR", "DR", "TFR", "TBR", "TSR"))


@dataclass(frozen=True, slots=True)
class Form:
    """What decoded frames have in common.

    Attributes:
        sampling_rate: in Hz.
        layout: ffmpeg's name of the arrangement of channels.
        sample_format: ffmpeg's name.
        channels: how many.
    """

    sampling_rate: int
    layout: str
    sample_format: str
    channels: int

    def __str__(self) -> str:
        """Say it as a person would."""
        return f"{_SPOKEN.get(self.layout, self.layout)} at {self.sampling_rate} Hz"


class Steady:
    """Brings each stretch of sound to one sampling rate, and remembers where it changed."""

    def __init__(self, first: Form, num_outputs: int) -> None:
        self._first, self._now, self._num_outputs = first, first, num_outputs
        self._changes: list[tuple[float, Form]] = []
        self._resamplers: list[Resampler] = []

    def push(
        self, rows: "NDArray[np.float32]", form: Form, seconds: float
    ) -> "Iterator[NDArray[np.float32]]":
        """Take samples, shape (num_outputs, n), of a form; give them at the first rate.

        Args:
            seconds: how much was given out so far, for the places of changes.
        """
        if form != self._now:
            rest = self.flush()
            seconds += rest.shape[1] / self._first.sampling_rate
            if str(form) != str(self._now):  # of another sample format nobody hears anything
                self._changes.append((seconds, form))
            if rest.shape[1]:
                yield rest
            self._now = form
            if form.sampling_rate != self._first.sampling_rate:
                self._resamplers = [
                    Resampler(form.sampling_rate, self._first.sampling_rate, keep_quality=True)
                    for _ in range(self._num_outputs)
                ]
        yield self._resample(rows, last=False) if self._resamplers else rows

    def flush(self) -> "NDArray[np.float32]":
        """Give what the filters still hold of the stretch that ends."""
        rest = np.empty((self._num_outputs, 0), np.float32)
        if self._resamplers:
            rest = self._resample(rest, last=True)
            self._resamplers = []
        return rest

    def _resample(self, rows: "NDArray[np.float32]", *, last: bool) -> "NDArray[np.float32]":
        pushed = [
            each.push(np.ascontiguousarray(row), last=last)
            for each, row in zip(self._resamplers, rows, strict=True)
        ]
        return np.stack(pushed)

    @property
    def changed(self) -> bool:
        """Whether the form changed so far."""
        return bool(self._changes)

    def sentences(self) -> tuple[str, ...]:
        """Say where the form changed; nothing where it did not."""
        if not self._changes:
            return ()
        named = ", ".join(f"{form} from {at:.2f} s" for at, form in self._changes[:_CHANGES_NAMED])
        more = len(self._changes) - _CHANGES_NAMED
        also = f", and {more} changes more" if more > 0 else ""
        return (f"the sound changes inside: {self._first} at first, {named}{also}; {self._kept()}",)

    def _kept(self) -> str:
        if any(form.sampling_rate != self._first.sampling_rate for _, form in self._changes):
            return f"all of it was brought to {self._first.sampling_rate} Hz"
        return "all of it is there"


def names_of(frame: "AudioFrame") -> list[str]:
    """Give ffmpeg's names of the channels of a frame."""
    return [channel.name for channel in frame.layout.channels]


def to_channels(
    planes: "Sequence[NDArray[Any]]",
    names: Sequence[str],
    wanted: Sequence[str],
    mix: "NDArray[np.float32]",
) -> "list[NDArray[Any]]":
    """Give other channels than there are: each from those of its side, or from the mix of all.

    Args:
        planes: the channels that are there, shape (n,) each.
        names: of these, by ffmpeg.
        wanted: names of the channels that are given.
        mix: of all, shape (n,).
    """
    if len(names) == len(wanted):
        return list(planes)
    given = []
    for name in wanted:
        other = _RIGHT if name in _LEFT else _LEFT if name in _RIGHT else frozenset(names)
        mine = [
            plane
            for plane, lies in zip(planes, names, strict=True)
            if lies not in other and lies != "LFE"
        ]
        sided = any(lies in _LEFT | _RIGHT for lies in names)
        given.append(np.mean(mine, axis=0) if mine and sided else mix)
    return given
