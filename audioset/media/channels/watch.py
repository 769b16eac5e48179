"""What becomes of the channels of a source while it is decoded: said where it matters."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from audioset.errors import as_option
from audioset.media.channels.balance import Balance
from audioset.media.channels.choose_sound import SIDES, Sound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LEAST_SECONDS = 2  # of what is told; a single second may be chance
_APART_SHARE = 0.15  # of the seconds with sound, for each side
_EACH = as_option("channels", "each")
_SILENT_SHARE = 1e-9  # of the energy of the other channel


class ChannelWatch:
    """Weighs the channels of a source against what is heard of them.

    Args:
        sound: what is heard.
        names: of the channels, by ffmpeg.
        layout: ffmpeg's name of their arrangement.
    """

    def __init__(self, sound: Sound, names: Sequence[str], layout: str) -> None:
        self._sound, self._names, self._layout = sound, names, layout
        self._balance = Balance(names)

    def add(self, planes: "Sequence[NDArray[Any]]", heard: "NDArray[np.float32]") -> None:
        """Take about a second: the channels, shape (n,) each, and what is heard of them."""
        if len(planes) > 1 and self._sound.channels != "each":
            self._balance.add(planes, heard)

    def choices(self) -> tuple[str, ...]:
        """Say what was chosen and could be chosen otherwise; alike files say the same."""
        if self._sound.channels != "mix" or len(self._names) < len(SIDES):
            return self._sound.choices
        said = self._of_two() if len(self._names) == len(SIDES) else self._of_many()
        return (*self._sound.choices, *said)

    def _of_two(self) -> list[str]:
        balance = self._balance
        for side, other in ((0, 1), (1, 0)):
            if balance.energies[side] < _SILENT_SHARE * balance.energies[other]:
                return [
                    f"its {SIDES[side]} channel is silent, the mix 6 dB quieter than the other; "
                    f"{as_option('channels', SIDES[other])} takes that alone"
                ]
        least = max(_LEAST_SECONDS, _APART_SHARE * balance.num_loud)
        if (balance.num_alone >= least).all():
            return [f"its two channels hold different sound; {_EACH} cuts each by itself"]
        return []

    def _of_many(self) -> list[str]:
        how = "the centre foremost" if "FC" in self._names else "each as much as the others"
        count = f"{len(self._names)} channels"
        named = f" ({self._layout})" if self._layout != count else ""
        return [f"its {count}{named} are mixed to one, {how}; {_EACH} keeps them apart"]

    def warnings(self) -> tuple[str, ...]:
        """Say what is not heard."""
        balance, heard = self._balance, self._sound.channels
        if heard == "mix" and balance.num_cancelled >= _LEAST_SECONDS:
            return (
                f"in {balance.num_cancelled} s channels take each other away in the mix; "
                f"{_EACH} keeps them",
            )
        if heard in SIDES and self._sound.choices:
            lost = int(balance.num_alone[1 - SIDES.index(heard)]) if len(self._names) == 2 else 0
            if lost >= _LEAST_SECONDS:
                return (f"{lost} s of sound are in the other channel only; {_EACH} keeps them",)
        return ()
