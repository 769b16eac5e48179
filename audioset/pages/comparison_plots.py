"""Plots of a comparison as PNG files: what MLflow shows in place, and what people put elsewhere."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.pages.figures import GREY, HUES, INK, make_figure, plain, save, tidy
from audioset.records.comparison import Comparison, CurvePoint, Importance
from audioset.storage.files import cannot_write

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FAINT = "#8a949d"
_MOST_BARS, _NAME_LENGTH, _BAR_NAME_LENGTH = 15, 34, 48


def write_plots(comparison: Comparison, folder: Path) -> list[Path]:
    """Draw the plots that say most into PNG files, and return their paths.

    They are `learning_curve`, or `runs` where all are on one version, and `importance`; what a
    comparison cannot show is left out. The page has these and more.

    Args:
        folder: made when missing; files of these names in it are replaced.

    Raises:
        StorageError: the folder cannot be written.
    """
    drawn = {name: draw(comparison) for name, draw in _PLOTS.items()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error
    return [
        save(figure, folder / f"{name}.png", dpi=130)
        for name, figure in drawn.items()
        if figure is not None
    ]


def _draw_curve(comparison: Comparison) -> "Figure | None":
    curve = comparison.curve
    if curve is None or len(curve.points) == 1:
        return None
    hours_known = all(point.hours is not None for point in curve.points)
    figure, axes = _make_axes((10, 5.4))
    counted = {run_id for point in curve.points for run_id in point.run_ids}
    others = [
        (x, run.metrics[comparison.metric])
        for run in comparison.runs
        if run.version is not None
        and comparison.metric in run.metrics
        and run.run_id not in counted
        and (x := run.hours if hours_known else float(run.version.version)) is not None
    ]
    if others:
        places, values = zip(*others, strict=True)
        axes.scatter(
            places,
            values,
            s=22,
            facecolors="none",
            edgecolors=_FAINT,
            linewidths=1,
            label="other settings",
        )
    lines: dict[str, list[CurvePoint]] = {}
    for point in curve.points:
        lines.setdefault(point.data.replace(f"@v{point.version}", ""), []).append(point)
    for number, (name, points) in enumerate(lines.items()):
        _draw_line(axes, name, points, HUES[number % len(HUES)], hours_known=hours_known)
    if len(lines) > 1 or others:
        axes.legend(frameon=False, fontsize=9)
    axes.set_xlabel("hours of training data" if hours_known else "version")
    axes.set_ylabel(plain(comparison.metric, _NAME_LENGTH))
    axes.set_title(
        "dots: runs · diamonds: mean of a version · bars: 95 % interval of the mean",
        loc="left",
        fontsize=9,
        color=GREY,
    )
    axes.margins(x=0.08, y=0.12)
    return figure


def _draw_line(
    axes: "Axes", name: str, points: Sequence[CurvePoint], colour: str, *, hours_known: bool
) -> None:
    at = [point.hours or 0.0 if hours_known else float(point.version) for point in points]
    axes.plot(
        at,
        [point.mean for point in points],
        color=colour,
        marker="D",
        markersize=7,
        linewidth=1.8,
        label=plain(name, _NAME_LENGTH),
        zorder=4,
    )
    for x, point in zip(at, points, strict=True):
        axes.scatter(
            [x] * len(point.values),
            point.values,
            s=24,
            color=colour,
            alpha=0.45,
            linewidths=0,
            zorder=3,
        )
        if point.low is not None and point.high is not None:
            ends = [[point.mean - point.low], [point.high - point.mean]]
            axes.errorbar([x], [point.mean], ends, color=colour, capsize=5, linewidth=1.5)
        axes.annotate(
            f"v{point.version}",
            (x, point.mean),
            xytext=(8, 8),
            textcoords="offset points",
            color=INK,
            fontsize=10,
        )


def _draw_runs(comparison: Comparison) -> "Figure | None":
    """Draw the best runs beside each other where there is no curve over versions."""
    curve = comparison.curve
    if curve is None or len(curve.points) > 1:
        return None
    runs = [run for run in comparison.runs if comparison.metric in run.metrics][:_MOST_BARS]
    values = [run.metrics[comparison.metric] for run in runs]
    figure, axes = _make_axes((10, 1.6 + 0.36 * len(runs)))
    bars = axes.barh(range(len(runs)), values, height=0.62, color=HUES[0])
    axes.bar_label(bars, [f"{value:.4g}" for value in values], padding=4, fontsize=9, color=INK)
    names = [plain(f"{run.name} {run.run_id[:8]}", _BAR_NAME_LENGTH) for run in runs]
    axes.set_yticks(range(len(runs)), names)
    axes.set_ylim(len(runs) - 0.4, -0.6)
    axes.margins(x=0.1)
    axes.set_xlabel(plain(comparison.metric, _NAME_LENGTH))
    title = f"the best {len(runs)} of {len(comparison.runs):,} runs · {curve.notes[0]}"
    axes.set_title(plain(title, 2 * _BAR_NAME_LENGTH), loc="left", fontsize=9, color=GREY)
    return figure


def _draw_importance(comparison: Comparison) -> "Figure | None":
    found: Importance | None = comparison.importance
    if found is None or not found.params:
        return None
    params = found.params[:_MOST_BARS]
    figure, axes = _make_axes((10, 1.6 + 0.36 * len(params)))
    places = range(len(params))
    axes.barh(
        places,
        [p.importance for p in params],
        xerr=[p.spread for p in params],
        height=0.62,
        color=HUES[0],
        error_kw={"ecolor": INK, "linewidth": 1.3},
    )
    axes.set_yticks(places, [plain(param.name, _BAR_NAME_LENGTH) for param in params])
    axes.set_ylim(len(params) - 0.4, -0.6)
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_xlabel(
        f"share of the variance of {plain(comparison.metric, _NAME_LENGTH)} lost by shuffling"
    )
    axes.set_title(
        f"permutation importance over {found.num_runs:,} runs; the forest explains "
        f"{found.explained or 0:.0%} in runs that it has not seen",
        loc="left",
        fontsize=9,
        color=GREY,
    )
    return figure


def _make_axes(size: tuple[float, float]) -> "tuple[Figure, Axes]":
    figure = make_figure(size)
    axes = figure.subplots()
    tidy(axes)
    axes.grid(visible=True, color="#eceff2", linewidth=0.8)
    axes.set_axisbelow(True)
    return figure, axes


_PLOTS: dict[str, Callable[[Comparison], "Figure | None"]] = {
    "learning_curve": _draw_curve,
    "runs": _draw_runs,
    "importance": _draw_importance,
}
