"""The command `free`: room on the disk, of audio that is safely in the store."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import Json
from audioset.cli.render import progress_bars
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Versions",
    where=("name", "store", "catalog"),
    examples="""
        audioset free
        audioset free --filter "split = 'train'" --yes
    """,
)
def free(
    ws: "Workspace",
    *,
    filter: Annotated[
        str | None,
        typer.Option(metavar="SQL", help="Free only clips for which this condition holds."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Really do it; only tell what it would do without.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Delete local audio that the store is proved to hold; audioset fetch brings it back.

    Each clip is read back from the store and hashed first. Clips that no version holds stay. The
    exit status is 3 when a clip could not be proved.
    """
    from audioset.cli.screens.versions.thin import show_freed

    with progress_bars() as progress:
        report = ws.free(filter=filter, yes=yes, progress=progress)
    return show_freed(report, as_json=as_json)
