"""The command `init`: make a folder a workspace."""

from pathlib import Path
from typing import Annotated

import typer

from audioset.cli.options import Json
from audioset.cli.render import say, write_json, write_line


def init(
    directory: Annotated[
        Path, typer.Argument(metavar="DIRECTORY", help="Made when it is missing.")
    ] = Path(),
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name of the dataset; the folder's name by default."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a folder a workspace, which holds one dataset."""
    from audioset import api

    settings = api.init(directory, name=name)
    if as_json:
        write_json(settings)
    else:
        write_line(str(settings.workspace))
        say(f"workspace of dataset {settings.name!r}; next: audioset cut FILES")
