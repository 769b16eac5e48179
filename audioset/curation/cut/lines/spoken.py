"""Texts as sequences of sounds: phones of a synthetic voice, or letters without one.

Held against each other by their sounds, `3` and `three`, or `was nay` and `wasnae`, are the same.
"""

import re
from functools import cached_property, lru_cache
from itertools import product

from audioset.hearing.align.voices.espeak import PAUSE, is_installed, speak
from audioset.hearing.align.voices.languages import choose_voice
from audioset.records.lines import Line
from audioset.records.sentence import normalise_sentence

Phones = tuple[str, ...]
_TEXTS_HELD = 4096
# Marks that a voice reads a word by: we'll, 120,000.
_WITHIN_WORDS = re.compile(r"((?<=\w)['\u2019](?=\w)|(?<=\d)[.,](?=\d))")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)(?=\d)")
_MIDDLE_OF_FOUR = re.compile(r"(?<!\d)(\d\d)(?=\d\d(?!\d))")


class SpokenTexts:
    """What texts sound like, in the voice of a cut."""

    def __init__(self, voice: str | None, language: str | None) -> None:
        """Choose the voice: the one that was asked for, or one for the language.

        Raises:
            NotFoundError: no such voice.
        """
        self._voice = choose_voice(voice, language) if is_installed() else None
        self._phones = lru_cache(_TEXTS_HELD)(self._say)

    def likeness(self, one: str, two: str) -> float:
        """Give the share of sounds that two texts have in common, in their order, [0, 1].

        Numerals are read in the way that is most like the other text.
        """
        from rapidfuzz.distance import Levenshtein

        readings = product(_readings(one), _readings(two))
        pairs = [(self._phones(this), self._phones(that)) for this, that in readings]
        return max(
            Levenshtein.normalized_similarity(this, that) if this and that else 0.0
            for this, that in pairs
        )

    def number(self, text: str) -> str | None:
        """Give the number below a hundred that is said as a text is, in digits."""
        if self._voice is None or not text.strip():
            return None
        return self._numbers.get(self._phones(text))

    @cached_property
    def _numbers(self) -> dict[Phones, str]:
        return {self._phones(str(number)): str(number) for number in reversed(range(100))}

    def _say(self, text: str) -> Phones:
        words = normalise_sentence(text)
        if not words or self._voice is None:
            return tuple(words.replace(" ", ""))
        parts = _WITHIN_WORDS.split(text)  # words, and each second one what belongs into a word
        parts[::2] = map(normalise_sentence, parts[::2])
        spoken = speak([Line(number=1, text="".join(parts))], self._voice)[0]
        return tuple(phone for phone in spoken.phones if phone != PAUSE)


def _readings(text: str) -> set[str]:
    """Give a text with its numerals to be read as numbers, digit by digit, and as years."""
    return {text, _BETWEEN_DIGITS.sub(" ", text), _MIDDLE_OF_FOUR.sub(r"\1 ", text)}
