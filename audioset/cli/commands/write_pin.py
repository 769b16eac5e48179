"""The command `write-pin`: a file that names an exact version."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import Json, Reference
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Training",
    where=("store",),
    examples="""
    audioset write-pin scots@v3
    audioset write-pin 'scots@v3?snr_db > 20' quiet.pin.json
""",
)
def write_pin(
    ws: "Workspace",
    *,
    reference: Reference,
    path: Annotated[
        Path | None,
        typer.Argument(metavar="PATH", help="The pin file; <dataset>.pin.json here by default."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a pin file: the exact version that training uses.

    Commit it; training from the file requires the digest in it, whatever the store says.
    """
    from audioset.cli.screens.training.write_pin import show_pin

    show_pin(ws.write_pin(reference, path), as_json=as_json)
