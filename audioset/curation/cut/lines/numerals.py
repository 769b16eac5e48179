"""Numbers of a line beside those that a model wrote, each digit beside the one it stands for.

A model writes `9, 5, 6, 9` or `9569` where a line says *nine four six nine*. Which number of the
line is another one is only seen where both are in digits. What a number is called is asked of the
voice, so that no language needs a table: `four` is 4 because both are said alike.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from audioset.curation.cut.lines.spoken import SpokenTexts
from audioset.records.sentence import PlacedWord, placed_words

_WORDS_OF_A_NUMBER = 4  # of a number below a hundred, such as *quatre-vingt-dix-sept*


@dataclass(frozen=True, slots=True)
class OtherNumber:
    """A number of a line, and the one that a model wrote in its place.

    Attributes:
        written, heard: places in the two texts.
        heard_in_digits, written_in_digits: both, divided as the model divides its digits.
    """

    written: slice
    heard: slice
    heard_in_digits: str
    written_in_digits: str


@dataclass(frozen=True, slots=True)
class _Number:
    place: slice
    digits: str


def other_numbers(written: str, heard: str, spoken: SpokenTexts) -> list[OtherNumber] | None:
    """Give the numbers that differ, in order.

    Returns:
        None where one side holds other words than numbers, or the two have not as many digits.
    """
    line, model = _numbers(written, spoken), _numbers(heard, spoken)
    if line is None or model is None:
        return None
    if len(line) == len(model):
        return [
            OtherNumber(one.place, two.place, two.digits, one.digits)
            for one, two in zip(line, model, strict=True)
            if one.digits != two.digits
        ]
    said = [(digit, number, k) for number in model for k, digit in enumerate(number.digits)]
    if len(said) != sum(len(number.digits) for number in line):
        return None
    found, at = [], 0
    for number in line:
        here = said[at : at + len(number.digits)]
        at += len(here)
        if "".join(digit for digit, _, _ in here) != number.digits:
            found.append(_other(heard, number, here))
    return found


def _other(heard: str, number: _Number, said: Sequence[tuple[str, _Number, int]]) -> OtherNumber:
    """Put the digits of a number of the line in the place of those that were heard."""
    parts, ends = list[tuple[str, str]](), list[int]()
    for own, (digit, other, k) in zip(number.digits, said, strict=True):
        in_digits = heard[other.place] == other.digits
        start = other.place.start + k if in_digits else other.place.start
        end = start + 1 if in_digits else other.place.stop
        if ends and start > ends[-1]:
            parts.append((heard[ends[-1] : start],) * 2)
        parts.append((digit, own))
        ends += [start, end]
    place = slice(ends[0], ends[-1])
    return OtherNumber(number.place, place, *map("".join, zip(*parts, strict=True)))


def _numbers(text: str, spoken: SpokenTexts) -> list[_Number] | None:
    words, found, at = list(placed_words(text)), [], 0
    while at < len(words):
        number = next(_readings(text, words[at : at + _WORDS_OF_A_NUMBER], spoken), None)
        if number is None:
            return None
        found.append(number)
        while at < len(words) and words[at].end <= number.place.stop:
            at += 1
    return found


def _readings(text: str, words: Sequence[PlacedWord], spoken: SpokenTexts) -> Iterator[_Number]:
    """Read some words, or less of them, as one number."""
    if words[0].word.isdecimal():
        yield _Number(slice(words[0].start, words[0].end), words[0].word)
        return
    for after in range(len(words), 0, -1):
        place = slice(words[0].start, words[after - 1].end)
        if digits := spoken.number(text[place]):
            yield _Number(place, digits)
