"""Log a comparison in MLflow: its page, its plots, its table and its conclusions."""

import tempfile
from collections import Counter
from pathlib import Path

from audioset.experiments.compare.compare import comparison_table
from audioset.pages.comparison import write_compare_page
from audioset.pages.comparison_plots import write_plots
from audioset.records.comparison import Comparison
from audioset.storage.plain_tables import write_plain_table
from audioset.tracking.client import Tracking
from audioset.tracking.many_runs.comparison_run import log_comparison


def log_in_mlflow(comparison: Comparison, tracking: Tracking, dataset: str) -> str:
    """Log a comparison as a run in the experiment of its dataset, and give the run's id.

    Raises:
        TrackingError: MLflow did not answer, or refused.
        StorageError: the disk is full.
    """
    datasets = Counter(run.version.dataset for run in comparison.runs if run.version is not None)
    best = comparison.runs[0].metrics.get(comparison.metric)
    with tempfile.TemporaryDirectory(prefix="audioset-") as scratch:
        folder = Path(scratch)
        page = write_compare_page(comparison, folder / "compare.html")
        write_plain_table(folder / "runs.csv", comparison_table(comparison))
        return log_comparison(
            [page, folder / "runs.csv", *write_plots(comparison, folder / "plots")],
            tracking,
            dataset=datasets.most_common(1)[0][0] if datasets else dataset,
            note=_note(comparison),
            metrics={
                "num_runs": float(len(comparison.runs)),
                **({f"best_{comparison.metric}": best} if best is not None else {}),
            },
        )


def _note(comparison: Comparison) -> str:
    ranked = f", ranked by {comparison.metric}" if comparison.metric else ""
    steps = comparison.curve.steps if comparison.curve else ()
    lines = [f"- {step.words}" for step in steps]
    head = f"Comparison of {comparison.subject}: {len(comparison.runs):,} runs{ranked}."
    return "\n".join([head, "", *lines])[:8000]
