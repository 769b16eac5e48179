"""Where a sound is silent, as the aligner hears it."""

from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.align.ear.features import Heard, cepstra_of, count_live_bands, normalised

if TYPE_CHECKING:
    from numpy.typing import NDArray


SPEECH_FROM = 0.5  # probability


def silence_of(heard: Heard) -> "NDArray[np.bool_]":
    """Tell which frames of 20 ms are silence."""
    return heard.speech < SPEECH_FROM


def features_of(heard: Heard) -> "NDArray[np.float32]":
    """Give the normalised features of each frame."""
    return normalised(cepstra_of(heard.bands, count_live_bands(heard)), ~silence_of(heard))
