"""The command `assignments`: what is assigned to whom."""

from typing import TYPE_CHECKING

from audioset.cli.options.shared import Json
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb("Review", where=("catalog",), examples="audioset assignments")
def assignments(ws: "Workspace", *, as_json: Json = False) -> None:
    """List what is assigned to whom, and how much of it is judged."""
    from audioset.cli.screens.review.assign import show_shares

    show_shares(ws.assignments(), as_json=as_json)
