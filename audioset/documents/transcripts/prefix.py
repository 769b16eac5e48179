"""What stands around the words of a phrase, and unseen in them: a number, a speaker, takes.

The rules, so that nobody has to guess:

- Numbers such as `1.` or `2)` are taken off when every phrase has one and they count from 1.
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

_NUMBER = re.compile(r"([0-9]{1,5})[.)]\s+(?=\S)")
_SPEAKER = re.compile(r"((?!\d)\w[\w.'\u2019-]{0,29}(?: \w[\w.'\u2019-]{0,29})?) ?:\s+(?=\S)")
_COUNT = "(?:[x\u00d7] ?[0-9]{1,2}|[0-9]{1,2} ?[x\u00d7])"
_TAKES = re.compile(rf"\s*(?:\({_COUNT}\)|\[{_COUNT}\])$", re.IGNORECASE)
_FEWEST = 2
# Soft hyphen, spaces without width, word joiner; and a hyphen that only differs in breaking.
_UNSEEN = {0x00AD: None, 0x200B: None, 0x2060: None, 0xFEFF: None, 0x2011: "-"}


def without_numbers(phrases: Sequence[Phrase]) -> list[Phrase]:
    """Take off numbers that count the phrases from 1, and take out what nobody sees."""
    phrases = [
        replace(phrase, text=" ".join(phrase.text.translate(_UNSEEN).split())) for phrase in phrases
    ]
    found = [_NUMBER.match(phrase.text) for phrase in phrases]
    numbers = [int(match[1]) for match in found if match]
    if len(phrases) < _FEWEST or numbers != list(range(1, len(phrases) + 1)):
        return phrases
    return [replace(phrase, text=_NUMBER.sub("", phrase.text, count=1)) for phrase in phrases]


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
