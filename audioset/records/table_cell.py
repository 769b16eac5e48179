"""A text as a cell of a CSV that spreadsheet programs open, which run what looks like a formula.

The rule, both ways: a text that begins with a sign that starts a formula, after any number of
apostrophes, gets one more apostrophe in front, as people type it there; reading takes one away.
Numbers stay numbers.
"""

import re

# Also full-width, which some programs take for the same; tab and line ends are skipped by others.
_SIGNS = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20"
_QUOTED = re.compile(f"'+[{_SIGNS}]")
_CODE = re.compile(r"_x([0-9A-Fa-f]{4})_")
# What `to_cell` changes, and what it leaves alone. Read by Python, and by RE2 in Arrow.
FORMULA = f"^'*[{_SIGNS}]"
HARMLESS = r"^-[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$"


def to_cell(text: str) -> str:
    """Write a text so that no program runs it."""
    return f"'{text}" if re.match(FORMULA, text) and not re.match(HARMLESS, text) else text


def from_cell(cell: str) -> str:
    """Give the text that `to_cell` wrote."""
    return cell[1:] if _QUOTED.match(cell) else cell


def to_book_cell(text: str) -> str:
    """Write a text that looks like a code of workbooks, which use such codes for line ends."""
    return _CODE.sub(r"_x005F\g<0>", text)


def from_book_cell(cell: str) -> str:
    """Give the text of a cell of a workbook with its codes read: `_x000D_` is a line end."""
    return _CODE.sub(lambda match: chr(int(match[1], 16)), cell)
