"""What `audioset history` shows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json
from audioset.cli.text import clean

if TYPE_CHECKING:
    from audioset.catalog.decisions import RecordedDecision


def show_history(history: Sequence["RecordedDecision"], subject_id: str, *, as_json: bool) -> None:
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
            _format_value(entry.decision.value),
        )
        for entry in history
    ]
    show(make_table(["when (UTC)", "who", "field", "~value"], rows))


def _format_value(value: object) -> str:
    named = {None: "(emptied)", True: "yes", False: "no"}
    return named[value] if value is None or isinstance(value, bool) else clean(str(value))
