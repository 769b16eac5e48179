"""What stands around the words of a phrase, and unseen in them: a number, a speaker, takes.

The rules, so that nobody has to guess:

- Numbers such as `1.`, `(2)`, `#3` or `Line 4:`, and letters such as `a)`, are taken off when every
  phrase has one and they count up one by one; `1984: ...` alone is text.
- `name: words` names a speaker when the name is one or two words, and either the same name stands
  before two phrases or more, or every phrase has some. `Note: mind the gap`, once, is text.
- What programs put between letters for line breaks, such as soft hyphens, is taken out.
- `(x3)` or `(3x)` at the end, in round or square brackets, says how often the phrase is said.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from audioset.documents.transcripts.lines_file import Phrase
from audioset.documents.transcripts.unsaid import Unsaid

_NUMBER = re.compile(
    r"(?:(?:line|zeile|ligne|l[i\u00ed]nea|riga|no\.|nr\.|q|phrase|sentence|satz|prompt|item)\s*"
    r"(?P<named>[0-9]{1,5})\s*[.:)\u2013\u2014-]*|#(?P<hash>[0-9]{1,5})[.:)]?"
    r"|[(\[](?P<round>[0-9]{1,5})[)\]][.:]?|(?P<plain>[0-9]{1,5})(?:[.)\]:]|\s[\u2013\u2014-])"
    r"|(?P<letter>[a-z])\))\s+(?=\S)",
    re.IGNORECASE,
)
_NAME = r"(?!\d)\w[\w.'\u2019-]{0,29}(?: \w[\w.'\u2019-]{0,29})?"
_SPEAKER = re.compile(rf"(?!(?i:note|nb|n\.b\.|todo)\s?:)[\[(]?({_NAME})[\])]? ?:\s+(?=\S)")
_COUNT = "(?:[x\u00d7] ?[0-9]{1,2}|[0-9]{1,2} ?[x\u00d7])"
_TAKES = re.compile(rf"\s*(?:\({_COUNT}\)|\[{_COUNT}\])$", re.IGNORECASE)
_FEWEST = 2
# Soft hyphen, spaces without width, word joiner; and a hyphen that only differs in breaking.
_UNSEEN = {0x00AD: None, 0x200B: None, 0x2060: None, 0xFEFF: None, 0x2011: "-"}


def is_comment(text: str) -> bool:
    """Tell whether a row is a comment; `#3 words` is a numbered line."""
    return text.startswith("#") and not re.match(r"#[0-9]{1,5}[.:)]?\s", text)


def without_numbers(phrases: Sequence[Phrase], told: Unsaid) -> list[Phrase]:
    """Take off numbers that count the phrases, and take out what nobody sees."""
    phrases = [
        replace(phrase, text=" ".join(phrase.text.translate(_UNSEEN).split())) for phrase in phrases
    ]
    found = [match for phrase in phrases if (match := _NUMBER.match(phrase.text))]
    numbers = [_count(match) for match in found]
    if len(found) < max(_FEWEST, len(phrases)) or numbers != list(
        range(numbers[0], numbers[0] + len(numbers))
    ):
        return phrases
    for phrase, match in zip(phrases, found, strict=True):
        told.add("numbers of lines", phrase.place, match[0])
    return [
        replace(phrase, text=phrase.text[match.end() :])
        for phrase, match in zip(phrases, found, strict=True)
    ]


def _count(match: re.Match[str]) -> int:
    if match["letter"]:
        return ord(match["letter"].lower())
    return int(next(filter(None, match.group("named", "hash", "round", "plain"))))


def with_speakers(phrases: Sequence[Phrase], *, wanted: bool | None = None) -> list[Phrase]:
    """Divide `name: words` into speaker and words.

    Args:
        phrases: with their prefixes.
        wanted: True takes every prefix of one or two words for a speaker, False none; None goes by
            the rule above.
    """
    found = [_SPEAKER.match(phrase.text) for phrase in phrases]
    names = Counter(match[1].casefold() for match in found if match)
    every = len(phrases) >= _FEWEST and all(found)

    def is_speaker(name: str) -> bool:
        if wanted is not None:
            return wanted
        return every or names[name.casefold()] >= _FEWEST

    return [
        replace(phrase, text=phrase.text[match.end() :], speaker=phrase.speaker or match[1])
        if match and is_speaker(match[1])
        else phrase
        for phrase, match in zip(phrases, found, strict=True)
    ]


def with_takes(phrase: Phrase) -> Phrase:
    """Read `(x3)` at the end of a phrase."""
    match = _TAKES.search(phrase.text)
    if match is None or match.start() == 0:
        return phrase
    count = int("".join(filter(str.isdigit, match[0])))
    if count < 1:
        return phrase
    return replace(phrase, text=phrase.text[: match.start()], takes=phrase.takes or count)
