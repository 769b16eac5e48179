"""The command `dedupe`: the same recording twice."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.codes import FINE, FOUND_PROBLEMS
from audioset.cli.options.shared import By, Json, What
from audioset.cli.render import progress_bars
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Review",
    where=("store", "catalog"),
    examples="""
    audioset dedupe
    audioset dedupe --yes
""",
)
def dedupe(
    ws: "Workspace",
    *,
    what: What = None,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="Reject all but the kept clip; only show them without."),
    ] = False,
    near_limit: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            min=0,
            max=0.4,
            help="Share of fingerprint bits in which duplicates may differ (0.2); "
            "0 finds equal samples only.",
        ),
    ] = None,
    by: By = None,
    as_json: Json = False,
) -> int:
    """Find clips that hold the same recording, and keep one of each.

    Kept is a clip that a person accepted, else one with a text, else the best copy: not clipped,
    less noise, more bandwidth, whole, lossless, louder, longer, in this order; the reason is told.
    Takes of a phrase are no duplicates; another encoding, loudness or edge of the same take is one,
    also in faint noise. A clip that is a part of another is told, and stays. Exit code 3 when
    something is found, unless --yes is given.
    """
    from audioset.cli.screens.review.dedupe import show_dedupe

    with progress_bars() as progress:
        found = ws.dedupe(what, yes=yes, near_limit=near_limit, by=by, progress=progress)
    show_dedupe(found, as_json=as_json)
    return FOUND_PROBLEMS if (found.groups or found.within) and not yes else FINE
