"""What can be wrong with a text, seen from the text alone."""

import re
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from audioset.records.unsaid import ADDRESS, LABEL, UNSAID, find_unsaid

# Read by RE2, in Arrow, and by Python alike.
_MARKUP = r"</?[A-Za-z][^<>]*>|&(?:#[0-9]+|#x[0-9A-Fa-f]+|[A-Za-z]{2,8});|\{\\[^}]*\}"
_ASCII_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
# What nobody can say or see: control characters but tab and line ends, the replacement character,
# private use, and zero-width and direction marks but the joiners that Persian and Indic scripts
# need.
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd\u200b\u2060\ufeff\u202a-\u202e\ue000-\uf8ff]"
)
_LATIN, _GREEK, _CYRILLIC = "A-Za-z\u00c0-\u024f", "\u0370-\u03ff", "\u0400-\u052f"
_TWO_SCRIPTS = re.compile(
    "|".join(
        f"[{one}][{other}]|[{other}][{one}]"
        for one, other in ((_LATIN, _CYRILLIC), (_LATIN, _GREEK), (_CYRILLIC, _GREEK))
    )
)
_UNSURE = (
    r"(?i)[\[(<*]\s*(?:inaudible|unintelligible|unclear|indistinct|crosstalk|noise|music|laughter|"
    r"laughs?|applause|silence|pause|cough(?:s|ing)?|unk|unknown)[^\])>*]*[\])>*]"
)
_DUMMY = r"(?i)^\W*(?:x{3,}|lorem ipsum.*|n/a|tbd|<?unk>?)\W*$"
_BRACKETED = r"^\s*(?:\[[^\[\]]*\]|\([^()]*\)|<[^<>]*>)\s*$"
_NO_WORD = r"^[^\p{L}\p{N}]*$"
PLACEHOLDER = "|".join((_UNSURE, _DUMMY, _BRACKETED, _NO_WORD))
DIGITS = r"\p{N}"
_LONGEST_RUN = 8  # words; models that lost their way repeat short phrases
_NO_LETTER = r"[^\p{L}\p{N}]"


def is_empty(texts: pa.Array) -> pa.Array:
    """Tell which rows have no text, or only space."""
    return pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(pc.fill_null(texts, ""))), 0)


def matches(texts: pa.Array, pattern: str) -> pa.Array:
    """Tell which texts match; null matches nothing."""
    return pc.fill_null(pc.match_substring_regex(texts, pattern), False)  # noqa: FBT003


def count_letters(texts: pa.Array) -> pa.Array:
    """Count letters and digits; null for null."""
    # What is no letter is counted, because there is less of it: that is several times as fast.
    return pc.subtract(pc.utf8_length(texts), pc.count_substring_regex(texts, _NO_LETTER))


def may_be_odd(texts: pa.Array) -> pa.Array:
    """Tell which texts `explain_odd` should look at: a superset of those that are odd."""
    not_ascii = pc.fill_null(pc.invert(pc.string_is_ascii(texts)), False)  # noqa: FBT003
    return pc.or_(not_ascii, matches(texts, rf"{_MARKUP}|{_ASCII_CONTROL}"))


def may_be_unsaid(texts: pa.Array) -> pa.Array:
    """Tell which texts hold what nobody says; null holds nothing."""
    found = [matches(texts, pattern) for pattern in (*UNSAID.values(), ADDRESS, LABEL)]
    return reduce(pc.or_, found)


def explain_unsaid(text: str) -> tuple[str, str]:
    """Give what nobody says in a text that `may_be_unsaid`, and a sentence about it."""
    for kind, part in find_unsaid(text):
        return part, f"{part!r} is not said ({kind})"
    address = re.search(ADDRESS, text)
    if address:
        return address[0], f"{address[0]!r} is said in other words"
    label = re.search(LABEL, text)
    part = label[0].strip() if label else text
    return part, f"{part!r} stands in front of what is said"


def longest_run(text: str) -> tuple[str, int]:
    """Find the words that follow each other most often, such as `thank you` in a text of it alone.

    Returns:
        At most 8 words, in small letters, and how often they are said in a row.
    """
    words = text.lower().split()
    best, most = "", 0
    for size in range(1, min(_LONGEST_RUN, len(words)) + 1):
        # Rows of equal words at a distance of `size` are repeats of `size` words.
        alike = 0
        for at in range(size, len(words)):
            alike = alike + 1 if words[at] == words[at - size] else 0
            if alike // size + 1 > most:
                most, best = alike // size + 1, " ".join(words[at - size + 1 : at + 1])
    return best, most


def explain_odd(text: str) -> tuple[str, str] | None:
    """Tell what is odd about the characters of a text.

    Returns:
        The odd part and a sentence; None when nothing is odd.
    """
    for test in (_explain_control, _explain_markup, _explain_scripts, _explain_mojibake):
        found = test(text)
        if found is not None:
            return found
    return None


def _explain_control(text: str) -> tuple[str, str] | None:
    match = _CONTROL.search(text)
    if match is None:
        return None
    code = f"U+{ord(match[0]):04X}"
    if match[0] == "\ufffd":
        return code, f"text holds {code}, which stands for a character that was lost in decoding"
    return code, f"text holds {code}, a character that nobody can say or see"


def _explain_markup(text: str) -> tuple[str, str] | None:
    match = re.search(_MARKUP, text)
    return (match[0], f"text holds markup: {match[0]}") if match else None


def _explain_scripts(text: str) -> tuple[str, str] | None:
    if text.isascii() or _TWO_SCRIPTS.search(text) is None:
        return None
    word = next(word for word in text.split() if _TWO_SCRIPTS.search(word))
    return word, f"{word!r} mixes letters of two scripts that look alike"


def _explain_mojibake(text: str) -> tuple[str, str] | None:
    if text.isascii():
        return None
    # ftfy knows which sequences of characters only a wrong decoding makes.
    from ftfy import fix_encoding
    from ftfy.badness import is_bad

    if not is_bad(text):
        return None
    meant = fix_encoding(text)
    hint = f"; it may be {meant!r}" if meant != text else ""
    return text, f"text was decoded wrongly{hint}"
