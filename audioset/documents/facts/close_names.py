"""Misspelt names of files: the one file that is close enough, and what may have been meant.

Numbers tell clips apart, so a misspelling keeps them; one word of the name may differ by a letter,
or by two neighbours that changed places, when it is long enough and no other file has it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from audioset.documents.facts.file_names import (
    same_word,
    without_ending,
    without_zeros,
    words_of,
)

# Signs that are taken for numbers when names are typed from sight.
_ALIKE = str.maketrans({"o": "0", "l": "1", "i": "1"})
_LETTERS_WITH_NUMBER, _LETTERS_ALONE = 4, 6  # that a misspelt word has at least
_MEANT = 0.6  # how alike a name must be to be worth a question

Words = tuple[str, ...]


class CloseNames:
    """The files of a folder, to be found by misspelt names."""

    def __init__(self, names: Sequence[str]) -> None:
        self._bases = {name: same_word(_stem(name)) for name in names}
        self._by_sight: dict[str, list[str]] = defaultdict(list)
        self._by_shape: dict[tuple[Words, int], list[tuple[Words, str]]] = defaultdict(list)
        self._known: set[str] = set()
        for name, base in self._bases.items():
            numbers, words = _shape(name)
            self._by_sight[base.translate(_ALIKE)].append(name)
            self._by_shape[numbers, len(words)].append((words, name))
            self._known.update(words)

    def find(self, written: str) -> Iterable[str]:
        """Give all files of which a name may be a misspelling, each once."""
        base, (numbers, words) = same_word(_stem(written)), _shape(written)
        least = _LETTERS_WITH_NUMBER if numbers else _LETTERS_ALONE
        fits = [
            name
            for name in self._by_sight.get(base.translate(_ALIKE), ())
            if _is_alike(base, self._bases[name])
        ]
        fits += [
            name
            for others, name in self._by_shape.get((numbers, len(words)), ())
            if self._is_misspelt(words, others, least)
        ]
        return dict.fromkeys(fits)

    def meant(self, written: str) -> str | None:
        """Give the file that is most like a name, for a question; None when none is."""
        base = same_word(_stem(written))
        found = process.extractOne(
            base, self._bases, scorer=OSA.normalized_similarity, score_cutoff=_MEANT
        )
        return str(found[2]) if base and found else None

    def _is_misspelt(self, words: Words, right: Words, least: int) -> bool:
        pairs = [(word, other) for word, other in zip(words, right, strict=True) if word != other]
        if len(pairs) != 1:
            return False
        word, other = pairs[0]
        return (
            min(len(word), len(other)) >= least
            and word not in self._known
            and OSA.distance(word, other, score_cutoff=1) == 1
        )


def _stem(written: str) -> str:
    base = written.strip().replace("\\", "/").rstrip("/").rpartition("/")[2]
    return without_ending(base)


def _is_alike(one: str, other: str) -> bool:
    """Tell whether a number stands in one where a letter that looks like it stands in the other."""
    pairs = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
    return bool(pairs) and all(a.isdecimal() != b.isdecimal() for a, b in pairs)


def _shape(written: str) -> tuple[Words, Words]:
    """Divide a name into its numbers, which must agree, and its words."""
    found = words_of(_stem(written))
    numbers = tuple(without_zeros(word) for word in found if word.isdecimal())
    return numbers, tuple(word for word in found if not word.isdecimal())
