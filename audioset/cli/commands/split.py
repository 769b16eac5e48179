"""The command `split`: train, validation and test."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audioset.cli.codes import FINE, FOUND_PROBLEMS
from audioset.cli.options.shared import Json
from audioset.cli.options.splitting import SPLIT_FIELDS
from audioset.cli.render import progress_bars
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Review",
    where=("store", "catalog"),
    records={"options": SPLIT_FIELDS},
    examples="""
        audioset split
        audioset split --test 0.2 --validation 0 --yes
        audioset split --by sentence,takes,duplicates --yes
        audioset split --voices
    """,
)
def split(
    ws: "Workspace",
    *,
    options: Mapping[str, Any],
    anew: Annotated[
        bool,
        typer.Option(
            "--anew",
            help="Let clips change sides too, but for what people decided; test splits of earlier "
            "versions are then no longer held out.",
        ),
    ] = False,
    voices: Annotated[
        bool,
        typer.Option(
            "--voices",
            help="Listen to the speakers, and keep together those who sound like one voice.",
        ),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Record the splits; only show them without.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Divide clips into train, validation and test so that nothing leaks between them.

    Clips that share something stay together, and a clip never leaves its split as the dataset
    grows: new clips join those that they share something with, or get no split where they would
    leak. Splits that people decide hold. Exit code 3 when splits that are held leak.
    """
    from audioset.cli.screens.review.split import show_split

    with progress_bars() as progress:
        report = ws.split(options=options, anew=anew, voices=voices, yes=yes, progress=progress)
    show_split(report, ws.split_options, wrote=yes, as_json=as_json)
    return FINE if report.certificate.is_clean else FOUND_PROBLEMS
