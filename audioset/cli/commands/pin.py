"""The command `pin`: a file that names an exact version."""

from pathlib import Path
from typing import Annotated

import typer

from audioset.cli.options import Json, Store, Workspace
from audioset.settings import load_settings


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
    from audioset.cli.screens.pin import show_pin

    settings = load_settings(workspace=workspace, store=store)
    show_pin(api.write_pin(reference, output, settings=settings), as_json=as_json)
