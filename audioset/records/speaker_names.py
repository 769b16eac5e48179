"""When two names may be those of one speaker: case, accents and blanks do not count."""

import re
import unicodedata
from collections.abc import Iterable

# Accents of Latin, Greek and Cyrillic letters; marks of other scripts are vowels and consonants.
_ACCENTS = re.compile("[\u0300-\u036f]")
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "\u0131": "i", "æ": "ae", "œ": "oe"})


def fold_speaker(name: str) -> str:
    """Give what the spellings of one name have in common; empty for a name of blanks alone.

    Màiri, mairi and "Mairi " are alike, and so are Müller and Muller.
    """
    if name.isascii():
        return " ".join(name.casefold().split())
    apart = unicodedata.normalize("NFKD", name).casefold()
    plain = _ACCENTS.sub("", apart).translate(_LETTERS)
    return " ".join(unicodedata.normalize("NFC", plain).split())


def names_alike(names: Iterable[str | None]) -> tuple[tuple[str, ...], ...]:
    """Give the names that may be of one speaker, where there are several, in order."""
    found: dict[str, list[str]] = {}
    for name in sorted({name for name in names if name}):
        found.setdefault(fold_speaker(name), []).append(name)
    return tuple(tuple(alike) for fold, alike in found.items() if fold and len(alike) > 1)
