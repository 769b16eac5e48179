"""The command `export webdataset`: tars for others."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import Json, WholeVersion
from audioset.cli.options.values import parse_size
from audioset.cli.render import progress_bars
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Versions",
    where=("store",),
    examples="audioset export webdataset scots@v3 tars/ --tar-size 500MB",
)
def export_webdataset(
    ws: "Workspace",
    *,
    reference: WholeVersion,
    directory: Annotated[
        Path,
        typer.Argument(metavar="DIRECTORY", help="Made when it is missing; must not hold a tar."),
    ],
    tar_bytes: Annotated[
        int | None,
        typer.Option(
            "--tar-size",
            metavar="SIZE",
            parser=parse_size,
            help="About how large a tar becomes: 500MB, 64MiB; 1GB by default.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a version as WebDataset tars that hold everything.

    DIRECTORY/train-000000.tar and so on, by split and number; CLIP_ID.flac, CLIP_ID.txt (the text)
    and CLIP_ID.json (all columns) of each clip. Stock webdataset reads them. An export that fails
    leaves no tar.
    """
    from audioset.cli.screens.versions.export_webdataset import show_exported

    with progress_bars() as progress:
        report = ws.export_webdataset(reference, directory, tar_bytes=tar_bytes, progress=progress)
    show_exported(report, as_json=as_json)
