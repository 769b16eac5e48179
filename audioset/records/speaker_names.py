"""When two names may be those of one speaker: case, accents and blanks do not count."""

import re
import shlex
import unicodedata
from collections.abc import Iterable, Mapping

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


def spellings_of_one(
    num_clips: Mapping[str | None, int],
) -> tuple[tuple[str, ...], ...]:
    """Give the names that may be of one speaker, the one with most clips first.

    Args:
        num_clips: of each name.
    """
    return tuple(
        tuple(sorted(names, key=lambda name: (name != " ".join(name.split()), -num_clips[name])))
        for names in names_alike(num_clips)
    )


def naming_command(others: Iterable[str], name: str) -> str:
    """Give the command that makes all clips of other names those of one speaker."""
    speakers = " ".join(f"--speaker {shlex.quote(other)}" for other in others)
    return f"audioset decide {speakers} --set {shlex.quote(f'speaker={name}')}"
