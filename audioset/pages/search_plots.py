"""Plots of a study by Optuna's own matplotlib functions, made bearable to look at."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import optuna
    from matplotlib.figure import Figure

_SIZE = (7.5, 4.5)  # inches
_DPI = 120
_MAX_CONTOUR_PARAMS = 2  # the most important ones; more make a grid of stamps
_FEW = 5  # with fewer trials nothing can be said of parameters


def plot_study(study: "optuna.Study", metric: str, folder: Path) -> list[Path]:
    """Write what can be drawn of a study as PNG files.

    Always the history; with five trials that are done also importances and, of two parameters or
    more, parallel coordinates and the contour of the two that matter most.

    Args:
        study: of Optuna.
        metric: its name, for the axes.
        folder: to write to.

    Returns:
        The files, in the order in which one would look at them.
    """
    from optuna.visualization import matplotlib as plots

    done = [trial for trial in study.trials if trial.state.name == "COMPLETE"]
    if not done:
        return []
    ranked = _by_importance(study) if len(done) >= _FEW else []
    drawings: list[tuple[str, Callable[[], Any]]] = [
        ("history", lambda: plots.plot_optimization_history(study, target_name=metric)),
    ]
    if len(done) >= _FEW and len(study.best_params) > 1:
        drawings.append(
            ("parallel", lambda: plots.plot_parallel_coordinate(study, target_name=metric))
        )
    if ranked:
        drawings.append(
            ("importance", lambda: plots.plot_param_importances(study, target_name=metric))
        )
    if len(ranked) >= _MAX_CONTOUR_PARAMS:
        pair = ranked[:_MAX_CONTOUR_PARAMS]
        drawings.append(("contour", lambda: plots.plot_contour(study, pair, target_name=metric)))
    return [_write(draw, folder / f"{name}.png") for name, draw in drawings]


def _by_importance(study: "optuna.Study") -> list[str]:
    """Name the parameters, the one that moves the metric most first; none when all are alike."""
    from optuna.importance import get_param_importances

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return list(get_param_importances(study))
        except (ValueError, RuntimeError):  # one value for all, or parameters that never vary
            return []


def _write(draw: Callable[[], Any], path: Path) -> Path:
    """Draw on a figure of our own size, without a screen, and leave matplotlib as it was."""
    import matplotlib as mpl

    with warnings.catch_warnings(), mpl.rc_context({"figure.figsize": _SIZE, "font.size": 9}):
        warnings.simplefilter("ignore")
        from matplotlib import pyplot as plt

        before = mpl.get_backend()
        plt.switch_backend("Agg")
        try:
            axes = draw()
            figure = axes.figure if hasattr(axes, "figure") else axes.flat[0].figure
            figure.set_size_inches(_SIZE)
            _tidy(figure)
            figure.savefig(path, dpi=_DPI, bbox_inches="tight")
            plt.close(figure)
        finally:
            plt.switch_backend(before)
    return path


def _tidy(figure: "Figure") -> None:
    """Take the grey away, and use colours of which none is as pale as the paper."""
    from matplotlib.collections import LineCollection
    from matplotlib.ticker import MaxNLocator

    for axes in figure.axes:
        axes.set_facecolor("white")
        axes.grid(visible=False)
        axes.set_title("", loc="left")  # the page says it, as does the name of the file
        axes.set_title("")
        for lines in (item for item in axes.collections if isinstance(item, LineCollection)):
            lines.set_cmap("viridis")
            if lines.colorbar is not None:
                lines.colorbar.update_normal(lines)
        if axes.get_xlabel() == "Trial":
            axes.grid(color="#dddddd")
            axes.set_axisbelow(True)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if axes.get_ylabel() == "Hyperparameter":
            axes.set(xlabel="share of the differences that it explains", ylabel="")
            if (legend := axes.get_legend()) is not None:
                legend.remove()
