"""The command `publish`: from working clips to a version that never changes."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import Json
from audioset.cli.options.values import parse_size
from audioset.cli.render import progress_bars
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Versions",
    where=("name", "store", "catalog", "tracking"),
    examples="""
        audioset publish -m "thirty clips of ada"
        audioset publish --filter "snr_db > 20 and text is not null"
        audioset publish --onto scots@prod --add
    """,
)
def publish(
    ws: "Workspace",
    *,
    message: Annotated[
        str, typer.Option("--message", "-m", metavar="TEXT", help="What is new in this version.")
    ] = "",
    filter: Annotated[
        str | None,
        typer.Option(metavar="SQL", help="Publish only clips for which this condition holds."),
    ] = None,
    onto: Annotated[
        str | None,
        typer.Option(
            metavar="REFERENCE",
            help="Version that it goes on from, such as scots@prod; the latest by default.",
        ),
    ] = None,
    add: Annotated[
        bool,
        typer.Option(
            "--add", help="Keep what that version has, and add what was changed in this workspace."
        ),
    ] = False,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Publish the clips of this workspace alone."),
    ] = False,
    shard_bytes: Annotated[
        int | None,
        typer.Option(
            "--shard-size",
            metavar="SIZE",
            parser=parse_size,
            help="Mean size of a new shard, such as 16MiB; that of the parent by default, 64MiB "
            "for the first.",
        ),
    ] = None,
    compact: Annotated[
        bool,
        typer.Option(
            "--compact",
            help="Leave no clip of earlier versions in its shards and no small shard, though that "
            "sends audio again.",
        ),
    ] = False,
    with_unsure: Annotated[
        bool,
        typer.Option("--with-unsure", help="Publish those too of which a person was unsure."),
    ] = False,
    track: Annotated[
        bool, typer.Option("--track/--no-track", help="Log the version in MLflow too.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Publish the working clips as the next version.

    A version never changes again. Rejected clips stay out, and those of which a person was
    unsure; notes and tags are never published. Only audio that its parent does not have is
    uploaded. Run it again after Ctrl-C: what was uploaded is found there.

    Where the version before has clips that this workspace lacks, and that nobody took out here, or
    others changed it since, nothing is published until you say which is meant: --add or --replace.
    """
    from audioset.cli.screens.versions.publish import show_publication

    with progress_bars() as progress:
        publication = ws.publish(
            message=message,
            filter=filter,
            onto=onto,
            add=add,
            replace=replace,
            shard_bytes=shard_bytes,
            compact=compact,
            with_unsure=with_unsure,
            track=track,
            progress=progress,
        )
    show_publication(publication, as_json=as_json)
