"""The command `diff`: what changed from one version to another."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import Json, Rows
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Versions",
    where=("name", "store", "catalog"),
    examples="""
        audioset diff scots@v2 scots@v3
        audioset diff scots@prod --report diff.html
    """,
)
def diff(
    ws: "Workspace",
    *,
    a: Annotated[
        str,
        typer.Argument(metavar="A", help="A version such as scots@v2, or a pin file, or working."),
    ],
    b: Annotated[
        str | None,
        typer.Argument(metavar="B", help="What A is compared with; the working clips by default."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="HTML", help="Write a page with all of it, to read.")
    ] = None,
    rows: Rows = 10,
    as_json: Json = False,
) -> None:
    """Show what changed from one version to another, or since a version.

    Clips that were added, removed, re-cut, re-texted and relabelled, and lengths by speaker and
    split. The working clips are taken as the next publish would take them.
    """
    from audioset.cli.screens.versions.diff import show_diff

    show_diff(ws.diff(a, b, report=report), rows, report=report, as_json=as_json)
