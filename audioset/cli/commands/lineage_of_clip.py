"""The command `lineage-of-clip`: which models consumed a clip."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import Graph, Json
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Lineage",
    where=("store", "tracking"),
    examples="audioset lineage-of-clip talk-1a2b3c4d-000001200-000003400",
)
def lineage_of_clip(
    ws: "Workspace",
    *,
    clip_id: Annotated[str, typer.Argument(metavar="CLIP", help="Id of a clip.")],
    graph: Graph = None,
    as_json: Json = False,
) -> None:
    """Show which runs and models consumed a clip.

    From the receipts of their runs, or else by the version that the run pinned.
    """
    from audioset.cli.screens.lineage.lineage_of_clip import show_clip_lineage

    found = ws.lineage_of_clip(clip_id, graph=graph)
    show_clip_lineage(found, graph=graph, as_json=as_json)
