"""What `audioset history` shows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audioset.cli.render import say, write_json
from audioset.cli.screens.parts import format_value, show_some

SHOWN_OF_OPERATION = 8  # letters of its name; audioset undo takes them for it

if TYPE_CHECKING:
    from audioset.catalog.decisions import RecordedDecision


def show_history(
    history: Sequence["RecordedDecision"], subject_id: str, *, show_all: bool, as_json: bool
) -> None:
    """Show what was ever decided about a clip or a speaker, oldest first."""
    if as_json:
        write_json(history)
        return
    if not history:
        say(f"nothing was decided about {subject_id}")
        return
    retracted = {(row.retracts, row.decision.field) for row in history if row.retracts}
    rows: list[tuple[str, ...]] = [
        (
            f"{entry.decided_at:%Y-%m-%d %H:%M:%S}",
            entry.decided_by,
            entry.decision.field,
            format_value(entry.decision.value),
            _state(entry, is_retracted=(entry.op_id, entry.decision.field) in retracted),
            entry.op_id[:SHOWN_OF_OPERATION],
        )
        for entry in history
    ]
    columns = ["when (UTC)", "~who", "~field", "~value", "~state", "operation"]
    if not any(row[4] for row in rows):
        columns.remove("~state")
        rows = [(*row[:4], row[5]) for row in rows]
    show_some(columns, rows, things="decisions", show_all=show_all, newest=True)
    if history[0].decision.subject_kind == "speaker":
        say(f"decided about all clips of speaker {subject_id}")


def _state(entry: "RecordedDecision", *, is_retracted: bool) -> str:
    """Say of a row why it does not hold, where it is not only older than another."""
    if entry.retracts:
        return "undo"
    opinion = f"pass {entry.review_pass}" if (entry.review_pass or 1) > 1 else ""
    return ", ".join(filter(None, (opinion, "undone" if is_retracted else "")))
