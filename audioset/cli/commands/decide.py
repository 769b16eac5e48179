"""Commands from clips to reviewed clips: init, import folder, describe, decide."""

from pathlib import Path
from typing import Annotated

import typer

from audioset.cli.options import (
    Catalog,
    Facts,
    Json,
    Workspace,
    parse_facts,
)
from audioset.settings import load_settings


def decide(
    clips: Annotated[
        list[str] | None, typer.Argument(metavar="CLIPS", help="Ids of clips.")
    ] = None,
    speaker: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Decide for all clips of this speaker instead."),
    ] = None,
    text: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What is said in the clip.")
    ] = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="The texts of these clips are right as they are.")
    ] = False,
    accept: Annotated[
        bool | None, typer.Option("--accept/--reject", help="A rejected clip is not published.")
    ] = None,
    split: Annotated[
        str | None, typer.Option(metavar="SPLIT", help="train, validation or test.")
    ] = None,
    facts: Facts = None,
    table: Annotated[
        Path | None,
        typer.Option("--from", metavar="CSV", help="Decisions of a table with a column clip_id."),
    ] = None,
    best_takes: Annotated[
        bool,
        typer.Option(
            "--best-takes",
            help="Accept the proposed take of each line of a transcript, and reject its others.",
        ),
    ] = False,
    history: Annotated[
        str | None, typer.Option(metavar="CLIP", help="Show all that was decided about a clip.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who decides; you by default.")
    ] = None,
    workspace: Workspace = None,
    catalog: Catalog = None,
    as_json: Json = False,
) -> None:
    """Record texts, verdicts, splits and facts that people decide.

    Nothing is overwritten: the newest decision holds, and all are kept with who and when.
    An empty value, as in --set accent=, empties a field.
    """
    from audioset import api
    from audioset.cli.commands.read_decisions import collect_decisions
    from audioset.cli.screens.decide import show_decided, show_history

    settings = load_settings(workspace=workspace, catalog=catalog)
    if history is not None:
        show_history(api.history(history, settings=settings), history, as_json=as_json)
        return
    if best_takes:
        if clips or speaker or facts or table or text or split or accept is not None:
            raise typer.BadParameter("--best-takes decides by itself; give nothing else to decide")
        show_decided(api.accept_best_takes(settings=settings, by=by), as_json=as_json)
        return
    verdict = None if accept is None else str(accept)
    values = parse_facts(facts, {"text": text, "accepted": verdict, "split": split})
    confirmed = 0
    if confirm:
        if not clips or text is not None:
            raise typer.BadParameter("name clips, and no --text with it", param_hint="--confirm")
        confirmed = api.confirm(clips, settings=settings, by=by)
    if values or not confirmed:
        decisions = collect_decisions(clips or [], speaker, values, table)
        confirmed += api.decide(decisions, settings=settings, by=by)
    show_decided(confirmed, as_json=as_json)
