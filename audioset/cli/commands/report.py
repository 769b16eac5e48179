"""The command `report`: a page of a version, to read and to hear."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import Json, What
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Versions",
    where=("name", "store", "catalog"),
    examples="""
        audioset report
        audioset report scots@v3 --to scots-v3.html
    """,
)
def report(
    ws: "Workspace",
    *,
    what: What = None,
    to: Annotated[Path, typer.Option(metavar="HTML", help="The page to write.")] = Path(
        "report.html"
    ),
    as_json: Json = False,
) -> None:
    """Write one page about clips: totals, spread, splits, changes, and some of them to be heard.

    One file of at most 8 MB that loads nothing. Rejected and withdrawn clips are only counted in
    it, and notes and tags of reviewers never stand there.
    """
    from audioset.cli.screens.versions.report import show_report

    show_report(ws.report(what, to=to), to=to, as_json=as_json)
