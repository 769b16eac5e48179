"""Whisper hears windows of 30 s, and most clips are far shorter: the empty rest is not heard.

Its encoder takes a shorter window as well, and costs more than in proportion to the length. Some
seconds of the rest are kept, and are silent as Whisper learnt silence: faster-whisper adds zeros to
the features, which are a faint noise, and in a short window Whisper goes on writing in it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FRAMES_PER_SECOND = 100
WINDOW_SECONDS = 30
_STEP_SECONDS = 5  # windows of few lengths, so that clips of about one length share a batch
_LEAST_REST_SECONDS = 4
_LEAST_SECONDS = 10
# Of features, (log10 of the power + 4) / 4: of no power at all, and how far one below the greatest.
_LEAST_FEATURE, _MOST_BELOW = -1.5, 2.0
_SURE_FROM, _MOST_LETTERS_PER_SECOND = 0.4, 25


def window_seconds(length_seconds: float) -> int:
    """Give the length of the window that a sound of at most 30 s is heard in."""
    steps = -(-(length_seconds + _LEAST_REST_SECONDS) // _STEP_SECONDS)
    return int(min(WINDOW_SECONDS, max(_LEAST_SECONDS, steps * _STEP_SECONDS)))


class ShortWindows:
    """Lets a `faster_whisper.WhisperModel` leave out what is empty at the end of all its windows.

    Attributes:
        whole: hear all of the window for now.
    """

    def __init__(self, model: Any) -> None:
        self.whole = False
        self._encode = model.encode
        model.encode = self._encode_shortened

    def _encode_shortened(self, features: "NDArray[np.float32]") -> Any:
        return self._encode(features if self.whole else shortened(features))


def shortened(features: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Leave out what is empty of some windows but a rest, and make that silent.

    Args:
        features: of sounds in windows of 30 s, shape (..., mel bands, frames).

    Returns:
        The same where one of the sounds needs all of its window.
    """
    import numpy as np

    sounds = features.reshape(-1, *features.shape[-2:])
    filled = [_num_filled(sound) for sound in sounds]
    frames = window_seconds(max(filled) / FRAMES_PER_SECOND) * FRAMES_PER_SECOND
    if frames >= features.shape[-1]:
        return features
    kept = np.array(sounds[..., :frames], order="C")
    for sound, end in zip(kept, filled, strict=True):
        loudest = sound[:, :end].max(initial=_LEAST_FEATURE)
        sound[:, end:] = max(_LEAST_FEATURE, loudest - _MOST_BELOW)
    return kept


def _num_filled(features: "NDArray[np.float32]") -> int:
    """Count the frames of a sound: what was added is exactly 0, its own silence is not."""
    import numpy as np

    filled = np.flatnonzero(features.any(axis=0))
    return int(filled[-1]) + 1 if filled.size else 0


def is_doubtful(text: str, score: float | None, length_seconds: float) -> bool:
    """Tell whether what was written of a short window should be heard in a whole one.

    Of unclear speech it writes a word on and on now and then, and hardly does so in whole windows.
    """
    if not text:
        return True
    unsure = score is not None and score < _SURE_FROM
    return unsure or len(text) > _MOST_LETTERS_PER_SECOND * max(1.0, length_seconds)
