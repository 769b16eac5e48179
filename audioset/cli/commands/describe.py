"""The command `describe`: lengths, totals and quality."""

from pathlib import Path
from typing import Annotated

import typer

from audioset.cli.options import Catalog, Json, Store, Workspace, parse_length
from audioset.cli.render import say
from audioset.settings import load_settings


def describe(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="WHAT",
            help="A version such as scots@v3, a view of one such as 'scots@v3?snr_db > 20', a "
            "manifest, or a folder of manifests; the working clips by default.",
        ),
    ] = None,
    goal: Annotated[
        str | None,
        typer.Option(metavar="LENGTH", help="Length to collect: 2h, 90m, 1h30m, 3600s."),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Draw lengths and speakers to this file.")
    ] = None,
    workspace: Workspace = None,
    store: Store = None,
    catalog: Catalog = None,
    as_json: Json = False,
) -> None:
    """Summarise clip lengths, totals and quality."""
    from audioset import api
    from audioset.cli.screens.describe import show_description

    settings = load_settings(workspace=workspace, store=store, catalog=catalog)
    goal_seconds = None if goal is None else parse_length(goal, "--goal")
    description = api.describe(what, goal_seconds=goal_seconds, settings=settings)
    show_description(description, as_json=as_json)
    if plot is not None:
        say(f"drawn to {api.plot(description, plot)}")
