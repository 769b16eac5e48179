"""The command `make-clip`: a clip where there is none."""

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
    examples='audioset make-clip talk-1a2b3c4d --start 12.1 --end 14 --text "Aye, so it is."',
)
def make_clip(
    ws: "Workspace",
    *,
    source_id: Annotated[str, typer.Argument(metavar="SOURCE", help="Id of a source.")],
    start_sample: StartSample = None,
    end_sample: EndSample = None,
    start_seconds: Start = None,
    end_seconds: End = None,
    text: Annotated[str | None, typer.Option(metavar="TEXT", help="What is said in it.")] = None,
    line: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Its line in the transcript.")
    ] = None,
    take: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Which of the takes of that line.")
    ] = None,
    channel: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Of the source, where its clips hold several."),
    ] = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Make a clip where a source has none, such as of speech that is in no line.

    It has the speaker and the facts that all other clips of the source share. A later cut of the
    source keeps it. Times are those of the source.
    """
    from audioset.cli.screens.review.reshaping import show_reshaped

    done = ws.make_clip(
        source_id,
        start_sample,
        end_sample,
        start_seconds=start_seconds,
        end_seconds=end_seconds,
        text=text,
        line=line,
        take=take,
        channel=channel,
        by=by,
    )
    show_reshaped(done, as_json=as_json)
