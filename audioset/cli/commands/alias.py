"""The command `alias`: names that may move."""

from typing import Annotated

import typer

from audioset.cli.options import Json, Name, Store, Workspace
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
    from audioset.cli.screens.alias import show_aliases, show_moved

    settings = load_settings(workspace=workspace, name=dataset, store=store)
    if name is not None and reference is not None:
        moved = api.set_alias(name, reference, expect=expect, message=message, settings=settings)
        show_moved(moved, as_json=as_json)
        return
    aliases = api.list_aliases(settings=settings)
    if name is not None and name not in {alias.alias for alias in aliases}:
        raise NotFoundError(f"{settings.name} has no alias {name!r}")
    show_aliases(aliases, settings.name, only=name, as_json=as_json)
