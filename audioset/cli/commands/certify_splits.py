"""The command `certify-splits`: the proof that nothing leaks."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audioset.cli.codes import FINE, FOUND_PROBLEMS
from audioset.cli.options.shared import Json, What
from audioset.cli.options.splitting import APART_FIELDS
from audioset.cli.render import progress_bars
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Review",
    where=("store", "catalog"),
    records={"options": APART_FIELDS},
    examples="""
        audioset certify-splits
        audioset certify-splits scots@v3 --no-listen
    """,
)
def certify_splits(
    ws: "Workspace",
    *,
    what: What = None,
    options: Mapping[str, Any],
    listen: Annotated[
        bool,
        typer.Option(
            "--listen/--no-listen",
            help="Compare the sound of all clips for near-duplicates; the manifest suffices "
            "without.",
        ),
    ] = True,
    as_json: Json = False,
) -> int:
    """Prove that no clip of one split leaks to another, or name those that do.

    Exit code 3 when any does. Rejected clips are left out.
    """
    from audioset.cli.screens.review.certify_splits import show_certificate

    with progress_bars() as progress:
        found = ws.certify_splits(what, options=options, listen=listen, progress=progress)
    show_certificate(found, as_json=as_json)
    return FINE if found.is_clean else FOUND_PROBLEMS
