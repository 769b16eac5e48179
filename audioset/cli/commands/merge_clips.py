"""The command `merge-clips`: one clip of several."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import By, Json
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Review",
    where=("catalog",),
    examples="audioset merge-clips a-1a2b3c4d-000001200-000003400 a-1a2b3c4d-…",
)
def merge_clips(
    ws: "Workspace",
    *,
    clip_ids: Annotated[
        list[str], typer.Argument(metavar="CLIPS", help="Ids of clips that follow each other.")
    ],
    by: By = None,
    as_json: Json = False,
) -> None:
    """Merge clips of one source to one, from the first start to the last end.

    Their texts are joined, where each has one, and facts that all share stay.
    """
    from audioset.cli.screens.review.reshaping import show_reshaped

    show_reshaped(ws.merge_clips(clip_ids, by=by), as_json=as_json)
