"""The command `assign`: who judges which clips."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.reviewers import DryRun, Where
from audioset.cli.options.shared import By, Json
from audioset.cli.options.values import parse_share
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Review",
    where=("catalog",),
    examples="""
        audioset assign --to mairi,ewan
        audioset assign --to mairi,ewan --overlap 0.1
        audioset assign --to rab --pass 2 --where "snr_db < 20"
    """,
)
def assign(
    ws: "Workspace",
    *,
    to: Annotated[
        list[str], typer.Option(metavar="NAMES", help="Reviewers, several with a comma.")
    ],
    where: Where = None,
    review_pass: Annotated[
        int,
        typer.Option(
            "--pass",
            metavar="N",
            min=1,
            help="1 is the word that all share; from 2 on they judge blind, a second opinion.",
        ),
    ] = 1,
    overlap: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            parser=parse_share,
            help="Share of the clips, such as 0.1, that a second of them judges too, blind, in the "
            "next pass.",
        ),
    ] = 0.0,
    by: By = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Divide clips among reviewers, so that each has as much to listen to.

    Takes of a line go to one person. What is assigned stays so; calling it again deals out what
    came since. Clips that somebody has judged in this pass are left out. A second opinion goes to
    somebody else than the first.
    """
    from audioset.cli.screens.review.assign import show_assigned

    done = ws.assign(
        to=to, where=where, review_pass=review_pass, overlap=overlap, by=by, dry_run=dry_run
    )
    show_assigned(done, as_json=as_json)
