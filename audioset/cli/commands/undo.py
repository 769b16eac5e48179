"""The command `undo`: what was decided holds no more."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import By, Json
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Review",
    where=("catalog",),
    examples="""
        audioset undo
        audioset undo 0b8f5a0e
    """,
)
def undo(
    ws: "Workspace",
    *,
    operation: Annotated[
        str | None,
        typer.Argument(
            metavar="OPERATION",
            help="What to take back, as audioset history names it; your last one by default.",
        ),
    ] = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Take back what was decided last, all that one command decided at once.

    What held before it holds again, or what machines wrote. Nothing is removed: audioset history
    shows both. Run it again to go back further; an undo of an undo decides the same anew.
    """
    from audioset.cli.screens.review.decide import show_undone

    show_undone(ws.undo(operation, by=by), as_json=as_json)
