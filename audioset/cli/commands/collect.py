"""The command `collect`: remove what no version needs."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import Dataset, Json
from audioset.cli.options.values import parse_age
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Versions",
    where=("name", "store"),
    examples="""
    audioset collect
    audioset collect --age 48h --yes
""",
)
def collect(
    ws: "Workspace",
    *,
    dataset: Dataset = None,
    age: Annotated[
        timedelta | None,
        typer.Option(
            metavar="AGE",
            parser=parse_age,
            help="Younger objects stay: 48h, 7d (the default); at least 24h.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Remove them; only tell without.")] = False,
    as_json: Json = False,
) -> None:
    """Remove what no version needs, as a publish that was broken off leaves it.

    Tells what would be removed; --yes removes it.
    """
    from audioset.cli.screens.versions.collect import show_collected

    show_collected(ws.collect(dataset, age=age, yes=yes), as_json=as_json)
