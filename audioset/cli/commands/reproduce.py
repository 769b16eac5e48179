"""The command `reproduce`: run a training again."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.codes import FINE, FOUND_PROBLEMS
from audioset.cli.options.shared import Json, ModelOrRun
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Experiments",
    where=("store", "tracking"),
    examples="""
        audioset reproduce models:/accent@champion
        audioset reproduce models:/accent@champion --ignore '*_seconds'
    """,
)
def reproduce(
    ws: "Workspace",
    *,
    subject: ModelOrRun,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METRIC", help="Do not compare these, such as '*_seconds'; repeatable."
        ),
    ] = None,
    despite_withdrawal: Annotated[
        bool,
        typer.Option(
            "--despite-withdrawal", help="Train without the clips that were withdrawn since."
        ),
    ] = False,
    as_json: Json = False,
) -> int:
    """Run the training of a model again, and compare every metric to the last digit.

    Takes the exact data, the commit (from the repository of the current folder, which is not
    touched) with the changes of then, and the command; audioset recipe shows them. The new run is
    linked with the first; no alias moves, and no model is registered. Exit code 3 when a metric or
    the data differ.
    """
    from audioset.cli.screens.experiments.reproduce import show_reproduction, tell_begun

    result = ws.reproduce(
        subject,
        ignore=ignore or (),
        despite_withdrawal=despite_withdrawal,
        begun=tell_begun,
    )
    show_reproduction(result, as_json=as_json)
    return FINE if result.is_same else FOUND_PROBLEMS
