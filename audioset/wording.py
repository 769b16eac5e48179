"""Numbers, lists and texts as words: what messages, screens and pages are made of."""

from collections.abc import Sequence

NOT_GIVEN = "(not given)"  # in the place of a fact that nobody gave


def count(number: int, thing: str) -> str:
    """Give `1 source` or `2 sources`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def some_of(names: Sequence[object], most: int, *, between: str = ", ") -> str:
    """List the first of many, and how many more there are: `a, b and 3 more`."""
    more = len(names) - most
    shown = between.join(str(name) for name in names[:most])
    return f"{shown} and {more:,} more" if more > 0 else shown


def format_hms(seconds: float) -> str:
    """Give a length as h:mm:ss, rounded to whole seconds."""
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def cut_short(text: str, length: int = 48) -> str:
    """Cut a long text at its end; with the "…" that tells of it, it has `length` characters."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def visible(text: str) -> str:
    """Show what has no shape of its own, such as control characters, by its code."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else f"⟨U+{ord(c):04X}⟩" for c in text)
