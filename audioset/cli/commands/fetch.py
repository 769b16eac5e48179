"""The command `fetch`: audio of working clips from the store to here."""

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
        audioset fetch
        audioset fetch --filter "split = 'test'"
    """,
)
def fetch(
    ws: "Workspace",
    *,
    filter: Annotated[
        str | None,
        typer.Option(metavar="SQL", help="Fetch only clips for which this condition holds."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Bring audio that lies in the store to the workspace.

    No command needs it: what is not here is read from the store. Run it again after Ctrl-C: what
    is here already is not fetched again.
    """
    from audioset.cli.screens.versions.thin import show_fetched

    with progress_bars() as progress:
        report = ws.fetch(filter=filter, progress=progress)
    show_fetched(report, as_json=as_json)
