"""A table that fits the terminal: as a table while it can be read, else row by row.

Terminals are 80 columns wide and less, titles of videos a hundred, ids of clips too. A table that
is squeezed into them cuts numbers off, which nobody sees; so does one that breaks ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.table import Table

_GAP = 2  # between columns
# Columns of words may become as narrow as this, or as makes so many lines of the longest cell.
_LEAST_WORDS, _MOST_LEAST_WORDS = 12, 40
_MOST_LINES = 4


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

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        """Lay out the rows."""
        from rich.text import Text

        if self.title is not None:  # as wide as it is, and not as its table
            yield Text(self.title, style="bold")
        least = [
            _least_of_words(width) if head.startswith("~") else width
            for head, width in zip(self.columns, self._widths(), strict=True)
        ]
        if sum(least) + _GAP * (len(least) - 1) <= options.max_width:
            yield self._table(least)
        else:
            yield from self._blocks()

    def _widths(self) -> list[int]:
        """Give how wide each column is where nothing is broken."""
        from rich.cells import cell_len

        heads = [cell_len(head.lstrip(">~")) for head in self.columns]
        return [
            max([head, *(cell_len(line) for row in self.rows for line in row[k].splitlines())])
            for k, head in enumerate(heads)
        ]

    def _table(self, least: Sequence[int]) -> "Table":
        from rich import box
        from rich.table import Table

        table = Table(
            box=box.SIMPLE_HEAD,
            header_style="bold",
            pad_edge=False,
            show_edge=False,
            padding=(0, 1, 0, 0),
        )
        for head, width in zip(self.columns, least, strict=True):
            table.add_column(
                head.lstrip(">~"),
                justify="right" if head.startswith(">") else "left",
                no_wrap=not head.startswith("~"),
                min_width=width,
                # Folded, never cut off.
                overflow="fold",
            )
        for row in self.rows:
            table.add_row(*row)
        return table

    def _blocks(self) -> "RenderResult":
        """Give each row as a block: what names it, its short cells in a line, its words."""
        from rich.padding import Padding
        from rich.text import Text

        heads = [head.lstrip(">~") for head in self.columns]
        for row in self.rows:
            cells = list(zip(self.columns, heads, row, strict=True))[1:]
            yield Text(row[0], style="bold", overflow="fold")
            short = [
                f"{name} {cell}".strip() for head, name, cell in cells if cell and head[:1] != "~"
            ]
            words = [f"{name}: {cell}" for head, name, cell in cells if cell and head[:1] == "~"]
            for line in (", ".join(short), *words):
                if line:
                    yield Padding(Text(line, overflow="fold"), (0, 0, 0, 2))


def _least_of_words(width: int) -> int:
    return min(width, max(_LEAST_WORDS, min(_MOST_LEAST_WORDS, -(-width // _MOST_LINES))))
