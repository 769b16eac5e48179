"""What `audioset init` shows."""

import os
from typing import TYPE_CHECKING

from audioset.cli.render import say, write_json, write_line
from audioset.nearby import WORKSPACE_VARIABLE

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
    if os.environ.get(WORKSPACE_VARIABLE):
        say(
            f"audioset: {WORKSPACE_VARIABLE} names {os.environ[WORKSPACE_VARIABLE]}, which is used "
            f"wherever you are; unset {WORKSPACE_VARIABLE} to use this one"
        )
    say(
        f"workspace of dataset {ws.name!r}; next: audioset cut FILES, or for clips that are cut "
        "already: audioset import FOLDER"
    )
