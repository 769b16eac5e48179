"""The command `init`: make a folder a workspace."""

from typing import Annotated

import typer

from audioset.cli.options.shared import Json
from audioset.cli.verb import verb


@verb("Start", where=None, examples="audioset init scots")
def init(
    *,
    directory: Annotated[
        str,
        typer.Argument(metavar="DIRECTORY", help="Made when it is missing; or s3://bucket/folder."),
    ] = ".",
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name of the dataset; the folder's name by default."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a folder a workspace, which holds one dataset."""
    from audioset.cli.screens.clips.init import show_workspace
    from audioset.workspace import init as make

    show_workspace(make(directory, name=name), as_json=as_json)
