"""The command `lineage-diff`: what changed between the data of two models."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import Json, Rows
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


_ONE = "models:/name@alias, models:/name/3, an MLflow run id, or scots@v3."


@verb(
    "Lineage",
    where=("store", "tracking"),
    examples="audioset lineage-diff models:/accent/3 models:/accent/4",
)
def lineage_diff(
    ws: "Workspace",
    *,
    a: Annotated[str, typer.Argument(metavar="A", help=_ONE)],
    b: Annotated[str, typer.Argument(metavar="B", help=_ONE)],
    rows: Rows = 20,
    as_json: Json = False,
) -> None:
    """Show what changed from the data of one model to that of another."""
    from audioset.cli.screens.versions.diff import show_diff

    show_diff(ws.lineage_diff(a, b), rows, as_json=as_json)
