"""The plots of a comparison as PNG files, for those who want to put them somewhere."""

import math
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audioset.errors import StorageError
from audioset.pages.comparison_axes import AxisScale, causes, is_numeric, value_of
from audioset.records.comparison import ComparedRun, Comparison, CurvePoint, Importance

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

# The colours of the page: told apart by colour-blind eyes, dark enough on white.
_HUES = ("#3b6ea5", "#d1702a", "#00896b", "#a04a86", "#7a6a00", "#5f6b76")
_WORST_TO_BEST = ("#245896", "#86868c", "#d16618")
_INK, _GREY, _FAINT = "#1b1f24", "#5f6b76", "#8a949d"
_MOST_AXES, _MOST_BARS, _NAME_LENGTH = 8, 15, 34
_REACH = 0.09  # of the kernel that smooths, as a share of an axis
_BANDS = 9


def write_plots(comparison: Comparison, folder: Path) -> list[Path]:
    """Draw what can be drawn into PNG files, and return their paths.

    They are `learning_curve`, `importance`, `parallel`, `scatter` and `contour`; what a comparison
    cannot show, such as a contour without two params that are numbers, is left out.

    Args:
        folder: made when missing; files of these names in it are replaced.

    Raises:
        StorageError: the folder cannot be written.
    """
    written = []
    for name, draw in _PLOTS.items():
        figure = draw(comparison)
        if figure is None:
            continue
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with warnings.catch_warnings():
                # Names in scripts that the font lacks are drawn as boxes; no reason to warn.
                warnings.simplefilter("ignore", UserWarning)
                figure.savefig(folder / f"{name}.png", format="png", dpi=130)
        except OSError as error:
            raise StorageError(f"cannot write to {folder}: {error.strerror or error}") from error
        written.append(folder / f"{name}.png")
    return written


def _draw_curve(comparison: Comparison) -> "Figure | None":
    curve = comparison.curve
    if curve is None:
        return None
    hours_known = all(point.hours is not None for point in curve.points)
    figure, axes = _make_figure((10, 5.4))
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
        _draw_line(axes, name, points, _HUES[number % len(_HUES)], hours_known=hours_known)
    if len(lines) > 1 or others:
        axes.legend(frameon=False, fontsize=9)
    axes.set_xlabel("hours of training data" if hours_known else "version")
    axes.set_ylabel(_plain(comparison.metric))
    axes.set_title(
        "dots: runs · diamonds: mean of a version · bars: 95 % interval of the mean",
        loc="left",
        fontsize=9,
        color=_GREY,
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
        label=_plain(name),
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
            color=_INK,
            fontsize=10,
        )


def _draw_importance(comparison: Comparison) -> "Figure | None":
    found: Importance | None = comparison.importance
    if found is None or not found.params:
        return None
    params = found.params[:_MOST_BARS]
    figure, axes = _make_figure((10, 1.6 + 0.36 * len(params)))
    places = range(len(params))
    axes.barh(
        places,
        [p.importance for p in params],
        xerr=[p.spread for p in params],
        height=0.62,
        color=_HUES[0],
        error_kw={"ecolor": _INK, "linewidth": 1.3},
    )
    axes.set_yticks(places, [_plain(param.name, 48) for param in params])
    axes.set_ylim(len(params) - 0.4, -0.6)
    axes.axvline(0, color=_GREY, linewidth=0.8)
    axes.set_xlabel(f"share of the variance of {_plain(comparison.metric)} lost by shuffling")
    axes.set_title(
        f"permutation importance over {found.num_runs:,} runs; the forest explains "
        f"{found.explained or 0:.0%} in runs that it has not seen",
        loc="left",
        fontsize=9,
        color=_GREY,
    )
    return figure


