"""A comparison as one HTML file that loads nothing: to read, to hand on, to keep in MLflow.

MLflow shows artifacts in a sandboxed frame, without storage, downloads or other files: everything
is in the page. What it draws with is `comparison.js`, some 28 kB; a plotting library would be
several MB in every report (`docs/decisions`).
"""

import json
from dataclasses import asdict
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from audioset.records.comparison import ComparedRun, Comparison, LearningCurve, models_of
from audioset.storage.files import write_page

_MOST_PARAMS = 60  # of the columns; a framework may log hundreds
_MOST_METRICS = 40


def write_compare_page(comparison: Comparison, path: Path) -> Path:
    """Write the page, and return `path`.

    Args:
        path: replaced when it exists.

    Raises:
        StorageError: the file cannot be written.
    """
    return write_page(path, make_page(comparison))


def make_page(comparison: Comparison) -> str:
    """Give the page as HTML."""
    folder = files("audioset.pages")
    style, script = (
        folder.joinpath(f"comparison.{kind}").read_text(encoding="utf-8") for kind in ("css", "js")
    )
    title = f"Comparison of {comparison.subject}"
    parts = (
        _summary(comparison),
        _curve(comparison.curve),
        _section(
            "table",
            "Runs",
            "A click on a heading sorts. Runs picked below are marked.",
            '<div class="table plot"></div>',
        ),
        *(_plots(comparison) if comparison.metric else ()),
    )
    # Within a script only "</" could end it; "<" is written so that no text can.
    data = json.dumps(_data(comparison), allow_nan=False).replace("<", "\\u003c")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{''.join(parts)}</main>"
        f'<div id="tip" role="status"></div><script id="data" type="application/json">{data}'
        f"</script><script>{script}</script></body></html>\n"
    )


def _data(comparison: Comparison) -> dict[str, Any]:
    return {
        "metric": comparison.metric,
        "direction": comparison.direction,
        "metrics": comparison.metrics[:_MOST_METRICS],
        "params": comparison.params[:_MOST_PARAMS],
        "runs": [_run(run, comparison) for run in comparison.runs],
        "curve": asdict(comparison.curve) if comparison.curve else None,
        "importance": asdict(comparison.importance) if comparison.importance else None,
    }


def _run(run: ComparedRun, comparison: Comparison) -> dict[str, Any]:
    shown = comparison.params[:_MOST_PARAMS]
    return {
        "run_id": run.run_id,
        "name": run.name,
        "data": run.data,
        "test": run.test,
        "version": run.version.version if run.version is not None else None,
        "num_clips": run.num_clips,
        "hours": run.hours,
        "models": models_of(run),
        "started_at": run.started_at,
        "metrics": dict(run.metrics),
        "params": {name: run.params[name] for name in shown if name in run.params},
    }


def _summary(comparison: Comparison) -> str:
    versions = len({run.data for run in comparison.runs if run.data})
    if not comparison.metric:
        return f"<p>{len(comparison.runs):,} runs; none has a metric yet.</p>"
    best, way = comparison.runs[0], "most" if comparison.direction == "max" else "least"
    models = f", {models_of(best)}" if best.models else ""
    return (
        f"<p>{len(comparison.runs):,} runs on {versions:,} versions and views, ranked by "
        f"<b>{escape(comparison.metric)}</b> (best is {way}). Best: "
        f"<b>{best.metrics[comparison.metric]:.4g}</b> by "
        f"{escape(best.name or best.run_id)}{escape(models)}, on "
        f"{escape(best.data or 'no version that is known')}.</p>"
    )


def _curve(curve: LearningCurve | None) -> str:
    if curve is None:
        return _section("no-curve", "Learning curve", "No run has both the metric and one version.")
    steps = "".join(f"<li>{escape(step.words)}.</li>" for step in curve.steps)
    without = "".join(
        f"<li>{escape(point.data)}: {escape(point.basis)}.</li>"
        for point in curve.points
        if point.low is None
    )
    notes = "".join(f'<p class="quiet">{escape(note)}</p>' for note in curve.notes)
    text = (
        "Each dot is a run, each diamond the mean of the runs on a version, each bar a 95 % "
        "interval of that mean."
    )
    return _section(
        "curve",
        "Learning curve",
        text,
        f'<div class="menus"></div><div class="plot"></div><ul>{steps}</ul>'
        f'<ul class="quiet">{without}</ul>{notes}',
    )


def _plots(comparison: Comparison) -> tuple[str, ...]:
    drawn = '<div class="menus"></div><div class="plot"></div>'
    coloured = f"Orange is the best {comparison.metric}, blue the worst."
    found = comparison.importance
    if found is None or found.refused:
        reason = found.refused if found else "it was not asked for"
        bars = _section("no-importance", "What explains it", f"Nothing is said: {reason}.")
    else:
        bars = _section(
            "importance",
            "What explains it",
            f"The forest explains {found.explained or 0:.0%} of the variance of "
            f"{comparison.metric} in runs that it has not seen; {found.num_runs:,} runs.",
            f'<div class="plot"></div><p class="quiet">{escape(found.method)}</p>',
        )
    return (
        bars,
        _section(
            "parallel",
            "Parallel coordinates",
            f"{coloured} Drag along an axis to pick the runs that pass there; a click there lets "
            "them go.",
            f'{drawn}<p class="quiet" id="picked"></p>',
        ),
        _section(
            "scatter",
            "Scatter",
            "Any two of what was chosen, what the data were, and what came out.",
            drawn,
        ),
        _section(
            "contour",
            "Contour",
            "Smoothed between runs (Gaussian kernel); where nobody tried, nothing is drawn.",
            drawn,
        ),
    )


def _section(name: str, title: str, text: str, content: str = "") -> str:
    return (
        f'<section id="{name}"><h2>{escape(title)}</h2><p class="quiet">{escape(text)}</p>'
        f"{content}</section>"
    )
