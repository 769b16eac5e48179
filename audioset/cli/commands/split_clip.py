"""The command `split-clip`: two clips of one."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import By, Json
from audioset.cli.options.values import parse_shift
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Review",
    where=("catalog",),
    examples="""
        audioset split-clip talk-1a2b3c4d-000001200-000003400 --at 2.1
        audioset split-clip t-1a2b3c4d-000001200-000003400 --at 2.1 --text A --text B
    """,
)
def split_clip(
    ws: "Workspace",
    *,
    clip_id: Annotated[str, typer.Argument(metavar="CLIP", help="Id of a clip.")],
    at_sample: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="First sample of the second, in the source."),
    ] = None,
    at_seconds: Annotated[
        float | None,
        typer.Option(
            "--at", metavar="SECONDS", parser=parse_shift, help="Where the second begins."
        ),
    ] = None,
    texts: Annotated[
        list[str] | None,
        typer.Option("--text", metavar="TEXT", help="Of the first, then of the second."),
    ] = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Split a clip in two at a moment of its source.

    Facts and side are those of the whole; nobody has judged the two yet.
    """
    from audioset.cli.screens.review.reshaping import show_reshaped

    done = ws.split_clip(clip_id, at_sample, at_seconds=at_seconds, texts=texts or (), by=by)
    show_reshaped(done, as_json=as_json)
