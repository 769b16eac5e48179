"""The command promote, and what it shows."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.commands.compare import Way, as_direction
from audioset.cli.options import Json, Store, Tracking, Workspace
from audioset.cli.render import say, write_json, write_line
from audioset.settings import load_settings

if TYPE_CHECKING:
    from audioset.records.promotion import Promotion

REFUSED = 1
_MARKS = {"pass": "✓", "warn": "!", "fail": "✗"}


def promote(
    model: Annotated[
        str,
        typer.Argument(metavar="MODEL", help="A registered model: accent, or models:/accent/3."),
    ],
    version: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Version of the model; the newest by default."),
    ] = None,
    alias: Annotated[str, typer.Option(metavar="NAME", help="What it becomes.")] = "champion",
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="It must be better by this; one of the test set by default."
        ),
    ] = None,
    direction: Way = None,
    force: Annotated[
        str | None,
        typer.Option(metavar="REASON", help="Promote it whatever the checks say; kept with it."),
    ] = None,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Go back to the version that was it before.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check, and change nothing.")] = False,
    workspace: Workspace = None,
    store: Store = None,
    tracking: Tracking = None,
    as_json: Json = False,
) -> None:
    """Make a model version the champion, if it has earned it.

    Checks that its data are pinned and still open, that it was tested on the same clips as the
    champion and is better, that nothing of its training leaks to the test, that no test text is its
    own, and that its code is known. Exit code 1 when a check refuses; nothing is changed then.
    """
    from audioset import api

    if rollback and (version is not None or metric is not None or force is not None):
        raise typer.BadParameter(
            "it goes back to the version before; --version, --metric and --force do not go with it",
            param_hint="--rollback",
        )
    settings = load_settings(workspace=workspace, store=store, tracking=tracking)
    done = api.promote(
        model,
        alias=alias,
        version=version,
        metric=metric,
        direction=as_direction(direction),
        force=force,
        rollback=rollback,
        dry_run=dry_run,
        settings=settings,
    )
    show_promotion(done, as_json=as_json)
    if done.outcome == "refused":
        raise typer.Exit(REFUSED)


def show_promotion(promotion: "Promotion", *, as_json: bool) -> None:
    """Show each check with a mark, then what was done."""
    if as_json:
        write_json(promotion)
        return
    for check in promotion.checks:
        write_line(f"{_MARKS[check.verdict]} {check.name:<9} {check.words}")
    name = f"{promotion.model} v{promotion.version}"
    before = f" (before: v{promotion.holder})" if promotion.holder is not None else ""
    forced = f", forced: {promotion.forced}" if promotion.forced else ""
    told = {
        "promoted": f"{name} is {promotion.alias} now{before}{forced}",
        "planned": f"{name} would become {promotion.alias}{before}{forced}; nothing was changed",
        "refused": f"{name} does not become {promotion.alias}{before}",
        "unchanged": f"{name} is {promotion.alias} already",
        "rolled back": f"{name} is {promotion.alias} again{before}",
    }
    write_line(told[promotion.outcome])
    if promotion.outcome == "refused":
        say("nothing was changed; --force REASON promotes it all the same")
    elif promotion.outcome == "promoted" and promotion.holder is not None:
        say(
            f"the way back: audioset promote {promotion.model} --alias {promotion.alias} --rollback"
        )
