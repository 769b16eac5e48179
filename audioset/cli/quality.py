"""Commands about the quality of clips: measure, check, dedupe."""

from pathlib import Path
from typing import Annotated

import typer

from audioset.cli.options import Catalog, Json, Store, Workspace
from audioset.cli.render import progress_bars, say
from audioset.settings import load_settings

FOUND_PROBLEMS = 3

What = Annotated[
    str | None,
    typer.Argument(
        metavar="WHAT",
        help="A version such as scots@v3, a manifest, or a folder of manifests; "
        "the working clips by default.",
    ),
]


def measure(
    again: Annotated[bool, typer.Option("--again", help="Measure all clips anew.")] = False,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="CPU cores to use; all by default.")
    ] = None,
    workspace: Workspace = None,
    as_json: Json = False,
) -> None:
    """Measure working clips that lack quality columns: loudness, noise, bandwidth and the like.

    A cut does this by itself; imported clips of an older release may lack some.
    """
    from audioset import api
    from audioset.cli.quality_screens import show_measured

    settings = load_settings(workspace=workspace)
    with progress_bars() as progress:
        report = api.measure(again=again, workers=workers, settings=settings, progress=progress)
    show_measured(report, as_json=as_json)
    if report.failures:
        raise typer.Exit(1)


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
    from audioset.cli.quality_screens import show_check, show_rules
    from audioset.records.check import CheckLimits

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


def dedupe(
    what: What = None,
    reject: Annotated[
        bool, typer.Option("--reject", help="Reject all but the kept clip; needs --yes.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Really reject; without it, it is only shown.")
    ] = False,
    limit: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            min=0,
            max=0.4,
            help="Share of fingerprint bits in which duplicates may differ (0.2); "
            "0 finds equal samples only.",
        ),
    ] = None,
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who decides; you by default.")
    ] = None,
    workspace: Workspace = None,
    store: Store = None,
    catalog: Catalog = None,
    as_json: Json = False,
) -> None:
    """Find clips that hold the same recording, and keep one of each.

    Kept is a clip that a person accepted, else one with a text, else an undamaged one, else the
    longest. Takes of a phrase are no duplicates; another encoding, loudness or edge of the same
    take is one. Exit code 3 when something is found and nothing was rejected.
    """
    from audioset import api
    from audioset.cli.quality_screens import show_dedupe

    if yes and not reject:
        raise typer.BadParameter("goes with --reject", param_hint="--yes")
    settings = load_settings(workspace=workspace, store=store, catalog=catalog)
    with progress_bars() as progress:
        found = api.dedupe(
            what,
            reject=reject and yes,
            near_limit=limit,
            by=by,
            settings=settings,
            progress=progress,
        )
    show_dedupe(found, wants_to_reject=reject, as_json=as_json)
    if found.groups and not found.num_decisions:
        raise typer.Exit(FOUND_PROBLEMS)
