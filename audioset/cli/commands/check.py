"""The command `check`: what is wrong with clips."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.codes import FINE, FOUND_PROBLEMS
from audioset.cli.options.shared import Address, Engine, Json, ShowAll, What
from audioset.cli.render import progress_bars
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Review",
    where=("store", "catalog"),
    examples="""
        audioset check
        audioset check --report check.html
        audioset check --limit low_snr=15 --skip cut_edge
        audioset check scots@v3 --rule clipped --rule no_text
    """,
)
def check(
    ws: "Workspace",
    *,
    what: What = None,
    limits: Annotated[
        list[str] | None,
        typer.Option(
            "--limit",
            metavar="RULE=VALUE",
            help="Another limit than the default one; repeatable.",
        ),
    ] = None,
    rules: Annotated[
        list[str] | None,
        typer.Option("--rule", metavar="NAME", help="Apply only this rule; repeatable."),
    ] = None,
    skip: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Leave this rule out; repeatable. Without near_duplicate no audio is read.",
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="HTML", help="Write a page with the worst clips, to hear and see."),
    ] = None,
    list_rules: Annotated[
        bool,
        typer.Option("--list-rules", help="Show all rules with their limits, and check nothing."),
    ] = False,
    engine: Engine = None,
    address: Address = None,
    show_all: ShowAll = False,
    as_json: Json = False,
) -> int:
    """Find damaged audio, odd texts and facts, duplicates, and leaks between splits.

    Exit code 3 when something is found. Rejected clips are left out.
    """
    from audioset.cli.screens.review.check import show_check, show_rules
    from audioset.records.check_report import CheckLimits

    held = CheckLimits.from_words(limits or ())
    if list_rules:
        show_rules(held, as_json=as_json)
        return FINE
    with progress_bars() as progress:
        found = ws.check(
            what,
            limits=held,
            rules=rules or (),
            skip=skip or (),
            report=report,
            engine=engine,
            address=address,
            progress=progress,
        )
    show_check(found, report=report, show_all=show_all, as_json=as_json)
    return FINE if found.is_clean else FOUND_PROBLEMS
