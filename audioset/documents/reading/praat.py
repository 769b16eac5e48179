"""Praat TextGrid, long and short text form: its tiers.

Praat reads its text files as a row of free-standing strings, numbers and flags and skips all
other words, so the long and the short form are the same file to it, and to this parser. Format:
Praat manual, "TextGrid file formats". praatio 6.2 finds the long form by the words in it, cannot
say the line of a fault, and drops names of equal tiers; hence not used.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from audioset.documents.reading.clock import number_seconds
from audioset.documents.reading.text import shown
from audioset.errors import InvalidInputError

# Possessive (*+): a missing quote must not be looked for again from every earlier one.
_TOKEN = re.compile(
    r'"(?P<string>[^"]*+(?:""[^"]*+)*+)"'
    r'|(?P<open>")'
    r"|(?P<comment>![^\n]*+)"
    r'|(?P<word>[^\s"]++)'
)
_NUMBER = re.compile(r"-?\d{1,10}(?:\.\d{0,20})?(?:[eE][-+]?\d{1,2})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TextGridTier:
    """A tier of a TextGrid.

    Attributes:
        name: as in the file.
        line: of the file where it begins.
        intervals: (start, end, label), in seconds; none of a tier of points.
        points: how many it has.
    """

    name: str
    line: int
    intervals: tuple[tuple[Decimal, Decimal, str], ...]
    points: int = 0


def read_tiers(text: str) -> list[TextGridTier]:
    """Read all tiers of a TextGrid.

    Raises:
        InvalidInputError: not a TextGrid in text form, or it breaks off; with the line.
    """
    tokens = _Tokens(text)
    kind, _ = tokens.next("string")
    what, _ = tokens.next("string")
    if not kind.startswith("ooTextFile") or what != "TextGrid":
        raise InvalidInputError(
            f"line 1: not a Praat TextGrid in text form but {shown(f'{kind} {what}')}; save it in "
            'Praat with "Save as text file"'
        )
    tokens.number()
    tokens.number()
    flag, _ = tokens.next("flag")
    if flag != "<exists>":
        return []
    return [_read_tier(tokens) for _ in _counted(tokens)]


class _Tokens:
    """The strings, numbers and flags of a Praat file, one after the other."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found = self._free_standing()
        self._line, self._counted = 1, 0

    def line(self, position: int) -> int:
        """Give the line of a position that is not before the last one asked for."""
        self._line += self._text.count("\n", self._counted, position)
        self._counted = position
        return self._line

    def next(self, kind: str) -> tuple[str, int]:
        """Give the next token, which must be a "string", "number" or "flag", and its position."""
        found = next(self._found, None)
        if found is None:
            raise InvalidInputError(
                f"line {self.line(len(self._text))}: the TextGrid breaks off where a {kind} should "
                "be; save it again in Praat"
            )
        actual, value, position = found
        if actual != kind:
            raise InvalidInputError(
                f"line {self.line(position)}: {shown(value)} where a {kind} should be; save it "
                "again in Praat as a text file"
            )
        return value, position

    def number(self) -> Decimal:
        """Give the next number."""
        text, position = self.next("number")
        value = number_seconds(text)
        if value is None:
            raise InvalidInputError(f"line {self.line(position)}: {shown(text)} is not a time")
        return value

    def string(self) -> str:
        """Give the next string, its doubled quotes as one."""
        return self.next("string")[0].replace('""', '"')

    def _free_standing(self) -> Iterator[tuple[str, str, int]]:
        for match in _TOKEN.finditer(self._text):
            if match.lastgroup == "open":
                raise InvalidInputError(
                    f"line {self.line(match.start())}: a text without its closing quote; save it "
                    "again in Praat"
                )
            if match.lastgroup == "string":
                yield "string", match["string"], match.start()
            elif match.lastgroup == "word":
                word = match["word"]
                if word.startswith("<") and word.endswith(">"):
                    yield "flag", word, match.start()
                elif _NUMBER.fullmatch(word):
                    yield "number", word, match.start()


def _counted(tokens: _Tokens) -> range:
    """Give as many steps as the next number says; what the file claims is never allocated."""
    number = tokens.number()
    return range(max(0, int(number)))


def _read_tier(tokens: _Tokens) -> TextGridTier:
    kind, position = tokens.next("string")
    line = tokens.line(position)
    name = tokens.string()
    tokens.number()
    tokens.number()
    if kind == "IntervalTier":
        intervals = tuple(
            (tokens.number(), tokens.number(), tokens.string()) for _ in _counted(tokens)
        )
        return TextGridTier(name, line, intervals)
    if kind != "TextTier":
        raise InvalidInputError(f"line {line}: a tier of unknown kind {shown(kind)}")
    points = 0
    for _ in _counted(tokens):
        tokens.number()
        tokens.string()
        points += 1
    return TextGridTier(name, line, (), points)
