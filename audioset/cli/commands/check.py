"""Commands about the quality of clips: measure, check, dedupe."""

from pathlib import Path
from typing import Annotated

import typer

from audioset.cli.options import FOUND_PROBLEMS, Catalog, Json, Store, Workspace
from audioset.cli.render import progress_bars, say
from audioset.settings import load_settings

What = Annotated[
    str | None,
    typer.Argument(
        metavar="WHAT",
        help="A version such as scots@v3, a manifest, or a folder of manifests; "
        "the working clips by default.",
    ),
]


def check(
    what: What = None,
    rule: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Apply only this rule; repeatable."),
    ] = None,
    skip: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Leave this rule out; repeatable. Without near_duplicate no audio is read.",
        ),
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE=VALUE", help="Another limit than the default one; repeatable."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="HTML", help="Write a page with the worst clips, to hear and see."),
    ] = None,
    rules: Annotated[
        bool, typer.Option("--rules", help="Show all rules with their limits, and check nothing.")
    ] = False,
    workspace: Workspace = None,
    store: Store = None,
    catalog: Catalog = None,
    as_json: Json = False,
) -> None:
    """Find damaged audio, odd texts, duplicates, and leaks between splits.

    Exit code 3 when something is found. Rejected clips are left out.
    """
    from audioset import api
    from audioset.cli.screens.check import show_check, show_rules
    from audioset.records.check_report import CheckLimits

    limits = CheckLimits.from_words(limit or [])
    if rules:
        show_rules(limits, as_json=as_json)
        return
    settings = load_settings(workspace=workspace, store=store, catalog=catalog)
    with progress_bars() as progress:
        found = api.check(
            what,
            limits=limits,
            rules=rule or (),
            skip=skip or (),
            report=report,
            settings=settings,
            progress=progress,
        )
    show_check(found, as_json=as_json)
    if report is not None:
        say(f"report in {report}")
    if found.findings:
        raise typer.Exit(FOUND_PROBLEMS)
