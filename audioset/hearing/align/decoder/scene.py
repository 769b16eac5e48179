"""What the decoder must know of the sound apart from the text: silence, and where to divide it."""

from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.align.decoder.decode import Scene
from audioset.hearing.align.ear.features import Features
from audioset.hearing.align.ear.silence import silence_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SPEECH_IN_GAP = -0.1  # per frame of 20 ms: a line has to be better than this to be believed
_EDGE_COST = 20.0  # of a boundary in the middle of loud speech, in a pass with frames of 20 ms
_DIP_WORTH, _DEEP_DIP_DB = 0.7, 20.0
_AROUND_FRAMES = 10  # how far around a boundary loudness is compared
_NEAR_FRAMES = 4  # a boundary so near to silence costs nothing


def make_scene(features: Features, factor: int = 1) -> Scene:
    """Give the costs of gaps and edges, for frames of `factor` times 20 ms."""
    silent = silence_of(features)
    gaps = np.where(silent, 0, _SPEECH_IN_GAP).astype(np.float32)
    edges = _edge_costs(features, silent)
    if factor == 1:
        return Scene(gaps, edges)
    count = -(-gaps.size // factor)
    return Scene(
        coarser(gaps, factor),
        (edges[np.minimum(np.arange(count + 1) * factor, gaps.size)] / factor).astype(np.float32),
    )


def coarser(values: "NDArray[np.float32]", factor: int) -> "NDArray[np.float32]":
    """Give the means of `factor` frames each, along the first axis."""
    starts = np.arange(0, len(values), factor)
    sums = np.add.reduceat(values, starts, axis=0)
    counts = np.minimum(factor, len(values) - starts).astype(np.float32)
    means = sums / counts.reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray(means, np.float32)


def _edge_costs(features: Features, silent: "NDArray[np.bool_]") -> "NDArray[np.float32]":
    """Give the cost of a boundary before each frame, and after the last."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    levels_db = features.levels_db.reshape(-1, 2).max(axis=1)
    smooth = uniform_filter1d(levels_db, 3, mode="nearest")
    loud = np.minimum(
        maximum_filter1d(smooth, _AROUND_FRAMES, origin=_AROUND_FRAMES // 2 - 1, mode="nearest"),
        maximum_filter1d(smooth, _AROUND_FRAMES, origin=-(_AROUND_FRAMES // 2), mode="nearest"),
    )
    dips = np.clip((loud - smooth) / _DEEP_DIP_DB, 0, 1)
    near = maximum_filter1d(silent.astype(np.uint8), 2 * _NEAR_FRAMES + 1, mode="constant", cval=1)
    costs = np.where(near > 0, 0, _EDGE_COST * (1 - _DIP_WORTH * dips)).astype(np.float32)
    return np.append(costs, np.float32(0))
