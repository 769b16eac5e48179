"""The command `accept-best-takes`: one take of each line."""

from typing import TYPE_CHECKING

from audioset.cli.options.shared import By, Json
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb("Review", where=("catalog",), examples="audioset accept-best-takes")
def accept_best_takes(ws: "Workspace", *, by: By = None, as_json: Json = False) -> None:
    """Accept the proposed take of each line, and reject its others.

    Of clips that were cut by the lines of a transcript. Lines that were found once, and those of
    which a person accepted or rejected a take, stay as they are.
    """
    from audioset.cli.screens.review.decide import show_decided

    show_decided(ws.accept_best_takes(by=by), as_json=as_json)
