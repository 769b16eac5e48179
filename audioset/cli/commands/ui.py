"""The command `ui`: MLflow's own pages."""

from typing import Annotated

import typer

from audioset.cli.options import Tracking, Workspace
from audioset.cli.render import say, write_line
from audioset.settings import load_settings


def ui(
    port: Annotated[
        int, typer.Option(metavar="N", min=1, max=65535, help="Port of the web page.")
    ] = 5000,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="Address to listen on; 0.0.0.0 lets other machines in."
        ),
    ] = "127.0.0.1",
    workspace: Workspace = None,
    tracking: Tracking = None,
) -> None:
    """Start MLflow's web page of runs, versions and models."""
    from audioset import api

    settings = load_settings(workspace=workspace, tracking=tracking)
    with api.ui(port=port, host=host, settings=settings) as pages:
        write_line(pages.url)
        say("Ctrl-C stops it")
        pages.wait()
