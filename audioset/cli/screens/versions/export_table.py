"""What `audioset export table` shows."""

from typing import TYPE_CHECKING

from audioset.cli.render import say, write_json, write_line
from audioset.wording import count

if TYPE_CHECKING:
    from audioset.records.clip_table import ExportedTable


def show_exported_table(done: "ExportedTable", *, as_json: bool) -> None:
    """Show what was written, and what can be changed in it."""
    if as_json:
        write_json(done)
        return
    write_line(str(done.path))
    others = f"; {done.num_others:,} others left out" if done.num_others else ""
    links = f", {done.num_links:,} of them to listen to by a click" if done.num_links else ""
    say(f"{count(done.num_clips, 'clip')}{links}{others}")
    say(f"can be changed: {', '.join(done.editable) or 'nothing'}; a new column becomes a fact")
    say(f"next: change cells, save, then audioset decide --from {done.path}")
