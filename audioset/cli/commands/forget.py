"""Commands that keep a store in order: alias, collect, forget."""

from typing import Annotated

import typer

from audioset.cli.options import Catalog, Json, Store, Tracking, Workspace
from audioset.cli.render import progress_bars, say
from audioset.settings import load_settings


def forget(
    speaker: Annotated[
        str | None, typer.Option(metavar="NAME", help="All clips of this speaker.")
    ] = None,
    clip: Annotated[str | None, typer.Option(metavar="CLIP_ID", help="This clip.")] = None,
    source: Annotated[
        str | None, typer.Option(metavar="SOURCE_ID", help="All clips of this source.")
    ] = None,
    message: Annotated[
        str, typer.Option("--message", "-m", metavar="TEXT", help="Why; no personal data.")
    ] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Withdraw them; only tell what it reaches without.")
    ] = False,
    workspace: Workspace = None,
    store: Store = None,
    catalog: Catalog = None,
    tracking: Tracking = None,
    as_json: Json = False,
) -> None:
    """Take withdrawn recordings out of all versions: somebody no longer consents.

    Shows first which versions, runs, models and aliases heard them. With --yes the recordings are
    removed from the store and the workspace; old versions open without them and say so.
    """
    from audioset import api
    from audioset.cli.screens.forget import show_forgotten

    settings = load_settings(workspace=workspace, store=store, catalog=catalog, tracking=tracking)
    with progress_bars() as progress:
        report = api.forget(
            speaker=speaker,
            clip=clip,
            source=source,
            message=message,
            dry_run=not yes,
            settings=settings,
            progress=progress,
        )
    show_forgotten(report, as_json=as_json)
    if not yes:
        say("nothing was changed; --yes withdraws them")
