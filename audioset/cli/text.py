"""Numbers and names as words, and words as lines."""

import re
import unicodedata

from audioset.locations import by_address

_WORDS = re.compile(r"\s*\S+")  # each with the blanks before it


def format_size(size_bytes: float) -> str:
    """Give a size with three digits, such as `1.53 MB`."""
    size, units = float(size_bytes), ["B", "kB", "MB", "GB", "TB", "PB"]
    while size >= 999.5 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.3g} {units[0]}"


def clean(text: str) -> str:
    """Replace what could steer a terminal; names of files may hold anything."""
    text = by_address(text)
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def cell_width(text: str) -> int:
    """Give how many cells of a terminal a text takes: two for a Chinese letter, none for accents.

    Source: Unicode Standard Annex 11; marks and joiners have the letter before them.
    """
    if text.isascii():
        return len(text)
    return sum(_letter_width(letter) for letter in text)


def wrapped(text: str, width: int) -> list[str]:
    """Break a text into lines between words, and words that are longer than a line anywhere.

    Nothing but blanks at the ends of lines is left out; there is at least one line.
    """
    lines = []
    for paragraph in text.split("\n"):
        line, room = "", width
        for word in _WORDS.findall(paragraph):
            if cell_width(word) > room and line:
                lines.append(line)
                line, room = "", width
                word = word.lstrip()  # noqa: PLW2901  blanks between lines are not shown
            while word and cell_width(word) > room:
                part = _first_cells(word, width)
                lines.append(part)
                word = word[len(part) :]  # noqa: PLW2901  what is left of it
            line, room = line + word, room - cell_width(word)
        lines.append(line)
    return lines


def _first_cells(text: str, width: int) -> str:
    """Give as much of a text as fits, one letter at least."""
    taken = 0
    for number, letter in enumerate(text):
        taken += _letter_width(letter)
        if taken > width and number:
            return text[:number]
    return text


def _letter_width(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Mc", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
