"""Which words of a line a model clearly heard otherwise.

A model writes many words otherwise that are said as the line has them: names that it does not know,
words that sound alike, forms that nobody uses any more. So it is asked again: how likely is what it
wrote with the line's own words put in the place of its own, in this sound, and in silence, where
only counts what it likes to write? Where they are far less likely, something else is said; but
a word that it hardly ever writes, such as *mak'st*, would be unlikely even if it were said.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audioset.curation.cut.lines.compare_words import OtherWords
from audioset.records.plugin_contracts import Hypothesis, TextScorer, Transcriber, Word
from audioset.records.sentence import PlacedWord, placed_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST_WORDS = 3  # on a side; more are no word that was said otherwise
_MOST_WORDS_ALONE = 2  # likewise, where the other side has none
_LEAST_PROBABILITY = 0.3  # of each word that was written: what it guesses itself tells nothing
_SAME_FROM = 0.85  # share of the sounds; more are other spellings, unless they are numbers
# Natural logarithms of how much less likely the line's own words are, half without what the model
# likes to write, and how much more that must be where it is less sure of what it wrote (times the
# root of what its probability lacks, and half of that where nothing sounds alike): it is unsure of
# names, which it cannot spell, and sure of `four` and `can't`. Chosen on English, with changes
# planted and without: see the README of the benchmarks.
_UNLIKELY, _UNSURE, _UNSURE_OF_UNLIKE = 3.5, 14.0, 0.5
_LIKED = 0.5  # share of what the model likes to write that does not count
_LEAST_BY_SOUND = 1.0  # how much of it must come from the sound alone
_HARDLY_EVER = 12.0  # less likely in silence: the model writes the line's words of no sound
_UNLIKELY_ALONE, _BY_SOUND_ALONE = 6.0, 4.0
# Numbers that are both in digits: how sure the model is of its own tells only how it writes them.
_UNLIKELY_IN_DIGITS, _BY_SOUND_IN_DIGITS = 3.5, 1.0
_UNLIKELY_NUMBER, _UNSURE_OF_NUMBER, _BY_SOUND_OF_NUMBER = 8.0, 3.0, 2.5
# Of models that give no likelihoods of texts, or only of their own words.
_SURE, _UNLIKE = 0.9, 0.5


@dataclass(frozen=True, slots=True)
class _DoubtedWords:
    """Words of a line that may be said otherwise, and texts that decide it.

    Attributes:
        words: where they are.
        written: what the line has there.
        heard: what the model wrote; where it is a number, with that in digits as well.
        texts: the same, with the line's own words in place of its own.
        probability: least of the words that the model wrote; None where it told none.
    """

    words: OtherWords
    written: str
    heard: tuple[str, ...]
    texts: tuple[str, ...]
    probability: float | None


def told_words(
    model: Transcriber,
    sound: "NDArray[np.float32]",
    language: str,
    line: str,
    heard: Hypothesis,
    differences: Sequence[OtherWords],
) -> list[tuple[str, str]]:
    """Give the differences that change what is said: what the model wrote, and what the line says.

    Where one of the two has no word there, both have one word more, to say where it is.

    Args:
        model: that is asked again, where it is a `TextScorer`.
        sound: of the take, 16 kHz.
        language: BCP 47 tag.
        line: the text of the take.
        heard: what the model wrote.
        differences: of the two, as `other_words` gives them.
    """
    doubts = list(_doubts(line, heard, differences))
    less = _less_likely(model, sound, language, doubts) if doubts else None
    if less is None:
        told = [doubt for doubt in doubts if len(differences) == 1 and _is_sure(doubt)]
    else:
        told = [doubt for doubt, by in zip(doubts, less, strict=True) if _is_told(doubt, *by)]
    return [_said(line, heard.text, doubt.words) for doubt in told]


def _doubts(
    line: str, heard: Hypothesis, differences: Sequence[OtherWords]
) -> Iterator[_DoubtedWords]:
    """Choose the differences that may change what is said."""
    places = list(_placed(heard))
    for words in differences:
        written, said = line[words.written], heard.text[words.heard]
        scores = [word.score for word, at in places if _overlap(at, words.heard)]
        probability = min((score for score in scores if score is not None), default=None)
        if words.in_digits is not None or (
            (words.likeness < _SAME_FROM or (words.is_number and words.likeness < 1))
            and (probability is None or probability >= _LEAST_PROBABILITY)
            and (words.is_number or _is_short(written, said))
        ):
            texts = [_put(heard.text, words.heard, form) for form in _forms(written)]
            own = [heard.text]
            if words.in_digits is not None:
                own.append(_put(heard.text, words.heard, words.in_digits[0]))
                texts.append(_put(heard.text, words.heard, words.in_digits[1]))
            yield _DoubtedWords(words, written, tuple(own), tuple(texts), probability)


def _less_likely(
    model: Transcriber,
    sound: "NDArray[np.float32]",
    language: str,
    doubts: Sequence[_DoubtedWords],
) -> list[tuple[float, float]] | None:
    """Tell how much less likely the line's words are than those that were written.

    Returns:
        Of each doubt, natural logarithms: in this sound, and in it but not in silence, where only
        what the model likes to write counts. None where it cannot tell.
    """
    import numpy as np

    if not isinstance(model, TextScorer):
        return None
    texts = list(dict.fromkeys(text for doubt in doubts for text in doubt.heard + doubt.texts))
    found = [model.score_texts(each, texts, language) for each in (sound, np.zeros_like(sound))]
    if any(scores is None for scores in found):
        return None
    here, silent = (dict(zip(texts, scores or (), strict=True)) for scores in found)
    less = []
    for doubt in doubts:
        text, best = (max(some, key=here.__getitem__) for some in (doubt.heard, doubt.texts))
        by_text = here[text] - here[best]
        less.append((by_text, by_text - silent[text] + silent[best]))
    return less


def _is_told(doubt: _DoubtedWords, less: float, by_sound: float) -> bool:
    if _is_alone(doubt.words):
        return less >= _UNLIKELY_ALONE and by_sound >= _BY_SOUND_ALONE
    if doubt.words.in_digits is not None:
        return less >= _UNLIKELY_IN_DIGITS and by_sound >= _BY_SOUND_IN_DIGITS
    unsure = 0.0 if doubt.probability is None else 1 - min(1.0, doubt.probability)
    if doubt.words.is_number:
        least = _UNLIKELY_NUMBER + _UNSURE_OF_NUMBER * unsure
        return less >= least and by_sound >= _BY_SOUND_OF_NUMBER
    in_silence = less - by_sound
    slack = _UNSURE * math.sqrt(unsure) * min(1.0, _UNSURE_OF_UNLIKE + doubt.words.likeness)
    return (
        less - _LIKED * in_silence >= _UNLIKELY + slack
        and by_sound >= _LEAST_BY_SOUND
        and in_silence < _HARDLY_EVER
    )


def _is_sure(doubt: _DoubtedWords) -> bool:
    """Tell by what was written alone: the only difference of a line, and of a sure model."""
    sure = doubt.probability is None or doubt.probability >= _SURE
    return sure and doubt.words.likeness < _UNLIKE


def _said(line: str, hypothesis: str, words: OtherWords) -> tuple[str, str]:
    written, heard = words.written, words.heard
    if _is_alone(words):
        written = _with_neighbour(list(placed_words(line)), written)
        heard = _with_neighbour(list(placed_words(hypothesis)), heard)
    return hypothesis[heard], line[written]


def _is_alone(words: OtherWords) -> bool:
    empty: bool = words.written.start == words.written.stop or words.heard.start == words.heard.stop
    return empty


def _is_short(written: str, said: str) -> bool:
    sizes = [sum(1 for _ in placed_words(text)) for text in (written, said)]
    return max(sizes) <= (_MOST_WORDS if min(sizes) else _MOST_WORDS_ALONE)


def _placed(heard: Hypothesis) -> Iterator[tuple[Word, slice]]:
    """Find the words of a hypothesis in its text."""
    at = 0
    for word in heard.words:
        found = heard.text.find(word.text, at)
        if found >= 0:
            at = found + len(word.text)
            yield word, slice(found, at)


def _overlap(one: slice, two: slice) -> bool:
    overlap: bool = one.start < two.stop and one.stop > two.start
    return overlap


def _forms(words: str) -> Iterator[str]:
    """Give words as they are, small, and with capitals."""
    capitals = " ".join(word[:1].upper() + word[1:] for word in words.casefold().split())
    yield from dict.fromkeys((words, words.casefold(), capitals))


def _put(text: str, place: slice, words: str) -> str:
    """Put words in the place of others."""
    space = " " if place.start == place.stop else ""
    return " ".join(f"{text[: place.start]}{space}{words}{space}{text[place.stop :]}".split())


def _with_neighbour(words: Sequence[PlacedWord], place: slice) -> slice:
    before = [word for word in words if word.end <= place.start]
    after = [word for word in words if word.start >= place.stop]
    if before:
        return slice(before[-1].start, max(place.stop, before[-1].end))
    return slice(place.start, after[0].end) if after else place
