"""How the channels of a source stand to each other, and to their mix."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from audioset.media.channels.mix import weights_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SOUND_POWER = 1e-8  # -80 dBFS; below there is nothing to be heard
_LOUD_SHARE = 1e-3  # of the loudest second so far; pauses tell nothing
# A mix with less than this share of the power that unlike channels would give takes sound away.
_CANCELLED_SHARE = 0.25
_ALIVE_SHARE = 0.01  # of the loudest channel: -20 dB
_ALONE_SHARE = 0.03  # others that are below it are silent: -15 dB


class Balance:
    """Weighs channels and their mix, second by second.

    Attributes:
        num_loud: seconds with sound.
        num_cancelled: those of them in which channels take each other away in the mix.
        num_alive: those in which each channel is heard, by channel.
        num_alone: those in which only this channel is heard, by channel.
        energies: of all seconds, by channel.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.num_loud = self.num_cancelled = 0
        self.num_alive = np.zeros(len(names), int)
        self.num_alone = np.zeros(len(names), int)
        self.energies = np.zeros(len(names))
        self._weights = np.array(weights_of(names))
        self._loudest = 0.0

    def add(self, planes: "Sequence[NDArray[Any]]", mix: "NDArray[np.float32]") -> None:
        """Take a second of sound: its channels, and what they are mixed to."""
        if len(planes) != len(self.energies) or not mix.size:
            return  # the form of the sound changed
        powers = np.array([_power(plane) for plane in planes])
        top = float(powers.max())
        if not np.isfinite(top):
            return
        self.energies += powers * mix.size
        self._loudest = max(self._loudest, top)
        if top < max(_SOUND_POWER, _LOUD_SHARE * self._loudest):
            return
        self.num_loud += 1
        unlike = float((self._weights**2 * powers).sum())
        self.num_cancelled += _power(mix) < _CANCELLED_SHARE * unlike
        self.num_alive += powers >= _ALIVE_SHARE * top
        if np.count_nonzero(powers >= _ALONE_SHARE * top) == 1:
            self.num_alone[int(powers.argmax())] += 1


def _power(samples: "NDArray[Any]") -> float:
    # einsum, not @: BLAS would start threads of its own.
    return float(np.einsum("i,i->", samples, samples)) / samples.size
