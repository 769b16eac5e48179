"""What `audioset compare` shows."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json, write_line
from audioset.wording import count, cut_short, format_hms

if TYPE_CHECKING:
    from audioset.records.comparison import ComparedRun, Comparison, Importance

_METRICS_SHOWN, _PARAMS_SHOWN = 3, 5
_STATUS = "status"


def show_comparison(
    comparison: "Comparison", rows: int, *, written: Sequence[Path], as_json: bool
) -> None:
    """Show the best runs, then what the learning curve says; JSON has everything."""
    if as_json:
        write_json(comparison)
    else:
        _show_runs(comparison, rows)
    for path in written:
        say(f"written to {path}")
    if comparison.logged_as is not None:
        say(f"logged in MLflow as run {comparison.logged_as}")


def _show_runs(comparison: "Comparison", limit: int) -> None:
    runs = comparison.runs
    kept = {_STATUS, f">{comparison.metric}"}
    columns = [column for column in _columns(comparison) if _tells(*column, runs, kept)]
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
        ("~name", [cut_short(run.name) for run in runs]),
        (_STATUS, [run.odd_status for run in runs]),
        ("~data", [cut_short(run.data) for run in runs]),
        (">clips", ["" if run.num_clips is None else f"{run.num_clips:,}" for run in runs]),
        (">length", ["" if run.hours is None else format_hms(run.hours * 3600) for run in runs]),
        *metrics,
        *params,
        ("~arguments", [cut_short(run.arguments) for run in runs]),
        ("~registered as", [_models(run) for run in runs]),
    ]


def _tells(
    head: str, cells: Sequence[str], runs: "Sequence[ComparedRun]", kept: Collection[str]
) -> bool:
    """Keep columns in which runs differ; of one run, and of some, those that say anything."""
    return len(set(cells)) > 1 or ((len(runs) == 1 or head in kept) and any(cells))


def _say_rest(comparison: "Comparison", limit: int) -> None:
    runs = comparison.runs
    same = {run.data for run in runs}
    if len(runs) > 1 and len(same) == 1 and (data := same.pop()):
        say(f"all on {data}")
    ranked = (
        f", ranked by {comparison.metric} ({comparison.direction})" if comparison.metric else ""
    )
    more = f"; {len(runs) - limit:,} more: --rows, --output or --json" if len(runs) > limit else ""
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
