"""Progress bars; loaded only when stderr is a terminal."""

from types import TracebackType

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.progress import TimeRemainingColumn as RemainingColumn
from rich.text import Text

from audioset.cli.text import clean, format_size


class Bars:
    """One bar per task, made when it is first heard of; `update` is a `Progress`."""

    def __init__(self) -> None:
        self._tasks: dict[str, TaskID] = {}
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            _Amount(),
            _Rate(),
            RemainingColumn(compact=True),
            console=Console(stderr=True, markup=False, emoji=False, highlight=False),
        )

    def __enter__(self) -> "Bars":
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def update(self, task: str, done: float, total: float | None, unit: str) -> None:
        """Move the bar of a task."""
        if task not in self._tasks:
            self._tasks[task] = self._progress.add_task(clean(task), total=total, unit=unit)
        self._progress.update(self._tasks[task], completed=done, total=total)

    def ask(self, question: str) -> bool:
        """Ask the person at the terminal; Enter alone is no."""
        self._progress.stop()  # they would be drawn over the answer
        try:
            return typer.confirm(clean(question), default=False, err=True)
        finally:
            self._progress.start()


class _Amount(ProgressColumn):
    """`3/10 shards`, or `1.5 MB of 20 MB`."""

    def render(self, task: Task) -> Text:
        unit = str(task.fields["unit"])
        if task.total is None:
            return Text(_format_amount(task.completed, unit))
        if unit == "B":
            return Text(f"{format_size(task.completed)} of {format_size(task.total)}")
        return Text(f"{task.completed:,.0f}/{task.total:,.0f} {unit}")


class _Rate(ProgressColumn):
    """`12 clips/s`."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        if not speed:
            return Text("")
        return Text(f"{_format_amount(speed, str(task.fields['unit']))}/s", style="dim")


def _format_amount(amount: float, unit: str) -> str:
    if unit == "B":
        return format_size(amount)
    return f"{amount:,.0f} {unit}" if amount >= 100 else f"{amount:.1f} {unit}"
