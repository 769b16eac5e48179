"""The command `unassign`: withdraw what was assigned."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.reviewers import DryRun, Where
from audioset.cli.options.shared import By, Json
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Review",
    where=("catalog",),
    examples="""
        audioset unassign mairi
        audioset unassign mairi,ewan --pass 2
    """,
)
def unassign(
    ws: "Workspace",
    *,
    reviewers: Annotated[
        list[str], typer.Argument(metavar="NAMES", help="Reviewers, several with a comma.")
    ],
    where: Where = None,
    review_pass: Annotated[
        int | None,
        typer.Option("--pass", metavar="N", min=1, help="Of which pass; of all by default."),
    ] = None,
    by: By = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Withdraw what was assigned to reviewers; what they have judged stays judged."""
    from audioset.cli.screens.review.assign import show_unassigned

    done = ws.unassign(reviewers, where=where, review_pass=review_pass, by=by, dry_run=dry_run)
    show_unassigned(done, as_json=as_json)
