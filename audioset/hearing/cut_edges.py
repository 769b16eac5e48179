"""Whether a clip begins or ends inside of a word, as an ear would say.

The detector alone cannot tell: its frames of 32 ms reach over an edge, and in a clip of one word it
is sure of speech to the very end. An ear hears a word as cut where its sound breaks off at full
strength, while one that fades in and out, however close to the edges, is whole.
"""

from typing import TYPE_CHECKING

import numpy as np

from audioset.hearing.speech.detector import Frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

_EDGE_SECONDS = 0.005  # less than a period of a low voice; longer, words cut closely seem cut
_FRAMES_AT_EDGE = 4  # 128 ms: a click at an edge is loud too, but no speech is near
_QUIET, _LOUD = 5, 90  # so many percent of the clip are quieter
# From surely whole to surely cut. Set on edges of known place, so that 0.9 parts those in vowels
# from those in silence; see `benchmarks/edges.py`.
_FROM_DB, _TO_DB = -30.0, -10.0  # of the edge, relative to the loud parts of the clip
_WAY = 0.5  # from the quiet parts to the loud ones, which lie closer together in noise
_LEAST_WAY_DB = 3.0  # even noise has no edges
_PROBABILITY = 0.5
_LEAST_POWER = 1e-12


def edge_speech(samples: "NDArray[np.float32]", sampling_rate: int, frames: Frames) -> float:
    """Give how surely speech is cut at the first or at the last sample, 0 to 1.

    It is where speech is near, and the sound at the edge is as loud as in the middle of the clip's
    speech: nearly as loud as its loud parts, and clearly louder than its quiet ones.

    Args:
        samples: shape (num_samples,), range [-1, 1], at least one.
        sampling_rate: in Hz.
        frames: of the same sound, at least one.
    """
    size = max(1, min(samples.size, round(_EDGE_SECONDS * sampling_rate)))
    centred = samples - samples.mean(dtype=np.float64).astype(np.float32)
    parts = centred[: samples.size // size * size].reshape(-1, size)
    powers = np.einsum("ij,ij->i", parts, parts) / size
    # Of two parts together: a single one holds less than a period of a low voice.
    levels_db = _in_db((powers[:-1] + powers[1:]) / 2 if powers.size > 1 else powers)
    quiet_db, loud_db = np.percentile(levels_db, (_QUIET, _LOUD))
    near = (
        frames.probabilities[:_FRAMES_AT_EDGE].max(),
        frames.probabilities[-_FRAMES_AT_EDGE:].max(),
    )
    found = 0.0
    for part, probability in zip((centred[:size], centred[-size:]), near, strict=True):
        edge_db = float(_in_db(np.einsum("i,i->", part, part) / size))
        loudness = (edge_db - loud_db - _FROM_DB) / (_TO_DB - _FROM_DB)
        way = (edge_db - quiet_db) / (loud_db - quiet_db + _LEAST_WAY_DB)
        found = max(found, min(loudness, way / _WAY, float(probability) / _PROBABILITY))
    return float(min(1.0, found))


def _in_db(powers: "NDArray[np.float32]") -> "NDArray[np.float32]":
    return 10 * np.log10(np.maximum(powers, _LEAST_POWER))
