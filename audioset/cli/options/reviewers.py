"""Flags of the commands by which several people share the work of review."""

from typing import Annotated

import typer

Where = Annotated[
    str | None,
    typer.Option(metavar="SQL", help="Only clips of which this holds, such as 'snr_db < 20'."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would change.")]
