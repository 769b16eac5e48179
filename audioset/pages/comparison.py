"""A comparison as one HTML file that loads nothing: to read, to hand on, to keep in MLflow.

MLflow shows artifacts in a sandboxed frame, without storage, downloads or other files: everything
is in the page. What it draws with are `plots.js` and `comparison.js`, some 28 kB; a plotting
library would be several MB in every report (`docs/decisions`).
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from audioset.pages.html import render, write_page
from audioset.records.comparison import ComparedRun, Comparison, models_of

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
    return render(
        "comparison.html",
        title=f"Comparison of {comparison.subject}",
        comparison=comparison,
        best=comparison.runs[0] if comparison.runs else None,
        num_data=len({run.data for run in comparison.runs if run.data}),
        models_of=models_of,
        data=_data(comparison),
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
        "status": run.odd_status,
        "arguments": run.arguments,
        "started_at": run.started_at,
        "metrics": dict(run.metrics),
        "params": {name: run.params[name] for name in shown if name in run.params},
    }
