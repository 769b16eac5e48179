"""The command `measure`: the quality of clips that lack it."""

from typing import Annotated

import typer

from audioset.cli.options import Json, Workspace
from audioset.cli.render import progress_bars
from audioset.settings import load_settings


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
    from audioset.cli.screens.measure import show_measured

    settings = load_settings(workspace=workspace)
    with progress_bars() as progress:
        report = api.measure(again=again, workers=workers, settings=settings, progress=progress)
    show_measured(report, as_json=as_json)
    if report.failures:
        raise typer.Exit(1)
