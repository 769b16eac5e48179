"""The command verify, and what it shows."""

from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options import FOUND_PROBLEMS, Json, Name, Store, Workspace
from audioset.cli.render import make_table, progress_bars, say, show, write_json
from audioset.cli.text import count, format_size
from audioset.settings import load_settings

if TYPE_CHECKING:
    from audioset.records.verify_report import VerifyReport


def verify(
    references: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[VERSION]...", help="Such as scots@v3; all versions of the dataset without."
        ),
    ] = None,
    decode: Annotated[
        bool, typer.Option("--decode", help="Also decode every clip and prove its samples.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="CPU cores to use; all by default.")
    ] = None,
    workspace: Workspace = None,
    name: Name = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Prove that the store still holds what was published.

    Reads everything once and names every damaged or missing object. Exit code 3 when there is any.
    """
    from audioset import api

    settings = load_settings(workspace=workspace, name=name, store=store)
    with progress_bars() as progress:
        report = api.verify(
            references or (), decode=decode, workers=workers, settings=settings, progress=progress
        )
    show_verified(report, as_json=as_json)
    if report.problems:
        raise typer.Exit(FOUND_PROBLEMS)


def show_verified(report: "VerifyReport", *, as_json: bool) -> None:
    """Show what is wrong, and how much was read to know."""
    if as_json:
        write_json(report)
        return
    rows = [
        (
            problem.key,
            problem.what,
            ", ".join(f"v{number}" for number in problem.versions),
            f"{len(problem.clip_ids):,}" if problem.clip_ids else "",
            problem.remedy,
        )
        for problem in report.problems
    ]
    if rows:
        show(make_table(["~object", "~what is wrong", "~touches", ">clips", "~what to do"], rows))
    proof = "decoded and proven" if report.decoded else "checked"
    say(
        f"{report.dataset}: {count(len(report.versions), 'version')}, "
        f"{count(report.num_objects, 'object')} ({format_size(report.size_bytes)}) looked at, "
        f"{count(report.num_clips, 'clip')} {proof}"
    )
    if report.num_unneeded:
        say(f"{count(report.num_unneeded, 'object')} that no version needs: audioset collect")
    if rows:
        say(f"audioset: {count(len(rows), 'problem')} found")
    else:
        say("everything is as it was published")
