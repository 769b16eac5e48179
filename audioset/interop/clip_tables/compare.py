"""A table held against what was exported and what holds now: cell by cell, three ways."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from audioset.catalog.decisions import Decision, DecisionKey, SubjectKind
from audioset.catalog.fields import require_decision
from audioset.curation.workspace.laid_over import Decisions
from audioset.documents.reading.cell import made_of
from audioset.documents.reading.sheet import require_kept
from audioset.errors import NAMES_SHOWN, InvalidInputError
from audioset.interop.clip_tables.base import Cells, GivenCells
from audioset.interop.clip_tables.cells import (
    decided_value,
    plain,
    same_cell,
    show_cell,
    spoilt_cell,
)
from audioset.interop.clip_tables.columns import is_decidable, kind_of
from audioset.records.clip_table import CellChange, CellConflict, ConflictKind
from audioset.wording import count, some_of


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A row of a table, and what it is held against.

    Attributes:
        number: of the row, from 1.
        subject_id: clip, or speaker.
        mine: its cells, by column.
        now: what holds.
        base: what was exported; None where that is unknown.
        given: cells that this table decided earlier.
    """

    number: int
    subject_id: str
    mine: Cells
    now: Cells
    base: Cells | None
    given: GivenCells


@dataclass(slots=True)
class CellJudge:
    """Takes what a person changed, and keeps account of all else.

    Attributes:
        name: of the table, for messages.
        subject_kind: of its rows.
        overwrite: the table wins over what others decided since the export.
        decided: what people decided until now.
    """

    name: str
    subject_kind: SubjectKind
    overwrite: bool
    decided: Decisions
    changes: list[CellChange] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    untaken: list[CellConflict] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    made: Counter[str] = field(default_factory=Counter)
    unseen: set[str] = field(default_factory=set)
    num_theirs: int = 0
    num_empty: int = 0

    def add(self, row: ComparedRow) -> None:
        """Judge the cells of a row."""
        for column, mine in row.mine.items():
            base = None if row.base is None else row.base.get(column)
            if base is not None:
                self._against_base(row, column, mine, base)
            elif is_decidable(column):
                self._against_now(row, column, mine)
            else:
                self.unseen.add(column)

    def _against_base(self, row: ComparedRow, column: str, mine: str, base: str) -> None:
        kind, now = kind_of(column), row.now.get(column, "")
        if same_cell(base, mine, kind):
            self.num_theirs += is_decidable(column) and not same_cell(base, now, kind)
        elif made := spoilt_cell(base, mine):
            self.made[made] += 1
            self._leave(row, column, mine, "spoilt")
        elif not is_decidable(column):
            self._leave(row, column, mine, "measured")
        elif same_cell(now, mine, kind):
            return
        elif self._is_theirs(row, column, base, now) and not self.overwrite:
            self._leave(row, column, mine, "conflict")
        else:
            self._take(row, column, mine)

    def _is_theirs(self, row: ComparedRow, column: str, base: str, now: str) -> bool:
        """Tell whether somebody else changed what holds since the export."""
        kind = kind_of(column)
        given = row.given.get((row.subject_id, column))
        return not same_cell(base, now, kind) and not (
            given is not None and same_cell(given, now, kind)
        )

    def _against_now(self, row: ComparedRow, column: str, mine: str) -> None:
        kind, now = kind_of(column), row.now.get(column, "")
        if not mine.strip() and not made_of(mine):
            self.num_empty += bool(now)
        elif same_cell(now, mine, kind):
            return
        elif now and (made := spoilt_cell(now, mine)):
            self.made[made] += 1
            self._leave(row, column, mine, "spoilt")
        else:
            self._take(row, column, mine)

    def _take(self, row: ComparedRow, column: str, mine: str) -> None:
        where = f"{self.name}, row {row.number}"
        try:
            require_kept(mine, f"{where}, {column!r}")
            value = decided_value(column, mine, kind_of(column))
            decision = Decision(self.subject_kind, row.subject_id, column, value)
            require_decision(decision)
        except InvalidInputError as error:
            text = str(error)
            self.errors.append(text if text.startswith(where) else f"{where}: {text}")
            return
        self.decisions.append(decision)
        self.changes.append(
            CellChange(
                row=row.number,
                subject_id=row.subject_id,
                field=column,
                before=row.now.get(column, ""),
                after=show_cell(value),
            )
        )

    def _leave(self, row: ComparedRow, column: str, mine: str, kind: ConflictKind) -> None:
        self.untaken.append(
            CellConflict(
                row=row.number,
                subject_id=row.subject_id,
                field=column,
                kind=kind,
                base=(row.base or {}).get(column, ""),
                theirs=row.now.get(column, ""),
                mine=plain(mine),
                theirs_by=self._author(row, column),
            )
        )

    def _author(self, row: ComparedRow, column: str) -> str | None:
        speaker = row.now.get("speaker", "")
        about: tuple[DecisionKey, ...] = (
            ("clip", row.subject_id, column),
            ("speaker", speaker, column),
        )
        return next((self.decided[key][1] for key in about if key in self.decided), None)

    def notes(self, are_known: bool) -> Iterator[str]:  # noqa: FBT001
        """Tell what was left alone; `are_known`: it is known of every row what was exported."""
        for made, number in self.made.items():
            yield (
                f"{count(number, 'cell')} left as before: a program for tables made {made} there; "
                "to mean it, decide it by clip"
            )
        if self.num_empty and not are_known:
            yield (
                f"{count(self.num_empty, 'empty cell')} left as before: only a table that was "
                "exported from here empties a field"
            )
        if self.unseen and not are_known:
            names = sorted(self.unseen)
            shown = some_of(names, NAMES_SHOWN)
            yield f"not looked at, since nobody decides them: {shown}"
