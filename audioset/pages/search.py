"""What is kept of a search in MLflow: a description, a table of the trials, and a page."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from audioset.pages.html import render, write_page
from audioset.records.search_report import FEW_TRIALS, SearchReport, SearchTrial
from audioset.records.table_cell import to_cell


def write_files(report: SearchReport, importances: Mapping[str, float], folder: Path) -> list[Path]:
    """Write `trials.csv`, and `search.html`, which draws and shows all of it in one file.

    Args:
        report: of the search.
        importances: how much each parameter moves the metric, 0 to 1, the greatest first; empty
            when nothing can be said.
        folder: to write to.
    """
    table = folder / "trials.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        rows = [_heads(report), *_rows(report)]
        csv.writer(file).writerows([to_cell(text) for text in row] for row in rows)
    return [table, write_page(folder / "search.html", _page(report, importances))]


def describe_search(report: SearchReport) -> str:
    """Describe a search in Markdown, for the page of its MLflow run."""
    lines = [f"**{report.study}**: {_totals(report)}, {report.metric} ({report.direction})."]
    best = report.best
    if best is not None:
        lines += ["", f"Best is trial {best.number} with {report.metric} **{best.value:.6g}**:", ""]
        lines += ["| parameter | value |", "|---|---|"]
        lines += [f"| {name} | {_cell(text)} |" for name, text in best.params.items()]
    if report.model:
        lines += ["", f"Registered as `{report.model}`."]
    lines += ["", "Plots and all trials: artifacts, `search/search.html`."]
    return "\n".join(lines)


def _totals(report: SearchReport) -> str:
    counts = {state: 0 for state in ("done", "pruned", "failed", "killed")}
    for trial in report.trials:
        counts[trial.state] += 1
    words = [f"{number} {state}" for state, number in counts.items() if number]
    return f"{report.num_tried} of {report.num_wanted} trials ({', '.join(words) or 'none yet'})"


def _heads(report: SearchReport) -> list[str]:
    names = _names(report.trials)
    return ["trial", "state", report.metric, *names, "seconds", "run_id", "reason"]


def _rows(report: SearchReport) -> list[list[str]]:
    names = _names(report.trials)
    return [
        [
            str(trial.number),
            trial.state,
            "" if trial.value is None else repr(trial.value),
            *(trial.params.get(name, "") for name in names),
            f"{trial.seconds:.1f}",
            trial.run_id,
            trial.reason,
        ]
        for trial in report.trials
    ]


def _names(trials: Sequence[SearchTrial]) -> list[str]:
    return list(dict.fromkeys(name for trial in trials for name in trial.params))


def _page(report: SearchReport, importances: Mapping[str, float]) -> str:
    done = [trial for trial in report.trials if trial.state == "done"]
    return render(
        "search.html",
        title=f"{report.study}: {_totals(report)}",
        report=report,
        is_explored=len(done) >= FEW_TRIALS,
        heads=_heads(report),
        rows=zip(report.trials, _rows(report), strict=True),
        data=_data(report, done, importances),
    )


def _data(
    report: SearchReport, done: Sequence[SearchTrial], importances: Mapping[str, float]
) -> dict[str, Any]:
    """Give what the script draws, in the form that it knows from comparisons."""
    bars = [{"name": n, "importance": value, "spread": None} for n, value in importances.items()]
    return {
        "metric": report.metric,
        "direction": report.direction,
        "metrics": [report.metric],
        "params": _names(done),
        "runs": [
            {
                "run_id": f"trial-{trial.number}",
                "number": trial.number,
                "name": f"trial {trial.number}",
                "metrics": {report.metric: trial.value},
                "params": dict(trial.params),
            }
            for trial in done
        ],
        "importance": {"params": bars} if bars else None,
    }


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
