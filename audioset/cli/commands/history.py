"""The command `history`: all that was decided about a clip or a speaker."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from audioset.cli.options.shared import Json, ShowAll
from audioset.cli.options.values import either
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Review",
    where=("catalog",),
    examples="""
        audioset history talk-1a2b3c4d-000001200-000003400
        audioset history ada
    """,
)
def history(
    ws: "Workspace",
    *,
    subject_id: Annotated[str, typer.Argument(metavar="ID", help="Of a clip, or of a speaker.")],
    subject_kind: Annotated[
        Literal["clip", "speaker"] | None,
        typer.Option(
            metavar="clip|speaker",
            parser=either("clip", "speaker"),
            help="What ID names; else a clip if there is one, and then a speaker.",
        ),
    ] = None,
    show_all: ShowAll = False,
    as_json: Json = False,
) -> None:
    """Show all that was decided about a clip or a speaker, oldest first."""
    from audioset.cli.screens.review.history import show_history

    show_history(
        ws.history(subject_id, subject_kind=subject_kind),
        subject_id,
        show_all=show_all,
        as_json=as_json,
    )
