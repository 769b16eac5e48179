"""How well texts fit a sound, by a Whisper model that is made to write them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from audioset.hearing.transcribers.whisper_windows import (
    FRAMES_PER_SECOND,
    WINDOW_SECONDS,
    window_seconds,
)
from audioset.records.plugin_contracts import SOUND_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LEAST_PROBABILITY = 1e-12  # of a token: the model gives no more of its figures


class WhisperScores:
    """Scores texts with one loaded model, a `faster_whisper.WhisperModel`."""

    def __init__(self, model: Any) -> None:
        self._model = model
        # As the model hears it, by number of frames: silence is asked about with every sound.
        self._silence: dict[int, Any] = {}

    def of(
        self, sound: "NDArray[np.float32]", texts: Sequence[str], language: str | None
    ) -> list[float] | None:
        """Give the natural logarithm of the probability of each text.

        Args:
            sound: at 16 kHz; it is heard once, whatever the number of texts.
            texts: each without space around it.
            language: Whisper's name of it; None is left to Whisper to tell.

        Returns:
            None for a sound of more than 30 s.
        """
        import numpy as np
        from faster_whisper.tokenizer import Tokenizer

        length_seconds = sound.size / SOUND_RATE
        if length_seconds > WINDOW_SECONDS:
            return None
        num_frames = window_seconds(length_seconds) * FRAMES_PER_SECOND
        model = self._model
        heard = self._hear(sound, num_frames)
        if language is None:
            [(token, _), *_] = model.model.detect_language(heard)[0]
            language = token.strip("<|>")
        tokenizer = Tokenizer(
            model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language=language
        )
        scores = []
        for text in texts:
            tokens = tokenizer.encode(f" {text}")
            [told] = model.model.align(heard, tokenizer.sot_sequence, [tokens], num_frames)
            likely = np.maximum(told.text_token_probs, _LEAST_PROBABILITY)
            scores.append(float(np.log(likely).sum()))
        return scores

    def _hear(self, sound: "NDArray[np.float32]", num_frames: int) -> Any:
        from faster_whisper.audio import pad_or_trim

        if not sound.any() and num_frames in self._silence:
            return self._silence[num_frames]
        features = self._model.feature_extractor(sound)[..., :-1]
        # As many frames as are heard: what is told of scores was measured with zeros behind them.
        heard = self._model.encode(pad_or_trim(features, num_frames))
        if not sound.any():
            self._silence[num_frames] = heard
        return heard
