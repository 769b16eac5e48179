"""Numbers and lists as words: what many messages and screens are made of."""

from collections.abc import Sequence


def count(number: int, thing: str) -> str:
    """Give `1 source` or `2 sources`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def some_of(names: Sequence[object], most: int, *, between: str = ", ") -> str:
    """List the first of many, and how many more there are: `a, b and 3 more`."""
    more = len(names) - most
    shown = between.join(str(name) for name in names[:most])
    return f"{shown} and {more:,} more" if more > 0 else shown
