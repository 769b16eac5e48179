"""How things reach the terminal: results on stdout, words on stderr, JSON on demand."""

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from itertools import islice
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import typer

from audioset.cli.fitting_table import FittingTable
from audioset.cli.text import clean, wrapped
from audioset.locations import by_address
from audioset.nearby import WORKSPACE_VARIABLE, overruled_workspace

if TYPE_CHECKING:
    from audioset.engine import Ask, Progress

# A file or a pipe has no width; this one keeps every table row on one line.
_PIPE_WIDTH = 200
# Of JSON; most are a name or a value.
_PIECES_AT_ONCE = 10_000


def say(text: str) -> None:
    """Print words for a person on stderr; above the bars, where some are drawn."""
    # Not typer.echo, which goes past the stream that the bars put in the place of stderr.
    sys.stderr.write(f"{clean(text)}\n")
    sys.stderr.flush()


def write_line(text: str) -> None:
    """Print one line of result on stdout."""
    typer.echo(clean(text))


def write_json(value: object) -> None:
    """Print records, or what holds them, as JSON on stdout; `docs/cli.md` tells the shapes."""
    encoder = json.JSONEncoder(indent=2, ensure_ascii=not _speaks_utf8(), default=_plain)
    pieces = encoder.iterencode(value)
    while some := "".join(islice(pieces, _PIECES_AT_ONCE)):
        typer.echo(by_address(some), nl=False)
    typer.echo()


def show(*parts: FittingTable | str) -> None:
    """Print tables and texts on stdout, as wide as it is."""
    is_terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if is_terminal else _PIPE_WIDTH
    mark = _bold if is_terminal and os.environ.get("TERM") != "dumb" else str
    lines = [
        line
        for part in parts
        for line in (wrapped(part, width) if isinstance(part, str) else part.lines(width, mark))
    ]
    typer.echo("\n".join(line.rstrip() for line in lines))  # tables pad their last column


def _bold(text: str) -> str:
    return typer.style(text.rstrip(), bold=True)


def say_overruled(workspace: Path) -> None:
    """Say that the environment names another workspace than the one that somebody stands in."""
    here = overruled_workspace(workspace)
    if here is not None:
        say(
            f"audioset: {WORKSPACE_VARIABLE} names {workspace}, so the workspace here, {here}, is "
            f"not used; unset {WORKSPACE_VARIABLE} to use it"
        )


def make_table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str | None = None
) -> FittingTable:
    """Make a table.

    Args:
        columns: headings; one that starts with `>` is right-aligned, as numbers are, and one that
            starts with `~` holds words, which wrap where the terminal is too narrow. Where that is
            not enough, each row becomes a block; nothing is ever cut off.
        rows: as many cells as there are columns.
        title: above the table.
    """
    return FittingTable(columns, [[clean(cell) for cell in row] for row in rows], title)


@contextmanager
def progress_bars() -> "Iterator[Progress]":
    """Draw bars with rate and remaining time on stderr; nothing when that is not a terminal."""
    if not sys.stderr.isatty():
        from audioset.engine import no_progress

        yield no_progress
        return
    from audioset.cli.bars import Bars

    with Bars() as bars:
        yield bars.update


@contextmanager
def bars_and_questions(*, as_json: bool) -> "Iterator[tuple[Progress, Ask | None]]":
    """Draw bars as `progress_bars` does, and give what asks the person at the terminal.

    Nobody is asked where nobody can answer, or a program reads the result.
    """
    if not sys.stderr.isatty() or not sys.stdin.isatty() or as_json:
        with progress_bars() as progress:
            yield progress, None
        return
    from audioset.cli.bars import Bars

    with Bars() as bars:
        yield bars.update, bars.ask


class _ReadAsWritten(list[Any]):
    """A sequence to the encoder of JSON, which knows lists alone, that is never a list as a whole.

    The encoder with an indent asks whether there are entries, and then goes through them.
    """

    def __init__(self, entries: Sequence[Any]) -> None:
        super().__init__()
        self._entries = entries

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._entries)


def _speaks_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def fields_of(record: Any) -> dict[str, Any]:
    """Give the fields of a record for JSON.

    One thing has one shape everywhere: what names a version holds `ref`, `dataset` and `version`
    (its number) beside its own fields, and all else that is known of it; never one object deeper.
    """
    from audioset.records.alias import Alias
    from audioset.records.identity import VersionRef
    from audioset.records.pin import Pin
    from audioset.records.version import VersionRecord

    values: dict[str, Any] = {}
    if isinstance(record, Alias):
        values = fields_of(record.ref)
    elif isinstance(record, VersionRef):
        values = {"ref": str(record)}
    elif isinstance(record, Pin | VersionRecord):
        values = {"ref": str(record.ref)}
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, VersionRef | Pin | VersionRecord):
            values |= fields_of(value)
        elif value is None and field.type in (VersionRef | None, VersionRecord | None):
            values |= {"ref": None, "dataset": None, "version": None}
        else:
            values[field.name] = value
    return values


def _plain(value: object) -> Any:
    from audioset.records.identity import VersionRef

    if isinstance(value, VersionRef):
        return str(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return _ReadAsWritten(value)
    if is_dataclass(value):
        return fields_of(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value) if isinstance(value, PurePath) else repr(value)
