"""Phones of which a recording has few examples, taught by the voices."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.align.voices.phone_models import PhoneSums
from audioset.hearing.align.voices.templates import Templates

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEW_FRAMES, _LENT_FRAMES = 30, 20  # a phone with few examples gets some of the voices'


def lend_frames(sums: PhoneSums, voices: Sequence[Templates], heard: "NDArray[np.int64]") -> None:
    """Let phones with few examples have some frames of the voices.

    Args:
        sums: of what is learnt.
        voices: the lines as they say them, with the same names of phones.
        heard: phones of all frames of the recording that are learnt from.
    """
    counts = np.bincount(heard, minlength=len(voices[0].names))
    for voice in voices:
        lent = [
            frames[:: max(1, len(voices) * frames.size // _LENT_FRAMES)]
            for frames in (
                np.flatnonzero(voice.phones == phone)
                for phone in np.flatnonzero(counts < _FEW_FRAMES).tolist()
            )
            if frames.size
        ]
        if lent:
            frames = np.concatenate(lent)
            sums.add(voice.cepstra, frames, voice.phones[frames], voice.names)
