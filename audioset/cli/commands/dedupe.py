"""The command `dedupe`: the same recording twice."""

from typing import Annotated

import typer

from audioset.cli.commands.check import What
from audioset.cli.options import FOUND_PROBLEMS, Catalog, Json, Store, Workspace
from audioset.cli.render import progress_bars
from audioset.settings import load_settings


def dedupe(
    what: What = None,
    reject: Annotated[
        bool, typer.Option("--reject", help="Reject all but the kept clip; needs --yes.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Really reject; without it, it is only shown.")
    ] = False,
    limit: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            min=0,
            max=0.4,
            help="Share of fingerprint bits in which duplicates may differ (0.2); "
            "0 finds equal samples only.",
        ),
    ] = None,
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who decides; you by default.")
    ] = None,
    workspace: Workspace = None,
    store: Store = None,
    catalog: Catalog = None,
    as_json: Json = False,
) -> None:
    """Find clips that hold the same recording, and keep one of each.

    Kept is a clip that a person accepted, else one with a text, else an undamaged one, else the
    longest. Takes of a phrase are no duplicates; another encoding, loudness or edge of the same
    take is one. Exit code 3 when something is found and nothing was rejected.
    """
    from audioset import api
    from audioset.cli.screens.dedupe import show_dedupe

    if yes and not reject:
        raise typer.BadParameter("goes with --reject", param_hint="--yes")
    settings = load_settings(workspace=workspace, store=store, catalog=catalog)
    with progress_bars() as progress:
        found = api.dedupe(
            what,
            reject=reject and yes,
            near_limit=limit,
            by=by,
            settings=settings,
            progress=progress,
        )
    show_dedupe(found, wants_to_reject=reject, as_json=as_json)
    if found.groups and not found.num_decisions:
        raise typer.Exit(FOUND_PROBLEMS)