def _draw_parallel(comparison: Comparison) -> "Figure | None":
    axis_names = [*causes(comparison)[: _MOST_AXES - 1], comparison.metric]
    runs = [run for run in comparison.runs if comparison.metric in run.metrics]
    if len(axis_names) < 2 or len(runs) < 2:
        return None
    scales = [AxisScale([value_of(run, name) for run in runs]) for name in axis_names]
    figure, axes = _make_figure((max(8.0, 1.7 * len(axis_names)), 5.6))
    colours = _colours(comparison, runs)
    clear = max(0.06, min(0.75, 60 / len(runs)))  # of thousands, only many together are seen
    for run, colour in reversed(list(zip(runs, colours, strict=True))):
        heights = [s.at(value_of(run, name)) for name, s in zip(axis_names, scales, strict=True)]
        spots = list(enumerate(heights))
        known = [spot for spot in spots if not math.isnan(spot[1])]
        axes.plot(*zip(*known, strict=True), color=colour, alpha=clear, linewidth=1.4)
    for place, (name, scale) in enumerate(zip(axis_names, scales, strict=True)):
        _draw_axis(axes, place, name, scale, is_last=place == len(axis_names) - 1)
    axes.set_ylim(-0.05, 1.22)
    axes.set_xlim(-0.35, len(axis_names) - 0.65)
    axes.set_axis_off()
    _add_bar(figure, axes, comparison, runs)
    return figure


def _draw_axis(axes: "Axes", place: int, name: str, scale: AxisScale, *, is_last: bool) -> None:
    axes.plot([place, place], [0, 1], color=_GREY, linewidth=1)
    shift, side = (6, "left") if is_last else (-6, "right")
    for value, text in scale.ticks():
        axes.plot([place - 0.02, place + 0.02], [value, value], color=_GREY, linewidth=1)
        axes.annotate(
            _plain(text, 14),
            (place, value),
            xytext=(shift, 0),
            textcoords="offset points",
            ha=side,
            va="center",
            fontsize=8,
            color=_GREY,
            zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.8},
        )
    title = _plain(name, 22) + (" (log)" if scale.is_log else "")
    axes.text(place, 1.06 + 0.07 * (place % 2), title, ha="center", fontsize=9, color=_INK)


def _draw_scatter(comparison: Comparison) -> "Figure | None":
    known = [name for name in causes(comparison) if is_numeric(comparison.runs, name)]
    runs = [run for run in comparison.runs if comparison.metric in run.metrics]
    if not known:
        return None
    values = [value_of(run, known[0]) for run in runs]
    scale = AxisScale(values)
    figure, axes = _make_figure((9, 5.4))
    spots = [
        (v, run.metrics[comparison.metric])
        for v, run in zip(values, runs, strict=True)
        if v is not None
    ]
    x, y = zip(*spots, strict=True)
    axes.scatter(x, y, s=38, color=_HUES[0], alpha=0.75, linewidths=0.6, edgecolors="white")
    if scale.is_log:
        axes.set_xscale("log")
    axes.set_xlabel(_plain(known[0]))
    axes.set_ylabel(_plain(comparison.metric))
    return figure


def _draw_contour(comparison: Comparison) -> "Figure | None":
    """Smooth the metric over two params; nothing is drawn where nobody tried."""
    import numpy as np

    known = [name for name in causes(comparison) if is_numeric(comparison.runs, name)]
    names = sorted(known, key=lambda name: name in ("training hours", "training clips"))[:2]
    runs = [
        run
        for run in comparison.runs
        if comparison.metric in run.metrics and all(value_of(run, n) is not None for n in names)
    ]
    if len(names) < 2 or len(runs) < 3:
        return None
    scales = [AxisScale([value_of(run, name) for run in runs]) for name in names]
    places = np.array(
        [[s.at(value_of(run, name)) for name, s in zip(names, scales, strict=True)] for run in runs]
    )
    values = np.array([run.metrics[comparison.metric] for run in runs])
    figure, axes = _make_figure((9, 5.8))
    edge = np.linspace(-0.05, 1.05, 120)
    surface = _smooth(places, values, edge)
    span = (float(values.min()), float(values.max()) or 1.0)
    levels = np.linspace(*span, _BANDS + 1) if span[0] < span[1] else None
    colours = _colour_map(comparison)
    axes.contourf(edge, edge, surface, levels=levels, cmap=colours, alpha=0.75)
    axes.scatter(
        places[:, 0], places[:, 1], c=values, cmap=colours, s=34, edgecolors="white", linewidths=1
    )
    for axis, scale, name in zip((axes.xaxis, axes.yaxis), scales, names, strict=True):
        ticks = scale.ticks()
        axis.set_ticks([place for place, _ in ticks], [text for _, text in ticks])
        axis.set_label_text(_plain(name) + (" (log)" if scale.is_log else ""))
    axes.set_title(
        "smoothed between runs; where nobody tried, nothing is drawn",
        loc="left",
        fontsize=9,
        color=_GREY,
    )
    _add_bar(figure, axes, comparison, runs)
    return figure


