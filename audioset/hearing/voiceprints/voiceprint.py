"""The voiceprint of a clip, by the weights that the package Resemblyzer carries.

The package asks for PyTorch, which is not needed here: its weights are read and run without. So it
is installed by itself (`pip install --no-deps resemblyzer`); nothing of it is imported.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audioset.errors import NotFoundError
from audioset.hearing.speech.detector import SPEECH_PROBABILITY, SpeechDetector
from audioset.hearing.speech.detector_graph import FRAME_SAMPLES
from audioset.hearing.voiceprints.mel_bands import mel_bands
from audioset.hearing.voiceprints.network import open_network
from audioset.hearing.voiceprints.torch_file import read_tensors

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_SPEECH_SECONDS = 1.0  # less tells little: pairs of 1 s are mistaken 1.4 times as often as 4 s
_PACKAGE = "resemblyzer"
_AROUND_FRAMES = 2  # before and after speech, 64 ms: consonants
_STRETCH, _STEP = 160, 80  # bands of 10 ms: what the network was trained on, and half of that
_LEAST_LEVEL = 10 ** (-30 / 20)  # what is quieter is made as loud as that, as in training


def require_voiceprints() -> None:
    """Require that voices can be compared.

    Raises:
        NotFoundError: the package with the weights is not installed.
    """
    _weights_path()


def voiceprint(sound: "NDArray[np.float32]") -> "NDArray[np.float32] | None":
    """Tell what is peculiar to a voice: shape (256,), length 1; two are compared by their product.

    Args:
        sound: of one clip, 16 kHz, shape (num_samples,), range [-1, 1].

    Returns:
        None for a clip of less than a second of speech.

    Raises:
        NotFoundError: the package with the weights is not installed.
        InvalidInputError: its file of weights is another one.
    """
    speech = speech_of(sound)
    if speech.size < LEAST_SPEECH_SECONDS * 16_000:
        return None
    level = float(np.sqrt(np.mean(speech.astype(np.float64) ** 2)))
    bands = mel_bands(speech * np.float32(max(1.0, _LEAST_LEVEL / max(level, 1e-6))))
    bands = np.pad(bands, ((0, max(0, _STRETCH - len(bands))), (0, 0)))
    starts = [*range(0, len(bands) - _STRETCH, _STEP), len(bands) - _STRETCH]
    stretches = np.stack([bands[start : start + _STRETCH] for start in starts], axis=1)
    [prints] = _network().run(None, {"bands": stretches})
    prints /= np.linalg.norm(prints, axis=1, keepdims=True) + 1e-9
    mean: NDArray[np.float32] = prints.mean(axis=0)
    return mean / np.linalg.norm(mean)


def speech_of(sound: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Give what is said of a sound at 16 kHz, shape (num_samples,), without its pauses."""
    speaks = SpeechDetector().push(sound, last=True).probabilities >= SPEECH_PROBABILITY
    wide = np.convolve(speaks, np.ones(2 * _AROUND_FRAMES + 1), "same") > 0
    return sound[np.repeat(wide, FRAME_SAMPLES)[: sound.size]]


@cache
def _network() -> Any:
    return open_network(read_tensors(_weights_path(), "model_state"), threads=1)


def _weights_path() -> Path:
    # Only located, not imported: importing it would load PyTorch.
    spec = find_spec(_PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    found = [Path(folder) / "pretrained.pt" for folder in folders]
    if not found or not found[0].is_file():
        raise NotFoundError(
            "to compare voices, install the package that carries the weights, by itself (it asks "
            "for PyTorch, which is not needed): pip install --no-deps resemblyzer"
        )
    return found[0]
