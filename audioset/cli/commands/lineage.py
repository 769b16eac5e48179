"""The command `lineage`: versions, runs and models that are linked."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import Graph, Json, ShowAll
from audioset.cli.verb import verb
from audioset.records.identity import is_clip_id

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Lineage",
    where=("store", "tracking"),
    examples="""
        audioset lineage scots@v3
        audioset lineage models:/accent@production
        audioset lineage scots@v3 --graph lineage.html
    """,
)
def lineage(
    ws: "Workspace",
    *,
    subject: Annotated[
        str,
        typer.Argument(
            metavar="SUBJECT", help="scots@v3, models:/name@alias, models:/name/3, or a run id."
        ),
    ],
    graph: Graph = None,
    show_all: ShowAll = False,
    as_json: Json = False,
) -> None:
    """Show which data made which model.

    Follows the links of a version, a run or a model, both ways. audioset lineage-of-clip asks about
    one clip.
    """
    from audioset.cli.screens.lineage.lineage import show_lineage

    # Not led on to the other command: a command has one form of answer, whatever its words are.
    if is_clip_id(subject):
        raise typer.BadParameter(f"{subject} is a clip; ask audioset lineage-of-clip {subject}")
    show_lineage(ws.lineage(subject, graph=graph), graph=graph, show_all=show_all, as_json=as_json)
