"""The command `promote`: give a model an alias when it has earned it."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.codes import ERROR, FINE
from audioset.cli.options.shared import BetterWhen, Json
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Experiments",
    where=("store", "tracking"),
    examples="""
        audioset promote accent
        audioset promote accent --version 4 --metric test_accuracy --yes
        audioset promote accent --force "the only one that runs on the phone" --yes
        audioset promote accent --rollback --yes
    """,
)
def promote(
    ws: "Workspace",
    *,
    model: Annotated[
        str,
        typer.Argument(metavar="MODEL", help="A registered model: accent, or models:/accent/3."),
    ],
    alias: Annotated[str, typer.Option(metavar="NAME", help="What it becomes.")] = "champion",
    version: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Version of the model; the newest by default."),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="It must be better by this; one of the test set by default."
        ),
    ] = None,
    direction: BetterWhen = None,
    force: Annotated[
        str | None,
        typer.Option(metavar="REASON", help="Promote it whatever the checks say; kept with it."),
    ] = None,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Go back to the version that was it before.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Promote it, or go back; only check and tell without.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Make a model version the champion, if it has earned it.

    Checks that its data are pinned and still open, that it was tested on the same clips as the
    champion and is better, that nothing of its training leaks to the test, that no test text is its
    own, and that its code is known. Exit code 1 when a check refuses; nothing is changed then.
    """
    from audioset.cli.screens.experiments.promote import show_promotion

    if rollback and (version is not None or metric is not None or force is not None):
        raise typer.BadParameter(
            "it goes back to the version before; --version, --metric and --force do not go with it",
            param_hint="--rollback",
        )
    done = ws.promote(
        model,
        alias=alias,
        version=version,
        metric=metric,
        direction=direction,
        force=force,
        rollback=rollback,
        yes=yes,
    )
    show_promotion(done, as_json=as_json)
    return ERROR if done.outcome == "refused" else FINE
