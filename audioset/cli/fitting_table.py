"""A table that fits the terminal: as a table while it can be read, else row by row.

Terminals are 80 columns wide and less, titles of videos a hundred, ids of clips too. A table that
is squeezed into them cuts numbers off, which nobody sees; so does one that breaks ids.

Drawn here, not by rich, which takes as long to load as a short answer takes to be found.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from audioset.cli.text import cell_width, wrapped

_GAP = 2  # between columns
# Columns of words may become as narrow as this, or as makes so many lines of the longest cell.
_LEAST_WORDS, _MOST_LEAST_WORDS = 12, 40
_MOST_LINES = 4

Mark = Callable[[str], str]  # sets a text off, such as bold letters do


@dataclass(frozen=True, slots=True)
class FittingTable:
    """Rows under headings, laid out for the width that there is.

    Attributes:
        columns: headings; one that starts with `>` is of numbers, with `~` of words.
        rows: cells, as many as there are columns.
        title: above the rows.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str | None = None

    def lines(self, width: int, mark: Mark = str) -> Iterator[str]:
        """Lay out the rows.

        Args:
            width: of the terminal, in cells.
            mark: sets off headings, and what names a block.
        """
        if self.title is not None:  # as wide as it is, and not as its table
            yield from map(mark, wrapped(self.title, width))
        widths = self._widths()
        least = [
            _least_of_words(natural) if head.startswith("~") else natural
            for head, natural in zip(self.columns, widths, strict=True)
        ]
        room = width - _GAP * (len(least) - 1)
        if sum(least) <= room:
            yield from self._table(_narrowed(widths, least, room), mark)
        else:
            yield from self._blocks(width, mark)

    def _widths(self) -> list[int]:
        """Give how wide each column is where nothing is broken."""
        return [
            max(
                cell_width(head.lstrip(">~")),
                *(cell_width(line) for row in self.rows for line in row[k].splitlines()),
                0,
            )
            for k, head in enumerate(self.columns)
        ]

    def _table(self, widths: Sequence[int], mark: Mark) -> Iterator[str]:
        heads = [head.lstrip(">~") for head in self.columns]
        for line in self._row(heads, widths):
            yield mark(line)
        yield "─" * (sum(widths) + _GAP * (len(widths) - 1))
        for row in self.rows:
            yield from self._row(row, widths)

    def _row(self, cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
        """Give the lines of a row: as many as its highest cell has."""
        columns = [wrapped(cell, width) for cell, width in zip(cells, widths, strict=True)]
        for number in range(max(map(len, columns))):
            line = [column[number] if number < len(column) else "" for column in columns]
            yield (" " * _GAP).join(map(_aligned, line, widths, self.columns))

    def _blocks(self, width: int, mark: Mark) -> Iterator[str]:
        """Give each row as a block: what names it, its short cells in a line, its words."""
        heads = [head.lstrip(">~") for head in self.columns]
        for row in self.rows:
            cells = list(zip(self.columns, heads, row, strict=True))[1:]
            yield from map(mark, wrapped(row[0], width))
            short = [
                f"{name} {cell}".strip() for head, name, cell in cells if cell and head[:1] != "~"
            ]
            words = [f"{name}: {cell}" for head, name, cell in cells if cell and head[:1] == "~"]
            for text in filter(None, (", ".join(short), *words)):
                yield from (f"  {line}" for line in wrapped(text, width - 2))


def _least_of_words(width: int) -> int:
    return min(width, max(_LEAST_WORDS, min(_MOST_LEAST_WORDS, -(-width // _MOST_LINES))))


def _narrowed(widths: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Make the widest columns as narrow as they must be, none narrower than its least."""
    most = max(widths)
    while True:
        found = [max(low, min(natural, most)) for low, natural in zip(least, widths, strict=True)]
        if sum(found) <= room:
            return found
        most -= 1


def _aligned(text: str, width: int, head: str) -> str:
    blanks = " " * (width - cell_width(text))
    return blanks + text if head.startswith(">") else text + blanks
