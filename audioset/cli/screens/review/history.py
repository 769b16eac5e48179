"""What `audioset history` shows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audioset.cli.render import say, write_json
from audioset.cli.screens.parts import format_value, show_some

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
    rows = [
        (
            f"{entry.decided_at:%Y-%m-%d %H:%M:%S}",
            entry.decided_by,
            entry.decision.field,
            format_value(entry.decision.value),
        )
        for entry in history
    ]
    columns = ["when (UTC)", "~who", "~field", "~value"]
    show_some(columns, rows, things="decisions", show_all=show_all, newest=True)
