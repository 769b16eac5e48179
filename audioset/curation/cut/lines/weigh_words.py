"""Which words of a line a model clearly heard otherwise.

A model writes many words otherwise that are said as the line has them: names that it does not know,
words that sound alike, forms that nobody uses any more. So it is asked again: how likely is what it
wrote with the line's own words put in the place of its own, in this sound, and in silence, where
only counts what it likes to write? Where they are far less likely, something else is said; but
words that it hardly ever writes, such as *mak'st* and *LeMoine*, are unlikely even if they are
said: silence tells these too, where the line's words are all that is asked about.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audioset.curation.cut.lines.compare_words import OtherWords
from audioset.records.plugin_contracts import (
    SOUND_RATE,
    Hypothesis,
    TextScorer,
    Transcriber,
    Word,
)
from audioset.records.sentence import PlacedWord, placed_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST_WORDS = 3  # on a side; more are no word that was said otherwise
_MOST_WORDS_ALONE = 2  # likewise, where the other side has none
_SAME_FROM = 0.85  # share of the sounds; more are other spellings, unless they are numbers
_DIVIDED_FROM = 0.7  # likewise, of more words than the others: they are only divided otherwise
# Natural logarithms of how much less likely the line's own words are, without a share of what the
# model likes to write, and how much more that must be: times the root of what the probability of
# its own word lacks, times what its score of all that it wrote lacks, times how many other words of
# the line it wrote otherwise, times how much rarer than usual the line's words are. Chosen with
# changes planted and without: see the README of the benchmarks.
_UNLIKELY, _UNSURE, _UNCLEAR, _OTHERS, _RARE = 4.5, 4.0, 10.0, 2.0, 1.5
_LIKED = 0.3  # share of what the model likes to write that does not count
_CLEAR = 0.85  # score of what it writes of clear speech
_USUAL = -14.0  # natural logarithm of the likelihood of words in silence
# Numbers that are both in digits: how sure the model is of its own tells only how it writes them.
_UNLIKELY_IN_DIGITS, _BY_SOUND_IN_DIGITS = 3.5, 1.0
_UNLIKELY_NUMBER, _UNSURE_OF_NUMBER, _BY_SOUND_OF_NUMBER = 8.0, 3.0, 2.5
_LEAST_PROBABILITY = 0.3  # of each word of a number that was written
# Of models that give no likelihoods of texts, or only of their own words.
_SURE, _UNLIKE = 0.9, 0.5


@dataclass(frozen=True, slots=True)
class _DoubtedWords:
    """Words of a line that may be said otherwise, and texts that decide it.

    Attributes:
        words: where they are.
        heard: what the model wrote; where it is a number, with that in digits as well.
        texts: the same, with the line's own words in place of its own.
        probability: least of the words that the model wrote; None where it told none.
    """

    words: OtherWords
    heard: tuple[str, ...]
    texts: tuple[str, ...]
    probability: float | None


@dataclass(frozen=True, slots=True)
class _Weight:
    """How likely words of a line are, in natural logarithms.

    Attributes:
        less: how much less likely than those that were written, in this sound.
        in_silence: the same in silence: what the model likes to write.
        usual: how likely they are in silence by themselves.
    """

    less: float
    in_silence: float
    usual: float


@dataclass(frozen=True, slots=True)
class WeighedWords:
    """Words of a line that a model wrote otherwise, as may change what is said.

    Attributes:
        said: what the model wrote, and what the line says; where one of the two has no word there,
            both have one word more, to say where it is.
        written: place in the line, in characters.
        is_told: the take alone tells that something else is said.
    """

    said: tuple[str, str]
    written: slice
    is_told: bool


def told_in_takes(takes: Sequence[Sequence[WeighedWords]]) -> list[list[tuple[str, str]]]:
    """Give what is told of each take of a line, by what is told of all.

    What one take alone tells is told: its speaker may have slipped. Where the model wrote the words
    at the same place of another take otherwise too, less surely, these are said otherwise there as
    well.
    """
    places = [words.written for take in takes for words in take if words.is_told]
    return [
        [
            words.said
            for words in take
            if words.is_told or any(_overlap(words.written, place) for place in places)
        ]
        for take in takes
    ]


def weighed_words(
    model: Transcriber,
    sound: "NDArray[np.float32]",
    language: str,
    line: str,
    heard: Hypothesis,
    differences: Sequence[OtherWords],
) -> list[WeighedWords]:
    """Weigh the differences that may change what is said.

    Args:
        model: that is asked again, where it is a `TextScorer`.
        sound: of the take, 16 kHz.
        language: BCP 47 tag.
        line: the text of the take.
        heard: what the model wrote.
        differences: of the two, as `other_words` gives them.
    """
    doubts = list(_doubts(line, heard, differences))
    weights = _weights(model, sound, language, line, heard.text, doubts) if doubts else None
    if weights is None:
        told = [len(differences) == 1 and _is_sure(doubt) for doubt in doubts]
    else:
        slack = _slack(heard, differences)
        weighed = zip(doubts, weights, strict=True)
        told = [_is_told(doubt, weight, slack) for doubt, weight in weighed]
    return [
        WeighedWords(_said(line, heard.text, doubt.words), doubt.words.written, is_told)
        for doubt, is_told in zip(doubts, told, strict=True)
    ]


def _doubts(
    line: str, heard: Hypothesis, differences: Sequence[OtherWords]
) -> Iterator[_DoubtedWords]:
    """Choose the differences that may change what is said."""
    places = list(_placed(heard))
    for words in differences:
        scores = [word.score for word, at in places if _overlap(at, words.heard)]
        probability = min((score for score in scores if score is not None), default=None)
        if not _may_change(words, line, heard.text, probability):
            continue
        if _is_alone(words) and any(
            _beside(words, other, line, heard.text) for other in differences if other != words
        ):
            continue  # a word of a pair that differs, and was not found to be one
        own = [heard.text]
        texts = [_put(heard.text, words.heard, form) for form in _forms(line[words.written])]
        if words.in_digits is not None:
            own.append(_put(heard.text, words.heard, words.in_digits[0]))
            texts.append(_put(heard.text, words.heard, words.in_digits[1]))
        yield _DoubtedWords(words, tuple(own), tuple(texts), probability)


def _may_change(words: OtherWords, line: str, heard: str, probability: float | None) -> bool:
    if words.in_digits is not None:
        return True
    sizes = [sum(1 for _ in placed_words(t)) for t in (line[words.written], heard[words.heard])]
    if not min(sizes):
        return max(sizes) <= _MOST_WORDS_ALONE
    if words.is_number:
        return words.likeness < 1 and (probability is None or probability >= _LEAST_PROBABILITY)
    same_from = _SAME_FROM if sizes[0] == sizes[1] else _DIVIDED_FROM
    return max(sizes) <= _MOST_WORDS and words.likeness < same_from


def _beside(one: OtherWords, two: OtherWords, line: str, heard: str) -> bool:
    """Tell whether no word stands between two differences, on either side."""
    gaps = []
    for text, places in ((line, (one.written, two.written)), (heard, (one.heard, two.heard))):
        first, last = sorted(places, key=lambda place: (place.start, place.stop))
        gaps.append(text[first.stop : last.start])
    return not any(True for gap in gaps for _ in placed_words(gap))


def _weights(
    model: Transcriber,
    sound: "NDArray[np.float32]",
    language: str,
    line: str,
    heard: str,
    doubts: Sequence[_DoubtedWords],
) -> list[_Weight] | None:
    """Weigh the line's words against those that were written.

    Returns:
        Of each doubt; None where the model cannot tell.
    """
    import numpy as np

    if not isinstance(model, TextScorer):
        return None
    texts = list(dict.fromkeys(text for doubt in doubts for text in doubt.heard + doubt.texts))
    words = [list(_forms(_said(line, heard, doubt.words)[1])) for doubt in doubts]
    alone = list(dict.fromkeys(form for forms in words for form in forms))
    silence = np.zeros(SOUND_RATE, np.float32)
    found = [
        model.score_texts(sound, texts, language),
        model.score_texts(np.zeros_like(sound), texts, language),
        model.score_texts(silence, alone, language),
    ]
    if any(scores is None for scores in found):
        return None
    here, silent, usual = (
        dict(zip(asked, scores or (), strict=True))
        for asked, scores in zip((texts, texts, alone), found, strict=True)
    )
    weights = []
    for doubt, forms in zip(doubts, words, strict=True):
        own, best = (max(some, key=here.__getitem__) for some in (doubt.heard, doubt.texts))
        less = here[own] - here[best]
        in_silence = silent[own] - silent[best]
        weights.append(_Weight(less, in_silence, max(usual[form] for form in forms)))
    return weights


def _slack(heard: Hypothesis, differences: Sequence[OtherWords]) -> float:
    """Tell how much less likely words must be where the model heard the take badly."""
    unclear = 0.0 if heard.score is None else max(0.0, _CLEAR - heard.score)
    others = sum(words.likeness < 1 for words in differences) - 1
    return _UNCLEAR * unclear + _OTHERS * max(0, others)


def _is_told(doubt: _DoubtedWords, weight: _Weight, slack: float) -> bool:
    by_sound = weight.less - weight.in_silence
    if doubt.words.in_digits is not None:
        return weight.less >= _UNLIKELY_IN_DIGITS and by_sound >= _BY_SOUND_IN_DIGITS
    unsure = 0.0 if doubt.probability is None else 1 - min(1.0, doubt.probability)
    if doubt.words.is_number:
        least = _UNLIKELY_NUMBER + _UNSURE_OF_NUMBER * unsure
        return weight.less >= least and by_sound >= _BY_SOUND_OF_NUMBER
    rare = max(0.0, _USUAL - weight.usual)
    least = _UNLIKELY + _UNSURE * math.sqrt(unsure) + _RARE * rare + slack
    return weight.less - _LIKED * weight.in_silence >= least


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
    words = " ".join(words.split())
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
