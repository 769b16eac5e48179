"""The command `compare`: training runs beside each other."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options.shared import BetterWhen, Json, Rows
from audioset.cli.verb import verb

if TYPE_CHECKING:
    from audioset.workspace import Workspace


@verb(
    "Experiments",
    where=("name", "store", "tracking"),
    examples="""
        audioset compare
        audioset compare scots@v1 scots@v2 --metric test_accuracy
        audioset compare models:/accent --report compare.html
        audioset compare scots-training --rows 50 --output runs.csv
    """,
)
def compare(
    ws: "Workspace",
    *,
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WHAT...",
            help="An experiment, a dataset, scots@v3, models:/name or a run id; "
            "all runs on the workspace's dataset by default.",
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Rank by this metric; one of the test set by default."),
    ] = None,
    direction: BetterWhen = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show which param explains the metric.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a table of the runs, .parquet or .csv."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="HTML", help="Write a page with all plots, to explore.")
    ] = None,
    plots: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write learning curve (of one version: its runs) and importance, as PNG files.",
        ),
    ] = None,
    log: Annotated[
        bool, typer.Option("--log", help="Log page, plots and table in MLflow, as a run.")
    ] = False,
    rows: Rows = 20,
    as_json: Json = False,
) -> None:
    """Compare training runs: data, choices and metrics side by side.

    Shows the best runs first, with the columns in which they differ, and says what the metric over
    the versions shows: whether a version is better than the one before, and how certain that is.
    """
    from audioset.cli.screens.experiments.compare import show_comparison

    found = ws.compare(
        what or (),
        metric=metric,
        direction=direction,
        explain=explain,
        output=output,
        report=report,
        plots=plots,
        log=log,
    )
    written = [path for path in (output, report, plots) if path is not None]
    show_comparison(found, rows, written=written, as_json=as_json)
