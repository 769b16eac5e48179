"""Several: what takes several of a thing also takes one, and never a word for its letters."""

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any, TypeAlias, TypeVar

Thing = TypeVar("Thing")

Several: TypeAlias = Thing | Iterable[Thing]


def several(given: Any) -> tuple[Any, ...]:
    """Give what was given as a tuple: one thing as the only one of its kind.

    Args:
        given: `Several` of anything; a string, a path and whatever cannot be iterated is one.
    """
    if isinstance(given, str | bytes | PurePath) or not isinstance(given, Iterable):
        return (given,)
    return tuple(given)
