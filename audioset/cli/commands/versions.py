"""The command `versions`: what was published."""

from typing import Annotated

import typer

from audioset.cli.options import Json, Store, Workspace
from audioset.settings import load_settings


def versions(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="Name of a dataset; the workspace's own by default."),
    ] = None,
    workspace: Workspace = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """List the published versions of a dataset, oldest first."""
    from audioset import api
    from audioset.cli.screens.versions import show_versions

    settings = load_settings(workspace=workspace, store=store)
    records = api.list_versions(name, settings=settings)
    show_versions(records, name or settings.name, as_json=as_json)
