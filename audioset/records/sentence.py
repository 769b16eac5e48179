"""When two texts are the same sentence: case, punctuation, spaces and Unicode form do not count."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

# Written in many ways and often left out, so "we're" and "were" are one word.
_APOSTROPHES = dict.fromkeys(map(ord, "'`\u00b4\u2018\u2019\u02bc\u02b9\uff07"))
_NO_WORD = re.compile(r"[^a-z0-9]+")
# Thai, Lao, Burmese, Khmer, kana and Han are written without spaces between words.
_SPACELESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_LETTERS_PER_WORD = 2  # in those scripts


class PlacedWord(NamedTuple):
    """A word of a text as `normalise_sentence` writes it, and the characters that it stands for."""

    word: str
    start: int
    end: int


def placed_words(text: str) -> Iterator[PlacedWord]:
    """Give the words of a text in order, as `normalise_sentence` divides them."""
    start = 0
    for at, character in enumerate(f"{text} "):
        if at < len(text) and (ord(character) in _APOSTROPHES or _kept(character) != " "):
            continue
        word = normalise_sentence(text[start:at]).replace(" ", "")
        if word:
            bare = text[start:at].strip("".join(map(chr, _APOSTROPHES)))
            start += text[start:at].index(bare)
            yield PlacedWord(word, start, start + len(bare))
        start = at + 1


def normalise_sentence(text: str) -> str:
    """Give words in lower case with one space between them; empty when there is no word.

    Letters, digits and marks are kept in Unicode form NFKC; an apostrophe is left out, any other
    sign divides words: "Half-past; it's late!" and "half past its late" are the same sentence.
    """
    folded = text.translate(_APOSTROPHES).casefold()
    if folded.isascii():
        return _NO_WORD.sub(" ", folded).strip()
    kept = "".join(map(_kept, unicodedata.normalize("NFKC", folded).casefold()))
    return " ".join(unicodedata.normalize("NFKC", kept).split())


def count_words(sentence: str) -> int:
    """Count the words of a normalised sentence; two letters are one in scripts without spaces."""
    return max(sentence.count(" ") + 1, len(_SPACELESS.findall(sentence)) // _LETTERS_PER_WORD)


def _kept(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] in "LNM":  # marks too: the vowels of Indic scripts are marks
        return character
    return "" if category == "Cf" else " "  # Cf: soft hyphens and joiners, which nobody sees
