"""What is kept of a search in MLflow: a description, a table of the trials, plots, and a page."""

import csv
import html
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.pages.search_plots import plot_study
from audioset.records.search_report import SearchReport, SearchTrial

if TYPE_CHECKING:
    import optuna

_TITLES = {
    "history": "How the best came about",
    "parallel": "Every trial as a line",
    "importance": "Which parameter matters",
    "contour": "The two that matter most",
}
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; color: #222; }
img { max-width: 100%; } table { border-collapse: collapse; font-size: 13px; }
th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid #ddd; }
tr.best { background: #e8f4ea; font-weight: 600; }
"""


def write_files(report: SearchReport, study: "optuna.Study", folder: Path) -> list[Path]:
    """Write `trials.csv`, a PNG per plot, and `search.html`, which holds all of it in one file."""
    plots = plot_study(study, report.metric, folder)
    table = folder / "trials.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([_heads(report), *_rows(report)])
    page = folder / "search.html"
    page.write_text(_page(report, plots), encoding="utf-8")
    return [table, *plots, page]


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


def _page(report: SearchReport, plots: Sequence[Path]) -> str:
    """Make a page that needs nothing else: MLflow shows it in a frame that may load nothing."""
    best = report.best.number if report.best else None
    pictures = [
        f'<h2>{_TITLES[path.stem]}</h2><img alt="{path.stem}" src="{_embedded(path)}">'
        for path in plots
    ]
    heads = "".join(f"<th>{html.escape(head)}</th>" for head in _heads(report))
    rows = [
        f"<tr{' class=best' if trial.number == best else ''}>"
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in row)
        + "</tr>"
        for trial, row in zip(report.trials, _rows(report), strict=True)
    ]
    title = html.escape(f"{report.study}: {_totals(report)}")
    return "\n".join(
        [
            f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>",
            f"<style>{_STYLE}</style><h1>{title}</h1>",
            *pictures,
            f"<h2>All trials</h2><table><tr>{heads}</tr>",
            *rows,
            "</table></html>",
        ]
    )


def _embedded(picture: Path) -> str:
    return f"data:image/png;base64,{b64encode(picture.read_bytes()).decode()}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
