"""The command `export lines`: the texts of sources as tables to be corrected."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import Json
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Versions",
    where=("catalog",),
    examples="""
        audioset export lines
        audioset export lines talk.lines.xlsx --source talk.mp4
    """,
)
def export_lines(
    ws: "Workspace",
    *,
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="PATH",
            help="A .csv or .xlsx for one source, or a folder, which gets a CSV for each; lines/ "
            "in the workspace by default.",
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(metavar="SOURCE", help="File name or id of one source; all by default."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Also replace a file that says something else.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write the texts of clips as lines, to correct them and to cut by them.

    One row per line in order of time: its text, who wrote it and what a model wrote; takes of a
    line are one row. Change texts in any program for tables, then cut by the file: a text that you
    changed is yours then, the others stay their writers'.
    """
    from audioset.cli.screens.versions.export_lines import show_exported_lines

    files = ws.export_lines(path, source=source, overwrite=overwrite)
    show_exported_lines(files, as_json=as_json)
