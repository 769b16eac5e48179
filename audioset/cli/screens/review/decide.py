"""What `audioset decide` shows, and all that records decisions."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from audioset.cli.codes import FINE, FOUND_PROBLEMS
from audioset.cli.render import fields_of, make_table, say, show, write_json
from audioset.cli.screens.review.history import SHOWN_OF_OPERATION
from audioset.wording import count

if TYPE_CHECKING:
    from audioset.catalog.decisions import Recorded
    from audioset.curation.decide import Undone
    from audioset.records.clip_table import CellConflict, TableDecisions

_ROWS = 20  # shown of each kind; all are in --json
_LETTERS = 60  # of a cell
_REASONS = {
    "conflict": "changed by others",
    "measured": "measured, not decided",
    "spoilt": "made by a program",
}


def show_decided(recorded: "Recorded", *, as_json: bool) -> None:
    """Show how many decisions were recorded, and of those that are private, that they stay here."""
    from audioset.catalog.fields import is_private

    number = recorded.num_decisions
    if as_json:
        write_json({"num_decisions": number, "op_id": recorded.op_id})
        return
    private = sum(is_private(field) for _, _, field in recorded.row_ids)
    if not number:
        say("nothing new to decide")
    elif private == number:
        say(f"{_private(number)} recorded; they are never published")
    else:
        say(f"{count(number, 'decision')} recorded; audioset publish takes them up")
        if private:
            say(f"{_private(private)} among them: never published")


def _private(number: int) -> str:
    return "1 note or tag" if number == 1 else f"{number:,} notes and tags"


def show_undone(undone: "Undone", *, as_json: bool) -> None:
    """Show what holds now of what was taken back."""
    if as_json:
        write_json(undone)
        return
    if not undone.fields:
        say(f"nothing to undo: what operation {undone.undoes} decided holds no more already")
        return
    rows = [
        (each.subject_id, each.field, _value(each.undone), _value(each.value), each.by or "")
        for each in undone.fields[:_ROWS]
    ]
    show(make_table(["~id", "~field", "~undone", "~holds now", "~by"], rows))
    _say_more(len(undone.fields))
    say(
        f"{count(len(undone.fields), 'decision')} taken back; audioset undo "
        f"{undone.op_id[:SHOWN_OF_OPERATION]} decides the same anew"
    )
    if undone.waits:
        say(f"audioset: the clips are not as they were yet: {undone.waits}")


def _value(value: object) -> str:
    named = {None: "(nothing)", True: "yes", False: "no"}
    return named[value] if value is None or isinstance(value, bool) else _short(str(value))


def show_decided_table(done: "TableDecisions", *, as_json: bool) -> int:
    """Show what a table decided, and all of it that was not taken; gives the exit status."""
    if as_json:
        sums = {"num_decisions": done.num_decisions, "num_by_field": done.num_by_field}
        write_json({**sums, **fields_of(done)})
    else:
        for note in done.notes:
            say(f"note: {note}")
        if done.dry_run and done.changes:
            _show_changes(done)
        if done.untaken:
            _show_untaken(done.untaken)
        for line in _unknown(done):
            say(line)
        _say_sums(done)
    return FINE if done.all_taken else FOUND_PROBLEMS


def _show_changes(done: "TableDecisions") -> None:
    rows = [
        (f"{each.row:,}", each.subject_id, each.field, _short(each.before), _short(each.after))
        for each in done.changes[:_ROWS]
    ]
    show(make_table([">row", f"~{done.subject_kind}", "~field", "~now", "~then"], rows))
    _say_more(len(done.changes))


def _show_untaken(cells: "Sequence[CellConflict]") -> None:
    rows = [
        (
            f"{each.row:,}",
            each.field,
            _short(each.base),
            _theirs(each),
            _short(each.mine),
            _REASONS[each.kind],
        )
        for each in cells[:_ROWS]
    ]
    columns = [">row", "~field", "~exported", "~holds now", "~table", "~not taken"]
    show(make_table(columns, rows))
    _say_more(len(cells))


def _theirs(cell: "CellConflict") -> str:
    by = f" ({cell.theirs_by})" if cell.theirs_by and cell.theirs != cell.base else ""
    return _short(cell.theirs) + by


def _unknown(done: "TableDecisions") -> Iterator[str]:
    for row in done.unknown[:_ROWS]:
        meant = f"; did you mean {row.nearest}?" if row.nearest else ""
        if not row.subject_id:
            yield f"row {row.row} names no {done.subject_kind}, and decides nothing"
        elif row.removed:
            back = f"audioset remove --undo {row.removed} --yes"
            yield f"row {row.row}: {row.subject_id} was removed; {back} brings it back"
        elif row.is_gone:
            yield f"row {row.row}: {row.subject_id} is gone since: its source was cut anew"
        else:
            yield f"row {row.row}: there is no {done.subject_kind} {row.subject_id}{meant}"
    _say_more(len(done.unknown))


def _say_sums(done: "TableDecisions") -> None:
    if done.num_missing:
        say(f"{count(done.num_missing, 'clip')} not in the table: they stay as they are")
    if done.num_theirs:
        say(f"{count(done.num_theirs, 'cell')} changed by others since the export: they stay")
    fields = ", ".join(f"{name} {number:,}" for name, number in done.num_by_field.items())
    many = count(done.num_decisions, "decision")
    if done.dry_run:
        say(f"would record {many}{f': {fields}' if fields else ''}; nothing was recorded")
    elif fields:
        say(f"{many} recorded: {fields}; audioset publish takes them up")
    else:
        say("nothing new to decide")
    if done.conflicts:
        say(
            f"{count(len(done.conflicts), 'conflict')} left out: to let the table win, run this "
            "again with --overwrite; else write in the table what holds now"
        )


def _say_more(number: int) -> None:
    if number > _ROWS:
        say(f"… and {number - _ROWS:,} more; all are in --json")


def _short(cell: str) -> str:
    flat = " ".join(cell.split())
    return flat if len(flat) <= _LETTERS else f"{flat[: _LETTERS - 1]}…"
