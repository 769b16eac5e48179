"""How well texts fit a sound, by a Whisper model that is made to write them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from audioset.records.plugin_contracts import SOUND_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LONGEST_SECONDS = 30
_LEAST_PROBABILITY = 1e-12  # of a token: the model gives no more of its figures
_WINDOW_FRAMES = 3000  # of 10 ms, that a model hears at once


class WhisperScores:
    """Scores texts with one loaded model, a `faster_whisper.WhisperModel`."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._silence: Any = None  # as the model hears it: silence is asked about with every sound

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

        if sound.size > _LONGEST_SECONDS * SOUND_RATE:
            return None
        model = self._model
        heard = self._hear(sound)
        if language is None:
            [(token, _), *_] = model.model.detect_language(heard)[0]
            language = token.strip("<|>")
        tokenizer = Tokenizer(
            model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language=language
        )
        scores = []
        for text in texts:
            tokens = tokenizer.encode(f" {text}")
            [told] = model.model.align(heard, tokenizer.sot_sequence, [tokens], _WINDOW_FRAMES)
            likely = np.maximum(told.text_token_probs, _LEAST_PROBABILITY)
            scores.append(float(np.log(likely).sum()))
        return scores

    def _hear(self, sound: "NDArray[np.float32]") -> Any:
        from faster_whisper.audio import pad_or_trim

        is_silent = not sound.any()
        if is_silent and self._silence is not None:
            return self._silence
        heard = self._model.encode(pad_or_trim(self._model.feature_extractor(sound)))
        if is_silent:
            self._silence = heard
        return heard
