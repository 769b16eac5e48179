"""The rest of a take that a model did not write of: after a pause it stops now and then."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from audioset.curation.cut.lines.compare_words import other_words
from audioset.curation.cut.lines.spoken import SpokenTexts
from audioset.hearing.transcribers import transcribe_sounds
from audioset.records.plugin_contracts import SOUND_RATE, Hypothesis, Transcriber
from audioset.records.sentence import placed_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LEAST_WORDS, _LEAST_SECONDS = 2, 0.5
_LIKENESS = 0.5  # share of the sounds: what is written of a silence is no rest of a line


def with_rest(
    model: Transcriber,
    sound: "NDArray[np.float32]",
    language: str,
    line: str,
    heard: Hypothesis,
    spoken: SpokenTexts,
) -> Hypothesis:
    """Let a model hear the end of a take alone, where words of its line lack there.

    Args:
        model: that wrote the hypothesis.
        sound: of the take, 16 kHz.
        language: BCP 47 tag.
        line: the text of the take.
        heard: what the model wrote.
        spoken: how texts sound.

    Returns:
        The hypothesis with what was written of the end, where that is like what lacks.
    """
    end_seconds = heard.words[-1].end_seconds if heard.words else math.inf
    if sound.size / SOUND_RATE - end_seconds < _LEAST_SECONDS:
        return heard
    left_out = _left_out(line, heard.text, spoken)
    if sum(1 for _ in placed_words(left_out)) < _LEAST_WORDS:
        return heard
    rest = sound[round(end_seconds * SOUND_RATE) :]
    [(_, found)] = transcribe_sounds(model, {"rest": rest}, {"rest": language})
    if isinstance(found, str) or spoken.likeness(found.text, left_out) < _LIKENESS:
        return heard
    return _joined(heard, found, end_seconds)


def _left_out(line: str, heard: str, spoken: SpokenTexts) -> str:
    """Give the words of a line after the last one that was written."""
    differences = other_words(line, heard, spoken)
    if not differences:
        return ""
    words = differences[-1]
    is_end = not any(True for _ in placed_words(heard[words.heard.start :]))
    return line[words.written] if is_end else ""


def _joined(heard: Hypothesis, rest: Hypothesis, after_seconds: float) -> Hypothesis:
    scores = [each.score for each in (heard, rest) if each.score is not None]
    moved = (
        replace(
            word,
            start_seconds=word.start_seconds + after_seconds,
            end_seconds=word.end_seconds + after_seconds,
        )
        for word in rest.words
    )
    return Hypothesis(
        f"{heard.text} {rest.text}", min(scores, default=None), (*heard.words, *moved)
    )
