"""Where a sound is silent, and what is compared of it elsewhere."""

from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.align.ear.features import (
    SPEECH_FROM,
    Features,
    cepstra_of,
    count_live_bands,
    normalised,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


def silence_of(features: Features) -> "NDArray[np.bool_]":
    """Tell which frames of 20 ms are silence."""
    return features.speech < SPEECH_FROM


def normalised_cepstra(features: Features) -> "NDArray[np.float32]":
    """Give the normalised cepstra of each frame."""
    return normalised(cepstra_of(features.bands, count_live_bands(features)), ~silence_of(features))
