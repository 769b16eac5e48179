"""Pieces of Markdown, with the texts of people in them as texts."""

import re
from collections.abc import Sequence

_LEADING = re.compile(r"^(\d*)([#+\-=.)])")


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table; cells are Markdown already."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(text: str) -> str:
    """Keep people's text from breaking out of a table cell or into markup."""
    plain = " ".join(text.split())
    for character in "\\`*_[]<>|~$&":
        plain = plain.replace(character, f"\\{character}")
    return plain


def paragraph(text: str) -> str:
    """Give people's text as a paragraph of its own, which is no heading and no list."""
    return _LEADING.sub(r"\1\\\2", cell(text))


def format_length(seconds: float) -> str:
    """Give a length as hours, minutes or seconds, whichever reads best."""
    if seconds >= 3600:
        return f"{seconds / 3600:,.2f} h"
    return f"{seconds / 60:.1f} min" if seconds >= 60 else f"{seconds:.1f} s"
