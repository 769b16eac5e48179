"""Floor 0: how far long work is, told in a notebook; elsewhere nothing is shown.

One display for each cell, changed in place: bars made of characters are printed line by line by
some editors. IPython is used where it runs already, and never loaded.
"""

import sys
import time
from html import escape
from typing import Any

from audioset.wording import cut_short, visible

_BETWEEN_UPDATES_SECONDS = 0.2  # between two changes: each is a message to the browser
_NAME_SHOWN = 60


def notebook_progress(task: str, done: float, total: float | None, unit: str) -> None:
    """Show how far a task is below the cell that runs; nothing outside of a notebook.

    The default `Progress` of every verb.
    """
    shell = _kernel()
    if shell is not None:
        _cell_of(shell).update(task, done, total, unit)


def _kernel() -> Any | None:
    """Give the shell of the notebook that this process runs cells of; a terminal's is none."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell if getattr(shell, "kernel", None) is not None else None


class _CellProgress:
    """What one cell shows of its tasks."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._lines: dict[str, str] = {}
        self._display: Any = None
        self._shown_at = 0.0

    def update(self, task: str, done: float, total: float | None, unit: str) -> None:
        """Show how far a task is; what comes too soon after another is shown with the next."""
        is_news = task not in self._lines or (total is not None and done >= total)
        self._lines[task] = _line(task, done, total, unit)
        now = time.monotonic()
        if not is_news and now - self._shown_at < _BETWEEN_UPDATES_SECONDS:
            return
        self._shown_at = now
        from IPython.display import HTML, display

        shown = HTML(f"<div>{''.join(self._lines.values())}</div>")
        if self._display is None:
            self._display = display(shown, display_id=True)
        else:
            self._display.update(shown)


_current = _CellProgress(-1)


def _cell_of(shell: Any) -> _CellProgress:
    global _current  # noqa: PLW0603  a process has one notebook, which runs one cell at a time
    if shell.execution_count != _current.number:
        _current = _CellProgress(shell.execution_count)
    return _current


def _line(task: str, done: float, total: float | None, unit: str) -> str:
    name = escape(visible(cut_short(task, _NAME_SHOWN)))
    if total is None:
        return f"<p>{name}: {_amount(done, unit)}</p>"
    bar = f'<progress max="{total:g}" value="{min(done, total):g}"></progress>'
    return f"<p>{bar} {name}: {_amount(done, unit)} of {_amount(total, unit)}</p>"


def _amount(amount: float, unit: str) -> str:
    return f"{amount / 1e6:,.1f} MB" if unit == "B" else f"{amount:,.0f} {escape(unit)}"
