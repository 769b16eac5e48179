"""The command `checkout`: a workspace of a version's rows, without its audio."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import Json, Reference
from audioset.cli.render import progress_bars
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Versions",
    where=("store", "catalog", "tracking"),
    examples="""
        audioset checkout scots@v3 --store s3://speech/sets
        audioset checkout scots@prod mine/ --filter "speaker = 'ada'"
    """,
)
def checkout(
    ws: "Workspace",
    *,
    reference: Reference,
    directory: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIRECTORY]",
            help="Made when it is missing; the dataset's name in this folder by default.",
        ),
    ] = None,
    filter: Annotated[
        str | None,
        typer.Option(metavar="SQL", help="Take only clips for which this condition holds."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a workspace of a version's rows; its audio stays in the store.

    All commands work there: audio is read from the store where an ear or a model needs it. New
    files that are cut there are added by the next publish, which goes on from this version.
    """
    from audioset.cli.screens.versions.thin import show_checkout

    with progress_bars() as progress:
        report = ws.checkout(reference, directory, filter=filter, progress=progress)
    show_checkout(report, as_json=as_json)
