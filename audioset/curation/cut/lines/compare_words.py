"""Where what a model wrote has other words than a line, each word beside the one it stands for.

Words are paired by how they sound, so that a word that is missed or heard twice does not shift the
others, `wood cutters` stands for `woodcutters`, and `120,000` for `a hundred and twenty thousand`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, product

from audioset.curation.cut.lines.numerals import other_numbers
from audioset.curation.cut.lines.spoken import SpokenTexts
from audioset.records.sentence import PlacedWord, normalise_sentence, placed_words

_ALONE = 0.6  # cost of a word that stands for none; one that sounds altogether otherwise costs 1
_JOINED = 0.05  # of each word more on one side than on the other
_PAIRS = ((1, 1), (1, 2), (2, 1), (1, 3), (3, 1))
_MOST_WORDS_OF_A_NUMERAL = 6
_NEARLY_SAME_FROM = 0.7  # share of the sounds; a word beside that is as near is none of another
_DIGIT = re.compile(r"\d")
# English words that are written as one or as two; where it may stand for several, it is all.
_CONTRACTED = (
    ("won't", ("will not",)),
    ("shan't", ("shall not",)),
    ("can't", ("can not",)),
    ("n't", (" not",)),
    ("'re", (" are",)),
    ("'ve", (" have",)),
    ("'ll", (" will", " shall")),
    ("'m", (" am",)),
    ("'d", (" had", " would")),
    ("'s", (" is", " has", " us")),
)


@dataclass(frozen=True, slots=True)
class OtherWords:
    """Words of a line, and what a model wrote instead; one of the two may be empty.

    Attributes:
        written, heard: places in the line and in what the model wrote, in characters.
        likeness: share of sounds that both have in common, [0, 1].
        is_number: one of them at least is written in digits.
        in_digits: what was heard, and what is written, where both are known as numbers.
    """

    written: slice
    heard: slice
    likeness: float
    is_number: bool = False
    in_digits: tuple[str, str] | None = None


def other_words(line: str, hypothesis: str, spoken: SpokenTexts) -> list[OtherWords]:
    """Give the words of a line that a model wrote otherwise, in order.

    Case, punctuation, contractions of English and words written together or apart do not count.
    """
    return _WordPairs(line, hypothesis, spoken).differences()


class _WordPairs:
    """The cheapest way through two rows of words."""

    def __init__(self, line: str, hypothesis: str, spoken: SpokenTexts) -> None:
        self._texts = line, hypothesis
        self._words = list(placed_words(line)), list(placed_words(hypothesis))
        self._spoken = spoken

    def differences(self) -> list[OtherWords]:
        one, two = self._words
        first, after = _common_ends([w.word for w in one], [w.word for w in two])
        ends = len(one) - after, len(two) - after
        return list(self._joined(self._way(first, ends)))

    def _joined(self, way: Sequence[OtherWords | None]) -> Iterator[OtherWords]:
        """Join what differs side by side: a part of it by itself fits between no others."""
        for is_other, some in groupby(way, key=_is_other):
            found = [each for each in some if each is not None]
            if is_other and len(found) > 1:
                yield from self._by_number(self._as_one(found))
            else:
                yield from (w for each in found if each.likeness < 1 for w in self._by_number(each))

    def _by_number(self, words: OtherWords) -> Iterator[OtherWords]:
        """Divide numbers side by side, where each stands for one; leave other words as they are."""
        written, heard = self._texts[0][words.written], self._texts[1][words.heard]
        numbers = other_numbers(written, heard, self._spoken) if words.is_number else None
        if numbers is None:
            yield words
        for each in numbers or ():
            in_digits = each.heard_in_digits, each.written_in_digits
            yield OtherWords(
                _moved(each.written, words.written.start),
                _moved(each.heard, words.heard.start),
                self._spoken.likeness(*in_digits),
                is_number=True,
                in_digits=in_digits,
            )

    def _as_one(self, found: Sequence[OtherWords]) -> OtherWords:
        written = slice(found[0].written.start, found[-1].written.stop)
        heard = slice(found[0].heard.start, found[-1].heard.stop)
        likeness = self._spoken.likeness(self._texts[0][written], self._texts[1][heard])
        return OtherWords(written, heard, likeness, any(each.is_number for each in found))

    def _way(self, first: int, ends: tuple[int, int]) -> list[OtherWords | None]:
        """Go from the first word that differs to the last, on both sides."""
        best: dict[tuple[int, int], tuple[float, tuple[int, int] | None, OtherWords | None]] = {
            (first, first): (0.0, None, None)
        }
        for i, j in product(range(first, ends[0] + 1), range(first, ends[1] + 1)):
            for rows, columns in self._steps(i, j, ends):
                here = best[i, j][0]
                cost, found = self._step((i, i + rows), (j, j + columns))
                there = i + rows, j + columns
                if there not in best or here + cost < best[there][0]:
                    best[there] = here + cost, (i, j), found
        way, at = [], ends
        while (before := best[at][1]) is not None:
            way.append(best[at][2])
            at = before
        return way[::-1]

    def _steps(self, i: int, j: int, ends: tuple[int, int]) -> Iterator[tuple[int, int]]:
        left = ends[0] - i, ends[1] - j
        yield from ((rows, 1 - rows) for rows in (0, 1) if left[rows == 0] > 0)
        for rows, columns in _PAIRS:
            if rows <= left[0] and columns <= left[1]:
                yield rows, columns
        if all(left):
            for side, at in enumerate((i, j)):
                if _DIGIT.search(self._words[side][at].word):
                    yield from _numeral_steps(side, left)

    def _step(
        self, rows: tuple[int, int], columns: tuple[int, int]
    ) -> tuple[float, OtherWords | None]:
        """Give the cost of pairing some words, and the difference; None where there is none."""
        one = _place(self._words[0], *rows)
        two = _place(self._words[1], *columns)
        if one.start == one.stop or two.start == two.stop:
            return _ALONE, OtherWords(one, two, 0.0)
        written, heard = self._texts[0][one], self._texts[1][two]
        if _forms(written) & _forms(heard):
            return 0.0, None
        likeness = self._spoken.likeness(written, heard)
        sizes = rows[1] - rows[0], columns[1] - columns[0]
        numeral = _DIGIT.search(written + heard) is not None
        extra = 0.0 if numeral else _JOINED * (max(sizes) - 1)
        cost = (1 - likeness) * (min(sizes) if numeral else max(sizes)) + extra
        return cost, OtherWords(one, two, likeness, numeral)


def _moved(place: slice, by: int) -> slice:
    return slice(place.start + by, place.stop + by)


def _is_other(found: OtherWords | None) -> bool:
    return found is not None and (found.likeness < _NEARLY_SAME_FROM or found.is_number)


def _numeral_steps(side: int, left: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Pair a numeral on one side, in up to three groups of digits, with words on the other."""
    for digits in range(1, min(3, left[side]) + 1):
        for words in range(1, min(_MOST_WORDS_OF_A_NUMERAL, left[1 - side]) + 1):
            yield (digits, words) if side == 0 else (words, digits)


def _common_ends(one: Sequence[str], two: Sequence[str]) -> tuple[int, int]:
    """Count the words that both begin with, and those that both end with."""
    most = min(len(one), len(two))
    first = next((k for k in range(most) if one[k] != two[k]), most)
    most -= first
    return first, next((k for k in range(most) if one[-1 - k] != two[-1 - k]), most)


def _place(words: Sequence[PlacedWord], first: int, after: int) -> slice:
    """Give where some words stand; an empty place before the next word where there are none."""
    if first == after:
        at = words[first].start if first < len(words) else words[-1].end if words else 0
        return slice(at, at)
    return slice(words[first].start, words[after - 1].end)


def _forms(text: str) -> set[str]:
    """Give all ways to write a text out, without any space."""
    plain = text.replace("\u2019", "'").casefold()
    found = {plain}
    for short, meant in _CONTRACTED:
        found |= {form.replace(short, each) for form in found for each in meant if short in form}
    return {normalise_sentence(form).replace(" ", "") for form in found}
