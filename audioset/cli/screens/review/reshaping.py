"""What the commands show that say which clips there are."""

from typing import TYPE_CHECKING

from audioset.cli.render import say, write_json, write_line
from audioset.cli.text import clean

if TYPE_CHECKING:
    from audioset.records.manifest import Clip
    from audioset.records.reshape_report import ReshapeReport


def show_reshaped(done: "ReshapeReport", *, as_json: bool) -> None:
    """Show the clips that there are now, and what of it waits."""
    if as_json:
        write_json(done)
    else:
        for row in done.rows:
            write_line(_line(row))
    for note in done.notes:
        say(f"note: {note}")
    if done.waits:
        say(f"decided, and not cut yet: {done.waits}")
    elif not done.replaced and not done.op_id:
        say("nothing changed: it lies there already")


def _line(row: "Clip") -> str:
    where = f"{row.start_seconds:.3f} to {row.end_seconds:.3f} s"
    return f"{row.clip_id}  {where}" + (f"  {clean(row.text)}" if row.text else "")
