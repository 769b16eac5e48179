"""The command `confirm`: texts that are right as they are."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import By, Json
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Review",
    where=("catalog",),
    examples="audioset confirm talk-1a2b3c4d-000001200-000003400",
)
def confirm(
    ws: "Workspace",
    *,
    clip_ids: Annotated[list[str], typer.Argument(metavar="CLIPS", help="Ids of clips.")],
    by: By = None,
    as_json: Json = False,
) -> None:
    """Record that the texts of clips are right as they are.

    They are a person's from then on, whoever wrote them first.
    """
    from audioset.cli.screens.review.decide import show_decided

    show_decided(ws.confirm(clip_ids, by=by), as_json=as_json)
