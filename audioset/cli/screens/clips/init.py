"""What `audioset init` shows."""

from typing import TYPE_CHECKING

from audioset.cli.render import say, write_json, write_line

if TYPE_CHECKING:
    from audioset.workspace import Workspace


def show_workspace(ws: "Workspace", *, as_json: bool) -> None:
    """Show where the workspace is, and what to do next."""
    if as_json:
        places = ("workspace", "store", "catalog", "tracking")
        where = {place: getattr(ws.settings, place) for place in places}
        write_json({"dataset": ws.name, **where})
        return
    write_line(str(ws.folder))
    say(f"workspace of dataset {ws.name!r}; next: audioset cut FILES")
