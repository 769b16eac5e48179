"""The command `ui`: MLflow's own pages."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.render import say, write_line
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb("Lineage", where=("tracking",), examples="audioset ui --port 5001")
def ui(
    ws: "Workspace",
    *,
    port: Annotated[
        int, typer.Option(metavar="N", min=1, max=65535, help="Port of the web page.")
    ] = 5000,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="Address to listen on; 0.0.0.0 lets other machines in."
        ),
    ] = "127.0.0.1",
) -> None:
    """Start MLflow's web page of runs, versions and models."""
    with ws.ui(port=port, host=host) as pages:
        write_line(pages.page)
        say("Ctrl-C stops it")
        pages.wait()
