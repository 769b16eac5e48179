"""The command `describe`: lengths, totals and quality."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.reviewers import Where
from audioset.cli.options.shared import Json, ShowAll, What
from audioset.cli.options.values import parse_length
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Clips",
    where=("store", "catalog"),
    examples="""
        audioset describe --goal 2h
        audioset describe --by gender
        audioset describe scots@v3 --by speaker,split
        audioset describe --where "speaker = 'isla' and length_seconds > 2"
        audioset describe scots@v3 --plot lengths.png
        audioset describe 'scots@v3?snr_db > 20'
    """,
)
def describe(
    ws: "Workspace",
    *,
    what: What = None,
    where: Where = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAMES",
            help="Count clips and length by the values of a column or fact: gender; by several in "
            "their combinations: speaker,split.",
        ),
    ] = None,
    goal_seconds: Annotated[
        float | None,
        typer.Option(
            "--goal",
            metavar="LENGTH",
            parser=parse_length,
            help="Length to collect: 2h, 90m, 1h30m, 3600s.",
        ),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Draw lengths and speakers to this file.")
    ] = None,
    show_all: ShowAll = False,
    as_json: Json = False,
) -> None:
    """Summarise clip lengths, totals and quality."""
    from audioset.cli.screens.clips.describe import show_description

    found = ws.describe(what, where=where, by=by or (), goal_seconds=goal_seconds, plot=plot)
    show_description(found, plot=plot, show_all=show_all, as_json=as_json)
