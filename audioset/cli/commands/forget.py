"""The command `forget`: recordings that somebody withdraws."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import Json
from audioset.cli.render import progress_bars
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Versions",
    where=("store", "catalog", "tracking"),
    examples="""
        audioset forget --speaker ada
        audioset forget --clip talk-1a2b3c4d-000001200-000003400 --yes
    """,
)
def forget(
    ws: "Workspace",
    *,
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
    as_json: Json = False,
) -> None:
    """Take withdrawn recordings out of all versions: somebody no longer consents.

    Shows first which versions hold them, and which runs, models and aliases rest on them. Then,
    with --yes, the recordings are removed from the store and the workspace; old versions open
    without them and say so. To take clips out of the workspace alone, versions as they are:
    audioset remove.
    """
    from audioset.cli.screens.versions.forget import show_forgotten

    with progress_bars() as progress:
        report = ws.forget(
            speaker=speaker,
            clip=clip,
            source=source,
            message=message,
            yes=yes,
            progress=progress,
        )
    show_forgotten(report, changed=yes, as_json=as_json)
