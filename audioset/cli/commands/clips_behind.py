"""The command `clips-behind`: the clips that a model rests on."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import Json, ModelOrRun, Rows
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Lineage",
    where=("store", "tracking"),
    examples="""
        audioset clips-behind models:/accent@production
        audioset clips-behind models:/accent@production --output clips.csv
    """,
)
def clips_behind(
    ws: "Workspace",
    *,
    subject: ModelOrRun,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the clips, .parquet or .csv.")
    ] = None,
    rows: Rows = 20,
    as_json: Json = False,
) -> None:
    """Show the clips that a model or a run rests on, from its receipt where it has one."""
    from audioset.cli.screens.lineage.clips_behind import show_clips_behind

    found = ws.clips_behind(subject, output=output)
    show_clips_behind(found, rows, output=output, as_json=as_json)
