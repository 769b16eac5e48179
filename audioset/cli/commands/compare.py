"""The command compare, and what it shows."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audioset.cli.options import Json, Name, Store, Tracking, Workspace
from audioset.cli.render import make_table, say, show, write_json, write_line
from audioset.cli.text import count, format_hms
from audioset.records.metric import DIRECTIONS, Direction
from audioset.settings import load_settings

if TYPE_CHECKING:
    from audioset.records.comparison import ComparedRun, Comparison, Importance

_METRICS_SHOWN, _PARAMS_SHOWN = 3, 5

Metric = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Rank by this metric; one of the test set by default."),
]
Way = Annotated[
    str | None,
    typer.Option(
        "--direction", metavar="max|min", help="Which way it is better; told by its name if not."
    ),
]


def compare(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WHAT...",
            help="An experiment, a dataset, scots@v3, models:/name or a run id; "
            "all runs on the workspace's dataset by default.",
        ),
    ] = None,
    metric: Metric = None,
    direction: Way = None,
    limit: Annotated[int, typer.Option(metavar="N", min=0, help="How many runs to show.")] = 20,
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
        typer.Option(metavar="DIR", help="Write learning curve and importance, as PNG files."),
    ] = None,
    log: Annotated[
        bool, typer.Option("--log", help="Log page, plots and table in MLflow, as a run.")
    ] = False,
    workspace: Workspace = None,
    name: Name = None,
    store: Store = None,
    tracking: Tracking = None,
    as_json: Json = False,
) -> None:
    """Compare training runs: data, choices and metrics side by side.

    Shows the best runs first, with the columns in which they differ, and says what the metric over
    the versions shows: whether a version is better than the one before, and how certain that is.
    """
    from audioset import api

    settings = load_settings(workspace=workspace, name=name, store=store, tracking=tracking)
    found = api.compare(
        what or (),
        metric=metric,
        direction=as_direction(direction),
        explain=explain,
        output=output,
        report=report,
        plots=plots,
        log=log,
        settings=settings,
    )
    show_comparison(found, limit, as_json=as_json)
    for made in (output, report, plots):
        if made is not None:
            say(f"written to {made}")
    if found.logged_as is not None:
        say(f"logged in MLflow as run {found.logged_as}")


def as_direction(text: str | None) -> Direction | None:
    """Read `max` or `min`.

    Raises:
        typer.BadParameter: another word.
    """
    if text is None:
        return None
    for direction in DIRECTIONS:
        if text == direction:
            return direction
    raise typer.BadParameter(f"{text!r} is neither max nor min", param_hint="--direction")


def show_comparison(comparison: "Comparison", limit: int, *, as_json: bool) -> None:
    """Show the best runs, then what the learning curve says; JSON has everything."""
    if as_json:
        write_json(comparison)
        return
    runs = comparison.runs
    columns = [column for column in _columns(comparison) if _tells(column[1], runs)]
    rows = [[column[index] for _, column in columns] for index in range(min(limit, len(runs)))]
    if rows:
        show(make_table([head for head, _ in columns], rows))
    _say_rest(comparison, limit)
    if comparison.curve is not None and comparison.curve.steps:
        write_line("")
        for step in comparison.curve.steps:
            write_line(step.words)
        for note in comparison.curve.notes:
            say(note)
    if comparison.importance is not None:
        _show_importance(comparison.importance)


def _columns(comparison: "Comparison") -> list[tuple[str, list[str]]]:
    """Give heads and cells of what may be shown, the run first."""
    runs = comparison.runs
    metrics = [
        (f">{name}", [_number(run.metrics.get(name)) for run in runs])
        for name in comparison.metrics[:_METRICS_SHOWN]
    ]
    params = [
        (f"~{name}", [run.params.get(name, "") for run in runs])
        for name in comparison.params[:_PARAMS_SHOWN]
    ]
    return [
        ("run", [run.run_id[:8] for run in runs]),
        ("~name", [run.name for run in runs]),
        ("~data", [run.data for run in runs]),
        (">clips", ["" if run.num_clips is None else f"{run.num_clips:,}" for run in runs]),
        (">length", ["" if run.hours is None else format_hms(run.hours * 3600) for run in runs]),
        *metrics,
        *params,
        ("~model", [_models(run) for run in runs]),
    ]


def _tells(cells: Sequence[str], runs: "Sequence[ComparedRun]") -> bool:
    """Keep columns in which runs differ; of one run, those that say anything."""
    return len(set(cells)) > 1 or (len(runs) == 1 and bool(cells[0]))


def _say_rest(comparison: "Comparison", limit: int) -> None:
    runs = comparison.runs
    same = {run.data for run in runs}
    if len(runs) > 1 and len(same) == 1 and (data := same.pop()):
        say(f"all on {data}")
    ranked = (
        f", ranked by {comparison.metric} ({comparison.direction})" if comparison.metric else ""
    )
    more = f"; {len(runs) - limit:,} more: --limit, --output or --json" if len(runs) > limit else ""
    say(f"{count(len(runs), 'run')}{ranked}{more}")
    hidden = len(comparison.params[_PARAMS_SHOWN:])
    if hidden:
        say(f"{count(hidden, 'more param')} differ; --output or --report has them")


def _show_importance(importance: "Importance") -> None:
    if importance.refused:
        say(f"nothing explains it: {importance.refused}")
        return
    rows = [
        (param.name, f"{param.importance:.3f}", f"± {param.spread:.3f}")
        for param in importance.params
    ]
    show("", make_table(["~explained by", ">share of variance", ""], rows))
    say(f"{importance.explained or 0:.0%} explained in held-out runs. {importance.method}")


def _models(run: "ComparedRun") -> str:
    return ", ".join(
        " ".join([model.name, f"v{model.version}", *(f"@{alias}" for alias in model.aliases)])
        for model in run.models
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
