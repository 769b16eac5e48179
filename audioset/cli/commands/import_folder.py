"""The command `import folder`: clips that exist already."""

from pathlib import Path
from typing import Annotated

import typer

from audioset.cli.options import Json, Workspace
from audioset.cli.render import progress_bars
from audioset.settings import load_settings


def import_folder(
    directory: Annotated[
        Path, typer.Argument(metavar="DIRECTORY", help="The folder that holds the clips.")
    ],
    metadata: Annotated[
        Path,
        typer.Option(
            metavar="CSV", help="CSV with a header; one column names the file of each row."
        ),
    ],
    workspace: Workspace = None,
    as_json: Json = False,
) -> None:
    """Take a folder of clips, with a CSV table of their facts.

    Each file becomes one clip, whole. Import an edited table again to change the facts.
    """
    from audioset import api
    from audioset.cli.screens.import_folder import show_import

    with progress_bars() as progress:
        report = api.import_folder(
            directory,
            metadata=metadata,
            settings=load_settings(workspace=workspace),
            progress=progress,
        )
    show_import(report, as_json=as_json)
    if report.failures:
        raise typer.Exit(1)
