"""Commands from reviewed clips to models: publish, versions, pin, log, ui."""

from typing import Annotated

import typer

from audioset.cli.options import Catalog, Json, Name, Store, Tracking, Workspace, parse_size
from audioset.cli.render import progress_bars
from audioset.settings import load_settings


def publish(
    message: Annotated[
        str, typer.Option("--message", "-m", metavar="TEXT", help="What is new in this version.")
    ] = "",
    filter: Annotated[
        str | None,
        typer.Option(metavar="SQL", help="Publish only clips for which this condition holds."),
    ] = None,
    parent: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Version that it goes on from; the latest by default."
        ),
    ] = None,
    shard_size: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="Mean size of a shard, such as 16MiB; that of the parent by default, 64MiB for "
            "the first. Small ones cost less upload when clips change, and more requests.",
        ),
    ] = None,
    track: Annotated[
        bool, typer.Option("--track/--no-track", help="Log the version in MLflow too.")
    ] = True,
    workspace: Workspace = None,
    name: Name = None,
    store: Store = None,
    catalog: Catalog = None,
    tracking: Tracking = None,
    as_json: Json = False,
) -> None:
    """Publish the working clips as the next version.

    A version never changes again. Rejected clips stay out. Only audio that the store does not have
    is uploaded. Run it again after Ctrl-C: what was uploaded is found there.
    """
    from audioset import api
    from audioset.cli.screens.publish import show_publication

    settings = load_settings(
        workspace=workspace, name=name, store=store, catalog=catalog, tracking=tracking
    )
    shard_bytes = parse_size(shard_size, "--shard-size") if shard_size is not None else None
    with progress_bars() as progress:
        publication = api.publish(
            message=message,
            filter=filter,
            parent=parent,
            shard_bytes=shard_bytes,
            track=track,
            settings=settings,
            progress=progress,
        )
    show_publication(publication, as_json=as_json)
