"""The command `alias`: a name that may move."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import Json
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Versions",
    where=("name", "store"),
    examples="""
        audioset alias prod scots@v3 -m "best so far"
        audioset alias prod scots@v4 --expect 3
    """,
)
def alias(
    ws: "Workspace",
    *,
    alias: Annotated[str, typer.Argument(metavar="ALIAS", help="Such as prod.")],
    reference: Annotated[
        str,
        typer.Argument(metavar="REFERENCE", help="What it names from now on, such as scots@v3."),
    ],
    expect: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Move it only if it names version N until now."),
    ] = None,
    message: Annotated[
        str, typer.Option("--message", "-m", metavar="TEXT", help="Why it moves.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Let a name stand for a version.

    scots@prod then works wherever scots@v3 does. Every move is kept with who, when and why;
    audioset aliases shows them.
    """
    from audioset.cli.screens.versions.alias import show_moved

    show_moved(ws.alias(alias, reference, expect=expect, message=message), as_json=as_json)
