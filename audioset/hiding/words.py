"""Commands without secrets: kept with a run, and completed when it is run again."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audioset.errors import InvalidInputError
from audioset.hiding.addresses import hide_in_address
from audioset.hiding.names import HIDDEN, is_no_secret, is_path, is_private
from audioset.hiding.text import hide

_VARIABLE = "AUDIOSET_HIDDEN_"
_SHOWN = 80  # characters of a word in a message
_ASSIGNMENT = re.compile(r"([-+~]*[\w.-]+)=")
_WHOLE_ADDRESS = re.compile(r"((?:[-+~]*[\w.-]+=)?)([a-z][a-z0-9+.-]*://.+)", re.I | re.DOTALL)
_USER_AND_PASSWORD = re.compile(r"([^:/\s]+):[^/\s]+")
# What `-p` is given where it means a port, a precision, a profile file; else it is a password.
_PLAIN_AFTER_P = re.compile(r"[\d.,:]+|(?:fp|bf|float|int|tf)\d+(?:-\w+)?|[\w.-]+/.*")


@dataclass(frozen=True, slots=True)
class HiddenWords:
    """A command without its secrets.

    Attributes:
        words: as given, with `***` for what is secret.
        places: of the words that held a secret: variable of the environment in which it can be
            given again -> place in `words`.
    """

    words: tuple[str, ...]
    places: Mapping[str, int]


def hide_in_words(words: Sequence[str]) -> HiddenWords:
    """Hide what is secret in a command, given as the words that it was started with."""
    shown: list[str] = []
    places: dict[str, int] = {}
    for place, word in enumerate(words):
        before = words[place - 1] if place else ""
        without = _hidden(before, word)
        shown.append(without)
        if without != word:
            name = _variable(before, word, place)
            places[f"{name}_{place}" if name in places else name] = place
    return HiddenWords(tuple(shown), places)


def give_again(
    words: Sequence[str], places: Mapping[str, int], environ: Mapping[str, str] = os.environ
) -> tuple[str, ...]:
    """Put what was hidden in a command back into its places.

    Args:
        words: as `hide_in_words` gave them.
        places: as there.
        environ: holds the values: of `--name=***` what follows the `=`, else the whole word.

    Raises:
        InvalidInputError: a value is not given; the text names the variables.
    """
    missing = [name for name in places if not environ.get(name)]
    if missing:
        asked = ", ".join(f"{name} for {_shown_place(words, places[name])}" for name in missing)
        raise InvalidInputError(
            "the command held secrets, which were not kept; give them as variables of the "
            f"environment: {asked}"
        )
    found = list(words)
    for name, place in places.items():
        assignment = _ASSIGNMENT.match(words[place])
        found[place] = f"{assignment[0] if assignment else ''}{environ[name]}"
    return tuple(found)


def _hidden(before: str, word: str) -> str:
    """Give a word of a command without what is secret in it."""
    if before.startswith("-") and is_private(before, word):
        return HIDDEN
    if before == "-p" and not (
        _PLAIN_AFTER_P.fullmatch(word) or is_path(word) or is_no_secret(word)
    ):
        return HIDDEN
    if before in ("-u", "--user") and (pair := _USER_AND_PASSWORD.fullmatch(word)):
        return f"{pair[1]}:{HIDDEN}"
    if address := _WHOLE_ADDRESS.fullmatch(word):
        return hide(f"{address[1]}{hide_in_address(address[2])}")
    name, mark, value = word.partition("=")
    if mark and is_private(name, value):
        return f"{name}={HIDDEN}"
    return hide(word)


def _variable(before: str, word: str, place: int) -> str:
    """Name the variable in which a value is given again, by its option or else its place."""
    assignment = _ASSIGNMENT.match(word)
    told = assignment[1] if assignment else before if before.startswith("-") else ""
    plain = re.sub(r"\W+", "_", told).strip("_").upper()
    return f"{_VARIABLE}{plain or place}"


def _shown_place(words: Sequence[str], place: int) -> str:
    word = words[place]
    return f"{words[place - 1]} {word}" if place and word == HIDDEN else word[:_SHOWN]
