"""What a voice is given of a line: words of a lexicon as phonemes, single letters as letters."""

import re
import unicodedata
from collections.abc import Mapping

_WORD = re.compile("\\w+(?:['\u2019]\\w+)*")
_GAP = re.compile(r"(?<=\S)\s+(?=\S)")


def given_to_voice(text: str, lexicon: Mapping[str, str]) -> tuple[str, list[int]]:
    """Give what a voice is to say, and where in the text each of its characters comes from.

    Args:
        text: of a line.
        lexicon: word, case-folded -> phonemes of the voice.
    """
    plain = text.replace("[[", "  ").replace("]]", "  ").replace("\0", " ")
    changes = [
        (match.start(), match.end(), f"[[{lexicon[match[0].casefold()]}]]")
        for match in _WORD.finditer(plain)
        if match[0].casefold() in lexicon
    ]
    # Behind each other letters are read as one word: in Arabic and Russian without their names.
    if _is_letters(plain):
        changes += [(match.start(), match.start(), ",") for match in _GAP.finditer(plain)]
    spoken, origins, done = "", list[int](), 0
    for start, end, said in sorted(changes):
        spoken += plain[done:start] + said
        origins += [*range(done, start), *[start] * len(said)]
        done = end
    return spoken + plain[done:], [*origins, *range(done, len(plain))]


def _is_letters(text: str) -> bool:
    """Tell whether a text is nothing but single letters, with marks or without."""
    words = text.split()
    return len(words) > 1 and all(_num_letters(word) == 1 for word in words)


def _num_letters(word: str) -> int:
    return sum(unicodedata.category(sign).startswith("L") for sign in word)
