"""Tables of clips for people: what was exported, and what a table that comes back decides."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

# Why a cell that somebody changed was not taken.
ConflictKind = Literal["conflict", "measured", "spoilt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedTable:
    """A table that was written for people to edit.

    Attributes:
        path: of the file.
        num_clips: rows, the header not counted.
        num_others: working clips that the condition left out.
        columns: in their order; `clip_id` first.
        editable: those of them whose changed cells become decisions.
        export_id: stands in the column `exported` of every row, and names what was written.
        num_links: clips that can be listened to by a click; a workbook alone has links.
    """

    path: Path
    num_clips: int
    num_others: int
    columns: tuple[str, ...]
    editable: tuple[str, ...]
    export_id: str
    num_links: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CellChange:
    """A cell that becomes a decision.

    Attributes:
        row: of the table, from 1, the header counted.
        subject_id: the clip, the speaker, or the source as the table calls it.
        field: name of the column.
        before: what holds until now, as a cell; empty for nothing.
        after: what the table says; empty empties the field.
    """

    row: int
    subject_id: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CellConflict:
    """A changed cell that was not taken, and why.

    Attributes:
        row: of the table, from 1, the header counted.
        subject_id: the clip.
        field: name of the column.
        kind: "conflict" (somebody else changed it since the export), "measured" (nobody decides
            this column), or "spoilt" (it says what a program for tables makes of the cell that was
            exported, such as 7 of 007).
        base: what was exported.
        theirs: what holds now.
        theirs_by: who decided that; None where a machine wrote it.
        mine: what the table says.
    """

    row: int
    subject_id: str
    field: str
    kind: ConflictKind
    base: str
    theirs: str
    mine: str
    theirs_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownSubject:
    """A row about a clip that is not there.

    Attributes:
        row: of the table, from 1, the header counted.
        subject_id: as the table says; empty where the cell is.
        is_gone: it was exported, and was cut anew or taken out of the workspace since.
        removed: the clip or source that a person removed and with it this clip; by this name it
            can be brought back. None where nobody did.
        nearest: the clip that is perhaps meant; None where none is near.
    """

    row: int
    subject_id: str
    is_gone: bool = False
    removed: str | None = None
    nearest: str | None = None


@dataclass(frozen=True, kw_only=True)
class TableDecisions:
    """What a table decided, or would decide.

    Attributes:
        path: of the table.
        sheet: of a workbook that was read; None for text.
        subject_kind: "clip"; "speaker" for a table about speakers, "source" for one about sources.
        num_rows: that name a clip, speaker or source.
        num_missing: clips of the export, or else of the workspace, that have no row; they stay as
            they are.
        changes: one for each cell that decides, in the order of the rows; in a table about sources
            it may decide about many clips.
        untaken: changed cells that were not taken.
        unknown: rows about clips that are not there.
        num_theirs: cells that others changed since the export and the table did not; they stay.
        notes: what was chosen or not understood, a sentence each.
        dry_run: nothing was recorded.
    """

    path: Path
    sheet: str | None
    subject_kind: Literal["clip", "speaker", "source"]
    num_rows: int
    num_missing: int = 0
    changes: tuple[CellChange, ...] = ()
    untaken: tuple[CellConflict, ...] = ()
    unknown: tuple[UnknownSubject, ...] = ()
    num_theirs: int = 0
    notes: tuple[str, ...] = field(default=())
    dry_run: bool = False

    @property
    def num_decisions(self) -> int:
        """How many decisions were recorded; how many would be, of a dry run."""
        return len(self.changes)

    @cached_property
    def num_by_field(self) -> Mapping[str, int]:
        """Give how many decisions there are of each field, most first."""
        return dict(Counter(change.field for change in self.changes).most_common())

    @property
    def conflicts(self) -> tuple[CellConflict, ...]:
        """Cells that somebody else changed since the export, to something else."""
        return tuple(cell for cell in self.untaken if cell.kind == "conflict")

    @property
    def all_taken(self) -> bool:
        """Tell whether all that a person changed was taken; what a program spoilt is no change."""
        return not self.unknown and all(cell.kind == "spoilt" for cell in self.untaken)