def _smooth(
    places: "NDArray[np.float64]", values: "NDArray[np.float64]", edge: "NDArray[np.float64]"
) -> Any:
    """Give the Gaussian mean of the values over a square grid, masked far from all places.

    Args:
        places: shape (num_runs, 2).
        values: shape (num_runs,).
        edge: coordinates of the grid, the same both ways.
    """
    import numpy as np

    across = (edge[None, :] - places[:, :1]) ** 2  # (num_runs, num_edge)
    up = (edge[None, :] - places[:, 1:]) ** 2
    kernels = [np.exp(-part / (2 * _REACH**2)) for part in (up, across)]
    weight = kernels[0].T @ kernels[1]
    mean = (kernels[0] * values[:, None]).T @ kernels[1] / np.maximum(weight, 1e-12)
    nearest = np.full(weight.shape, np.inf)
    for place in range(len(places)):  # by run: all at once would take gigabytes for thousands
        np.minimum(nearest, up[place][:, None] + across[place][None, :], out=nearest)
    return np.ma.masked_where(nearest > (2 * _REACH) ** 2, mean)


def _colour_map(comparison: Comparison) -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    stops = _WORST_TO_BEST if comparison.direction == "max" else _WORST_TO_BEST[::-1]
    return LinearSegmentedColormap.from_list("worst_to_best", stops)


def _colours(comparison: Comparison, runs: Sequence[ComparedRun]) -> list[Any]:
    scale = AxisScale([run.metrics[comparison.metric] for run in runs])
    colour_map = _colour_map(comparison)
    return [colour_map(scale.at(run.metrics[comparison.metric])) for run in runs]


def _add_bar(
    figure: "Figure", axes: "Axes", comparison: Comparison, runs: Sequence[ComparedRun]
) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    values = [run.metrics[comparison.metric] for run in runs]
    drawn = ScalarMappable(Normalize(min(values), max(values)), _colour_map(comparison))
    bar = figure.colorbar(drawn, ax=axes, shrink=0.6, aspect=28, pad=0.02)
    bar.set_label(_plain(comparison.metric), color=_INK)
    bar.outline.set_visible(False)
    bar.ax.tick_params(colors=_GREY, labelsize=8)


def _make_figure(size: tuple[float, float]) -> "tuple[Figure, Axes]":
    # A Figure of its own, not pyplot: no global state and never a window.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=_GREY)
    axes.grid(visible=True, color="#eceff2", linewidth=0.8)
    axes.set_axisbelow(True)
    return figure, axes


def _plain(text: str, length: int = _NAME_LENGTH) -> str:
    """Shorten a name, and keep matplotlib from reading formulas into it."""
    shown = text if len(text) <= length else f"{text[: length - 1]}…"
    return shown.replace("$", r"\$")


_PLOTS: dict[str, Callable[[Comparison], "Figure | None"]] = {
    "learning_curve": _draw_curve,
    "importance": _draw_importance,
    "parallel": _draw_parallel,
    "scatter": _draw_scatter,
    "contour": _draw_contour,
}
