"""The command `pull`: a version as plain files."""

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
    where=("store",),
    examples="""
        audioset pull scots@v3 scots-v3/
        audioset pull scots@v3 quiet/ --split train --filter "snr_db > 20"
    """,
)
def pull(
    ws: "Workspace",
    *,
    reference: Reference,
    directory: Annotated[
        Path,
        typer.Argument(metavar="DIRECTORY", help="Made when it is missing; not a workspace."),
    ],
    filter: Annotated[
        str | None,
        typer.Option(metavar="SQL", help="Take only clips for which this condition holds."),
    ] = None,
    split: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only train, validation or test.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write clips and manifest of a version as plain files.

    DIRECTORY/clips/CLIP_ID.flac and DIRECTORY/manifest.parquet. Every clip is checked against its
    hash. Run it again after Ctrl-C: what is there already is not fetched again.
    """
    from audioset.cli.screens.versions.pull import show_pulled

    with progress_bars() as progress:
        report = ws.pull(reference, directory, filter=filter, split=split, progress=progress)
    show_pulled(report, as_json=as_json)
