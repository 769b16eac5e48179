"""Commands from clips to reviewed clips: init, import folder, describe, decide."""

from pathlib import Path
from typing import Annotated

import typer

from audioset.cli.options import (
    Catalog,
    Facts,
    Json,
    Store,
    Workspace,
    parse_facts,
    parse_length,
)
from audioset.cli.render import progress_bars, say, write_json, write_line
from audioset.settings import load_settings


def init(
    directory: Annotated[
        Path, typer.Argument(metavar="DIRECTORY", help="Made when it is missing.")
    ] = Path(),
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name of the dataset; the folder's name by default."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a folder a workspace, which holds one dataset."""
    from audioset import api

    settings = api.init(directory, name=name)
    if as_json:
        write_json(settings)
    else:
        write_line(str(settings.workspace))
        say(f"workspace of dataset {settings.name!r}; next: audioset cut FILES")


def import_folder(
    directory: Annotated[
        Path, typer.Argument(metavar="DIRECTORY", help="The folder that holds the clips.")
    ],
    metadata: Annotated[
        Path,
        typer.Option(
            metavar="CSV", help="CSV with a header; one column names the file of each row."
        ),
    ],
    workspace: Workspace = None,
    as_json: Json = False,
) -> None:
    """Take a folder of clips, with a CSV table of their facts.

    Each file becomes one clip, whole. Import an edited table again to change the facts.
    """
    from audioset import api
    from audioset.cli.screens import show_import

    with progress_bars() as progress:
        report = api.import_folder(
            directory,
            metadata=metadata,
            settings=load_settings(workspace=workspace),
            progress=progress,
        )
    show_import(report, as_json=as_json)
    if report.failures:
        raise typer.Exit(1)


def describe(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="WHAT",
            help="A version such as scots@v3, a view of one such as 'scots@v3?snr_db > 20', a "
            "manifest, or a folder of manifests; the working clips by default.",
        ),
    ] = None,
    goal: Annotated[
        str | None,
        typer.Option(metavar="LENGTH", help="Length to collect: 2h, 90m, 1h30m, 3600s."),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Draw lengths and speakers to this file.")
    ] = None,
    workspace: Workspace = None,
    store: Store = None,
    catalog: Catalog = None,
    as_json: Json = False,
) -> None:
    """Summarise clip lengths, totals and quality."""
    from audioset import api
    from audioset.cli.description_screen import show_description

    settings = load_settings(workspace=workspace, store=store, catalog=catalog)
    goal_seconds = None if goal is None else parse_length(goal, "--goal")
    description = api.describe(what, goal_seconds=goal_seconds, settings=settings)
    show_description(description, as_json=as_json)
    if plot is not None:
        say(f"drawn to {api.plot(description, plot)}")


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
    from audioset.cli.decisions import collect_decisions
    from audioset.cli.screens import show_decided, show_history

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
    decisions = collect_decisions(clips or [], speaker, values, table)
    show_decided(api.decide(decisions, settings=settings, by=by), as_json=as_json)
