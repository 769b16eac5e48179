"""Commands that keep a store in order: alias, collect, forget."""

from datetime import timedelta
from typing import Annotated

import typer

from audioset.cli.options import Catalog, Json, Name, Store, Tracking, Workspace, parse_age
from audioset.cli.render import progress_bars, say
from audioset.errors import NotFoundError
from audioset.settings import load_settings


def alias(
    name: Annotated[
        str | None, typer.Argument(metavar="ALIAS", help="Such as prod; all are listed without.")
    ] = None,
    reference: Annotated[
        str | None,
        typer.Argument(metavar="VERSION", help="What it names from now on, such as scots@v3."),
    ] = None,
    expect: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Move it only if it names version N until now."),
    ] = None,
    message: Annotated[
        str, typer.Option("--message", "-m", metavar="TEXT", help="Why it moves.")
    ] = "",
    workspace: Workspace = None,
    dataset: Name = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Let a name stand for a version, or show where names stand.

    scots@prod then works wherever scots@v3 does. Every move is kept with who, when and why.
    """
    from audioset import api
    from audioset.cli.keep_screens import show_aliases, show_moved

    settings = load_settings(workspace=workspace, name=dataset, store=store)
    if name is not None and reference is not None:
        moved = api.set_alias(name, reference, expect=expect, message=message, settings=settings)
        show_moved(moved, as_json=as_json)
        return
    aliases = api.list_aliases(settings=settings)
    if name is not None and name not in {alias.alias for alias in aliases}:
        raise NotFoundError(f"{settings.name} has no alias {name!r}")
    show_aliases(aliases, settings.name, only=name, as_json=as_json)


def collect(
    age: Annotated[
        str, typer.Option(metavar="AGE", help="Younger objects stay: 48h, 7d; at least 24h.")
    ] = "7d",
    yes: Annotated[bool, typer.Option("--yes", help="Remove them; only tell without.")] = False,
    workspace: Workspace = None,
    name: Name = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Remove what no version needs, as a publish that was broken off leaves it.

    Tells what would be removed; --yes removes it.
    """
    from audioset import api
    from audioset.cli.keep_screens import show_collected

    settings = load_settings(workspace=workspace, name=name, store=store)
    limit = timedelta(seconds=parse_age(age, "--age"))
    show_collected(api.collect(age=limit, dry_run=not yes, settings=settings), as_json=as_json)


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
    from audioset.cli.keep_screens import show_forgotten

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
