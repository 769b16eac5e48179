"""The command `card`: what a version is, for who has never seen it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import Json, WholeVersion
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Versions",
    where=("name", "store"),
    examples="""
        audioset card scots@v3
        audioset card scots@v3 README.md
    """,
)
def card(
    ws: "Workspace",
    *,
    reference: WholeVersion,
    to: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="The file to write; printed when not given."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the dataset card of a version: a page of Markdown with front matter, such as README.md.

    Totals, splits, speakers, licence and consent, how the clips were made, who wrote the texts,
    quality, known limits, and how to cite it. Your own words stand in card.md of the workspace, and
    in the card of every version. Speakers with the fact anonymous=yes are not named.
    """
    from audioset.cli.screens.versions.card import show_card

    show_card(ws.card(reference, to=to), to=to, as_json=as_json)
