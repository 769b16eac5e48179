"""The command `agreement`: how alike reviewers judge."""

from typing import TYPE_CHECKING

from audioset.cli.options.shared import Json, ShowAll
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb("Review", where=("catalog",), examples="audioset agreement")
def agreement(ws: "Workspace", *, show_all: ShowAll = False, as_json: Json = False) -> None:
    """Show how alike reviewers judge, and where they still differ.

    Cohen's kappa of verdicts is 1 where all are the same, and 0 where they are alike as often as by
    chance. What counts is what each said before it was settled: a decision, as audioset decide
    takes it, settles a field of which reviewers said different things.
    """
    from audioset.cli.screens.review.agreement import show_agreement

    show_agreement(ws.agreement(), show_all=show_all, as_json=as_json)
