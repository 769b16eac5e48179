"""How results show themselves in a notebook: plain tables, whatever the clips say.

A notebook keeps what its cells showed, and who opens it need not trust it: JupyterLab then leaves
plain elements, `style` attributes and embedded sound, and nothing else. So there is no script here,
no style sheet and no drawing, and every text is escaped and visible.
"""

from collections.abc import Callable, Sequence
from html import escape
from itertools import islice
from typing import TypeVar

from audioset.wording import cut_short, visible

ROWS_SHOWN = 10
_TEXT_SHOWN = 300  # characters of a cell
Shown = TypeVar("Shown")
_CELL = "padding: 2px 12px 2px 0; vertical-align: middle; overflow-wrap: break-word; text-align: "


class Html(str):
    """HTML of ours, to stand as it is; every other text is escaped."""

    __slots__ = ()


def html_text(value: object) -> Html:
    """Give a value to be shown: escaped, its control characters visible, and not endless."""
    if isinstance(value, Html):
        return value
    shown = "" if value is None else str(value)
    return Html(escape(visible(cut_short(shown, _TEXT_SHOWN))).replace("\n", "<br>"))


def html_block(title: str, *parts: Html) -> Html:
    """Give what a cell shows: a line that says what it is, and what comes below it."""
    return Html("".join([f"<div><p><b>{html_text(title)}</b></p>", *parts, "</div>"]))


def html_line(words: str) -> Html:
    """Give one line of words."""
    return Html(f"<p>{html_text(words)}</p>")


def html_link(address: str) -> Html:
    """Give a link that opens beside the notebook."""
    shown = html_text(address)
    return Html(f'<p><a href="{escape(address)}" target="_blank" rel="noreferrer">{shown}</a></p>')


def html_table(
    heads: Sequence[str], entries: Sequence[Shown], cells: Callable[[Shown], Sequence[object]]
) -> Html:
    """Give a table of the first ten entries, and say how many more there are; of none, nothing.

    Args:
        heads: of the columns; `>` before one puts it to the right, as numbers are.
        entries: one for each row.
        cells: gives those of an entry, of any type.
    """
    if not entries:
        return Html()
    sides = ["right" if head.startswith(">") else "left" for head in heads]
    rows = [_row("td", sides, cells(entry)) for entry in islice(entries, ROWS_SHOWN)]
    lines = ["<table><thead>", _row("th", sides, [head.removeprefix(">") for head in heads])]
    lines += ["</thead><tbody>", *rows, "</tbody></table>"]
    if len(entries) > ROWS_SHOWN:
        lines.append(html_line(f"and {len(entries) - ROWS_SHOWN:,} more"))
    return Html("".join(lines))


def _row(kind: str, sides: Sequence[str], cells: Sequence[object]) -> str:
    told = "".join(
        f'<{kind} style="{_CELL}{side}">{html_text(cell)}</{kind}>'
        for side, cell in zip(sides, cells, strict=True)
    )
    return f"<tr>{told}</tr>"
