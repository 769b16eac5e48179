"""The command `remove`: out of the workspace, and back."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import Json
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Clips",
    where=("name", "store", "catalog"),
    examples="""
        audioset remove talk.mp4
        audioset remove talk-1a2b3c4d-000001200-000003400 --yes
        audioset remove "rehearsal*" --yes
        audioset remove --undo talk.mp4 --yes
    """,
)
def remove(
    ws: "Workspace",
    *,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAMES]",
            help="Sources by file name or id, clips by id, or patterns in quotes.",
        ),
    ] = None,
    undo: Annotated[
        bool, typer.Option("--undo", help="Bring back what is named, or all that is kept aside.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Really do it; only tell what it would do without.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Take sources or clips out of the workspace; published versions keep them.

    They are kept aside until the next publish, and --undo brings them back as they were. A cut of
    their folder does not take them again; one that names a source's file does. To withdraw
    recordings from every version too, because somebody no longer consents: audioset forget.
    """
    from audioset.cli.screens.clips.remove import show_removal

    show_removal(ws.remove(names or (), undo=undo, yes=yes), as_json=as_json)
