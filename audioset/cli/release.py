"""Commands from reviewed clips to models: publish, versions, pin, log, ui."""

from pathlib import Path
from typing import Annotated

import typer

from audioset.cli.options import Catalog, Json, Name, Store, Tracking, Workspace, parse_size
from audioset.cli.render import progress_bars, say, write_line
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
    from audioset.cli.screens import show_publication

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
    from audioset.cli.screens import show_versions

    settings = load_settings(workspace=workspace, store=store)
    records = api.list_versions(name, settings=settings)
    show_versions(records, name or settings.name, as_json=as_json)


def pin(
    reference: Annotated[
        str,
        typer.Argument(
            metavar="VERSION", help="A version such as scots@v3, or a view 'scots@v3?snr_db > 20'."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The pin file; <dataset>.pin.json here by default."),
    ] = None,
    workspace: Workspace = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Write a pin file: the exact version that training uses.

    Commit it; training from the file requires the digest in it, whatever the store says.
    """
    from audioset import api
    from audioset.cli.screens import show_pin

    settings = load_settings(workspace=workspace, store=store)
    show_pin(api.write_pin(reference, output, settings=settings), as_json=as_json)


def log(
    workspace: Workspace = None,
    name: Name = None,
    store: Store = None,
    tracking: Tracking = None,
    as_json: Json = False,
) -> None:
    """Bring MLflow up to date with the store.

    Logs the versions that MLflow lacks, and links models to the versions they were trained on.
    """
    from audioset import api
    from audioset.cli.screens import show_log

    settings = load_settings(workspace=workspace, name=name, store=store, tracking=tracking)
    show_log(api.log(settings=settings), as_json=as_json)


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
