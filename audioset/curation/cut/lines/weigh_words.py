"""Which words of a line a model clearly heard otherwise.

A model writes many words otherwise that are said as the line has them: names that it does not know,
words that sound alike, forms that nobody uses any more. So it is asked a second time: how likely is
what it wrote with the line's own words put in the place of its own? Where that is far less likely,
something else is said.
"""

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
_SAME_FROM = 0.8  # share of the sounds; more are other spellings, unless they are numbers
# Natural logarithms of how much less likely the line's own words are. Chosen on English read aloud,
# with changes planted and without: see the README of the benchmarks.
# `_BY_SOUND`: how much of that comes from the sound, and not from what the model likes to write.
_UNLIKELY, _UNLIKELY_ALONE = 8.0, 6.0
_UNSURE = 3.0  # more, the less sure it is of what it wrote itself
_BY_SOUND, _BY_SOUND_OF_NUMBER = 4.0, 2.5
_UNLIKELY_A_PIECE, _LETTERS_A_PIECE = 5.5, 4  # a long word is made of several pieces
# Of models that give no likelihoods of texts, or only of their own words.
_SURE, _UNLIKE = 0.9, 0.5


@dataclass(frozen=True, slots=True)
class _DoubtedWords:
    """Words of a line that may be said otherwise, and texts that decide it.

    Attributes:
        words: where they are.
        written: what the line has there.
        texts: what the model wrote, with the line's own words in place of its own.
        probability: least of the words that the model wrote; None where it told none.
    """

    words: OtherWords
    written: str
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
    less = _less_likely(model, sound, language, heard.text, doubts) if doubts else None
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
        if (
            (words.likeness < _SAME_FROM or (words.is_number and words.likeness < 1))
            and (probability is None or probability >= _LEAST_PROBABILITY)
            and (words.is_number or _is_short(written, said))
        ):
            texts = tuple(_put(heard.text, words.heard, written))
            yield _DoubtedWords(words, written, texts, probability)


def _less_likely(
    model: Transcriber,
    sound: "NDArray[np.float32]",
    language: str,
    text: str,
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
    texts = list(dict.fromkeys([text, *(each for doubt in doubts for each in doubt.texts)]))
    found = [model.score_texts(each, texts, language) for each in (sound, np.zeros_like(sound))]
    if any(scores is None for scores in found):
        return None
    here, silent = (dict(zip(texts, scores or (), strict=True)) for scores in found)
    less = []
    for doubt in doubts:
        best = max(doubt.texts, key=here.__getitem__)
        less.append(
            (here[text] - here[best], here[text] - here[best] - silent[text] + silent[best])
        )
    return less


def _is_told(doubt: _DoubtedWords, less: float, by_sound: float) -> bool:
    if _is_alone(doubt.words):
        return less >= _UNLIKELY_ALONE and by_sound >= _BY_SOUND
    sure = 1.0 if doubt.probability is None else doubt.probability
    least = _UNLIKELY + _UNSURE * (1 - sure)
    if doubt.words.is_number:
        return less >= least and by_sound >= _BY_SOUND_OF_NUMBER
    pieces = len(doubt.written) / _LETTERS_A_PIECE
    return less >= max(least, _UNLIKELY_A_PIECE * pieces) and by_sound >= _BY_SOUND


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


def _put(text: str, place: slice, words: str) -> Iterator[str]:
    """Put words in the place of others: as they are, small, and with capitals."""
    capitals = " ".join(word[:1].upper() + word[1:] for word in words.casefold().split())
    before, after = text[: place.start], text[place.stop :]
    space = " " if place.start == place.stop else ""
    for form in dict.fromkeys((words, words.casefold(), capitals)):
        yield " ".join(f"{before}{space}{form}{space}{after}".split())


def _with_neighbour(words: Sequence[PlacedWord], place: slice) -> slice:
    before = [word for word in words if word.end <= place.start]
    after = [word for word in words if word.start >= place.stop]
    if before:
        return slice(before[-1].start, max(place.stop, before[-1].end))
    return slice(place.start, after[0].end) if after else place
