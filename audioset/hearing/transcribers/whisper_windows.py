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


def window_seconds(length_seconds: float) -> int:
    """Give the length of the window that a sound of at most 30 s is heard in."""
    steps = -(-(length_seconds + _LEAST_REST_SECONDS) // _STEP_SECONDS)
    return int(min(WINDOW_SECONDS, max(_LEAST_SECONDS, steps * _STEP_SECONDS)))


def hear_short_windows(model: Any) -> None:
    """Let a `faster_whisper.WhisperModel` leave out what is empty at the end of all its windows."""
    encode = model.encode

    def encode_shortened(features: "NDArray[np.float32]") -> Any:
        import numpy as np

        # What was added is exactly 0; the silence of a recording is not.
        filled = np.flatnonzero(features.any(axis=tuple(range(features.ndim - 1))))
        length_seconds = (int(filled[-1]) + 1) / FRAMES_PER_SECOND if filled.size else 0.0
        frames = window_seconds(length_seconds) * FRAMES_PER_SECOND
        return encode(np.ascontiguousarray(features[..., :frames]))

    model.encode = encode_shortened
