"""Columns of texts by number: equal numbers are read aloud alike."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audioset.records.same_sentence import fold_sentence, rules_of
from audioset.records.sentence import count_words, normalise_sentence


def number_sentences(
    texts: pa.ChunkedArray, languages: pa.ChunkedArray
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Number equal sentences, each text by the rules of its language.

    Args:
        texts: shape (number of clips,).
        languages: BCP 47 tags, shape (number of clips,).

    Returns:
        Shape (number of clips,), -1 for a text without a word; and how many words each number
        stands for, the most of its texts, shape (numbers + 1,), 0 for the last.
    """
    encoded = _encoded(texts)
    places = np.asarray(pc.fill_null(encoded.indices, -1))
    written = encoded.dictionary.to_pylist()
    numbers: dict[str, int] = {}
    words: list[int] = []

    def number_of(text: str, rules: str) -> int:
        plain = normalise_sentence(text)
        if not plain:
            return -1
        number = numbers.setdefault(fold_sentence(text, rules) or plain, len(numbers))
        if number == len(words):
            words.append(0)
        words[number] = max(words[number], count_words(plain))
        return number

    codes = np.full(len(places), -1, np.int32)
    for rules, chosen in _by_rules(languages):
        every = isinstance(chosen, slice)
        used = range(len(written)) if every else np.unique(places[chosen]).tolist()
        of_text = np.full(len(written) + 1, -1, np.int32)  # the last: of no text
        for place in used:
            if place >= 0:
                of_text[place] = number_of(written[place], rules)
        codes[chosen] = of_text[places[chosen]]
    return codes, np.array([*words, 0], np.int64)


def _by_rules(languages: pa.ChunkedArray) -> Iterator[tuple[str, NDArray[np.bool_] | slice]]:
    """Give the clips of each set of rules that occurs; a slice where it is all of them."""
    encoded = _encoded(languages)
    of_tag = [*map(rules_of, encoded.dictionary.to_pylist()), rules_of(None)]
    known = list(dict.fromkeys(of_tag))
    if len(known) == 1:
        yield known[0], slice(None)
        return
    numbers = np.array([known.index(rules) for rules in of_tag], np.int8)
    of_clip = numbers[np.asarray(pc.fill_null(encoded.indices, -1))]
    for number, rules in enumerate(known):
        yield rules, of_clip == number


def _encoded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    if pa.types.is_dictionary(column.type):
        return column.unify_dictionaries().combine_chunks()
    return column.combine_chunks().dictionary_encode()
