"""Whisper hears windows of 30 s, and most clips are far shorter: the empty rest is not heard.

Its encoder takes a shorter window as well, and costs more than in proportion to the length. Some
seconds of the rest are kept: without them it goes on writing where nobody speaks.
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
_SURE_FROM, _MOST_LETTERS_PER_SECOND = 0.6, 25


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
        import numpy as np

        if self.whole:
            return self._encode(features)
        # What was added is exactly 0; the silence of a recording is not.
        filled = np.flatnonzero(features.any(axis=tuple(range(features.ndim - 1))))
        length_seconds = (int(filled[-1]) + 1) / FRAMES_PER_SECOND if filled.size else 0.0
        frames = window_seconds(length_seconds) * FRAMES_PER_SECOND
        return self._encode(np.ascontiguousarray(features[..., :frames]))


def is_doubtful(text: str, score: float | None, length_seconds: float) -> bool:
    """Tell whether what was written of a short window should be heard in a whole one.

    Of telephone speech it is often unsure in short windows, or writes a word on and on.
    """
    if not text:
        return True
    unsure = score is not None and score < _SURE_FROM
    return unsure or len(text) > _MOST_LETTERS_PER_SECOND * max(1.0, length_seconds)
