"""What may stand for an age, and why a word does not."""

import re
from typing import NamedTuple

_OLDEST = 120
_FIRST_YEAR, _LAST_YEAR = 1880, 2100  # what is no age and lies between looks like a year of birth
_NUMBER = re.compile(r"(\d{1,3})(?:[.,;:]\d{1,2})?")  # also 4.5, and 3;06 as in speech of children
_RANGE = re.compile(r"(\d{1,3})\s*(?:[-\u2013\u2014]|to|bis|à)\s*(\d{1,3})")
_OPEN = re.compile(r"(?:<|>|≤|≥|<=|>=|under|over)\s*(\d{1,3})|(\d{1,3})\s*\+")
_DECADE = re.compile(r"(?:(?:early|mid|late)[\s-]*)?(\d0)'?s")
_MONTHS = re.compile(r"(\d{1,3})\s*(?:months?|mo|weeks?|wks?|days?)")
_DECADES = {
    "teens": 10, "twenties": 20, "thirties": 30, "forties": 40, "fifties": 50,
    "fourties": 40,  # as Common Voice writes it; codespell:ignore
    "sixties": 60, "seventies": 70, "eighties": 80, "nineties": 90,
}  # fmt: skip
_BANDS = """
adolescent adult adults baby child children elderly infant kid middle-aged old older senior seniors
teen teenager toddler unknown young younger youth"""
_WORDS = frozenset(_BANDS.split())
_SEVERAL_WORDS = frozenset(("middle aged", "older adult", "young adult"))


class AgeRange(NamedTuple):
    """From which to which age, in whole years, both included."""

    first: int
    last: int


def parse_age(value: str) -> AgeRange | None:
    """Read an age or a band of ages; None for words such as `adult`, and for what is no age."""
    text = value.strip().lower()
    if text in _DECADES:
        return AgeRange(_DECADES[text], _DECADES[text] + 9)
    for pattern, beyond in ((_NUMBER, 0), (_RANGE, 0), (_DECADE, 9)):
        if found := pattern.fullmatch(text):
            first = int(found[1])
            last = int(found[2]) if pattern is _RANGE else first + beyond
            return AgeRange(first, last) if first <= last <= _OLDEST else None
    # Which months they are, or how much older, makes no difference to what they are asked for.
    return AgeRange(0, _OLDEST) if _MONTHS.fullmatch(text) or _OPEN.fullmatch(text) else None


def explain_age(value: str) -> tuple[str, str | None] | None:
    """Tell why a value is no age.

    Returns:
        The reason, and what to write where that is plain; None for an age.
    """
    text = value.strip().lower()
    if text in _WORDS or text in _SEVERAL_WORDS or parse_age(text) is not None:
        return None
    numbers = re.findall(r"\d+", text)
    if len(numbers) != 1:
        return "is neither a number of years nor a band such as 20-29 or adult", None
    number = int(numbers[0])
    if not text.lstrip("+").isdigit():
        plain = str(number) if number <= _OLDEST and not text.startswith("-") else None
        return "is more than a number of years", plain
    if _FIRST_YEAR <= number <= _LAST_YEAR:
        return "looks like a year of birth", None
    return f"is older than {_OLDEST} years", None
