"""What became of an imported folder: of each file, and of each row of its table."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Fate = Literal[
    "taken", "respelt", "close", "doubled", "contradicts", "two fit", "no file", "no name", "failed"
]
# Rows of these fates gave their clip all that they say.
USED: tuple[Fate, ...] = ("taken", "respelt", "close", "doubled")
LONG_SECONDS = 120.0
NAMES_TOLD = 3  # of files, in one sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRow:
    """What became of one row of the table.

    Attributes:
        row: its number, as a spreadsheet program shows it.
        name: what it calls its file; empty when it names none.
        file: the file that it was paired with, relative to the folder; None when there is none.
        fate: "taken" by the file's own name; "respelt" by another spelling of it (case, blanks,
            ending, folders, zeros); "close" by a misspelling, which a person should look at;
            "doubled", another row says the same of the file; "contradicts", another row says
            something else, and neither is taken; "two fit", it may mean several files; "no file",
            it fits none; "no name"; "failed", its file cannot be used.
        why: in one sentence, where there is something to say.
        problems: cells that are not taken, a sentence each.
    """

    row: int
    name: str
    file: str | None
    fate: Fate
    why: str = ""
    problems: tuple[str, ...] = ()

    @property
    def needs_a_look(self) -> bool:
        """Whether a person should look at it: it was not used, not whole, or by a misspelling."""
        return self.fate not in USED or self.fate == "close" or bool(self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLoss:
    """What clips of an earlier import of the folder have, and would have no more.

    Attributes:
        files: whose clips would go, because they are not in the folder any more, or not named.
        num_decisions: of people, about these clips.
        texts: (file, text) of clips that would be without one.
    """

    files: tuple[str, ...] = ()
    num_decisions: int = 0
    texts: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.files or self.texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of one imported folder.

    Attributes:
        manifest: the file that holds its clips.
        written: whether it was written; not with `dry_run`, nor when something would be lost.
        table: that was read; None for none.
        sheet: of a workbook.
        num_clips: of the folder.
        num_new: of them, were not there before.
        num_changed: of them, had another text or other facts.
        num_texts: of them, have a text of the table.
        length_seconds: total length of the clips; of a dry run, of those that are there already.
        mapped: (heading, what it became) of the columns that have a place in the manifest.
        extra: headings of the columns that are kept under their own names.
        rows: what became of each row, in order.
        without_row: files that no row names; they are clips without a text, but for those that
            `named_only` left out or left as they were.
        named_only: whether it did.
        failures: (file, reason) of each file that could not be used.
        warnings: (file, sentence) of what is wrong with new files, or was chosen for them.
        long: (file, seconds) of recordings longer than two minutes.
        lost: what is in the way of writing, or was given up with `yes`.
        notes: what was chosen or left out, a sentence each.
    """

    manifest: Path
    written: bool
    table: Path | None
    sheet: str | None
    num_clips: int
    num_new: int
    num_changed: int
    num_texts: int
    length_seconds: float
    mapped: tuple[tuple[str, str], ...]
    extra: tuple[str, ...]
    rows: tuple[ImportedRow, ...]
    without_row: tuple[str, ...]
    named_only: bool
    failures: tuple[tuple[str, str], ...]
    warnings: tuple[tuple[str, str], ...]
    long: tuple[tuple[str, float], ...]
    lost: ImportLoss
    notes: tuple[str, ...]

    @property
    def to_look_at(self) -> tuple[ImportedRow, ...]:
        """The rows that a person should look at."""
        return tuple(row for row in self.rows if row.needs_a_look)
