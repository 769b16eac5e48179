"""The command `collect`: remove what no version needs."""

from datetime import timedelta
from typing import Annotated

import typer

from audioset.cli.options import Json, Name, Store, Workspace, parse_age
from audioset.settings import load_settings


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
    from audioset.cli.screens.collect import show_collected

    settings = load_settings(workspace=workspace, name=name, store=store)
    limit = timedelta(seconds=parse_age(age, "--age"))
    show_collected(api.collect(age=limit, dry_run=not yes, settings=settings), as_json=as_json)
