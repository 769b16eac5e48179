"""The command `move-edges`: where a clip begins and ends."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.reshaping import End, EndSample, Start, StartSample
from audioset.cli.options.shared import By, Json
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Review",
    where=("catalog",),
    examples="""
        audioset move-edges talk-1a2b3c4d-000001200-000003400 --end 3.52
        audioset move-edges talk-1a2b3c4d-000001200-000003400 --start 1.1 --end 3.52
    """,
)
def move_edges(
    ws: "Workspace",
    *,
    clip_id: Annotated[str, typer.Argument(metavar="CLIP", help="Id of a clip.")],
    start_sample: StartSample = None,
    end_sample: EndSample = None,
    start_seconds: Start = None,
    end_seconds: End = None,
    overlap: Annotated[
        bool,
        typer.Option("--overlap", help="Let it hold speech of another clip, too."),
    ] = False,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Move the edges of a clip: it is cut anew from its source, and no other clip is touched.

    Texts, verdicts and all else that was said of it stay with it. Its id becomes another one.
    Times are those of the source; an edge that is not given stays. Over speech of a neighbour
    that is not rejected it is not moved unasked: both would hold it.
    """
    from audioset.cli.screens.review.reshaping import show_reshaped

    done = ws.move_edges(
        clip_id,
        start_sample,
        end_sample,
        start_seconds=start_seconds,
        end_seconds=end_seconds,
        overlap=overlap,
        by=by,
    )
    show_reshaped(done, as_json=as_json)
