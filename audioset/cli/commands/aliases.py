"""The command `aliases`: where names stand."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import Dataset, Json
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Versions",
    where=("name", "store"),
    examples="""
    audioset aliases
    audioset aliases scots --moves
""",
)
def aliases(
    ws: "Workspace",
    *,
    dataset: Dataset = None,
    moves: Annotated[
        bool, typer.Option("--moves", help="Show every move of each, not only the last.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the aliases of a dataset: where they stand, who moved them and why."""
    from audioset.cli.screens.versions.aliases import show_aliases

    show_aliases(ws.aliases(dataset), dataset or ws.name, moves=moves, as_json=as_json)
