"""A lineage as a picture: an HTML page with SVG in it, which loads nothing, or a PNG."""

import warnings
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.errors import InvalidInputError, StorageError
from audioset.pages.lineage_layout import MAY, WROTE, Arrow, Box, Graph

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _HEIGHT = 270, 46  # of a box, pixels
_GAP_X, _GAP_Y, _MARGIN = 130, 20, 24
_BEND_BACK = 60  # how far over the boxes the points of an arrow that goes back lie
_TITLE_SHOWN, _DETAIL_SHOWN = 31, 36  # characters that fit into a box
_FILL = {
    "clip": "#fbe3cf",
    "version": "#d8e6f5",
    "run": "#eceff1",
    "model": "#dcefdc",
    "more": "#ffffff",
}
_EDGE = {
    "clip": "#d1702a",
    "version": "#3b6ea5",
    "run": "#78848e",
    "model": "#3f8f4f",
    "more": "#b8c0c7",
}
_INK, _QUIET, _TEXTS = "#1f2a33", "#5f6b76", "#8a3ffc"
_Way = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
_STYLE = (
    f"body{{margin:24px;font:14px system-ui,sans-serif;color:{_INK};background:#fff}}"
    "h1{font-size:20px;overflow-wrap:anywhere}div{overflow:auto}"
    f"text{{font:13px system-ui,sans-serif;fill:{_INK}}}"
    f".quiet{{font-size:11px;fill:{_QUIET}}}"
    ".label{paint-order:stroke;stroke:#fff;stroke-width:4px}"  # over the arrows
)


def write_picture(graph: Graph, path: Path) -> Path:
    """Draw a graph to `path`, `.html` or `.png`, and return it; a file there is replaced.

    Raises:
        InvalidInputError: the name ends otherwise.
        StorageError: the file cannot be written.
    """
    kind = path.suffix.lower()
    if kind not in (".html", ".png"):
        raise InvalidInputError(f"{path} is neither a .html nor a .png file")
    try:
        if kind == ".html":
            path.write_text(_page(graph), encoding="utf-8")
        else:
            _save_png(graph, path)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error
    return path


def _page(graph: Graph) -> str:
    title = escape(graph.title)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{title}</h1><div>{_svg(graph)}</div></body></html>\n"
    )


def _svg(graph: Graph) -> str:
    width, height = _size(graph)
    places = {box.key: _place(box) for box in graph.boxes}
    arrows = "".join(
        _svg_arrow(arrow, places[arrow.start], places[arrow.end]) for arrow in graph.arrows
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(graph.title)}">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
        f'markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="{_QUIET}"/></marker></defs>'
        f"{arrows}{''.join(map(_svg_box, graph.boxes))}</svg>"
    )


def _svg_box(box: Box) -> str:
    x, y = _place(box)
    stroke = 3 if box.is_subject else 1.2
    middle = y + (19 if box.detail else 28)
    shown = _cut(box.detail, _DETAIL_SHOWN)
    detail = f'<text class="quiet" x="{x + 10:g}" y="{y + 36:g}">{shown}</text>'
    return (
        f"<g><title>{escape(f'{box.kind} {box.key}')}</title>"
        f'<rect x="{x:g}" y="{y:g}" width="{_WIDTH}" height="{_HEIGHT}" rx="7" '
        f'fill="{_FILL[box.kind]}" stroke="{_EDGE[box.kind]}" stroke-width="{stroke}"/>'
        f'<text x="{x + 10:g}" y="{middle:g}">{_cut(box.title, _TITLE_SHOWN)}</text>'
        f"{detail if box.detail else ''}</g>"
    )


def _svg_arrow(arrow: Arrow, start: tuple[float, float], end: tuple[float, float]) -> str:
    way = _way(start, end)
    (x1, y1), (x2, y2), (x3, y3), (x4, y4) = way
    colour = _TEXTS if arrow.label.startswith(WROTE) else _QUIET
    dashes = ' stroke-dasharray="5 4"' if arrow.label.startswith((WROTE, MAY)) else ""
    path = (
        f'<path d="M{x1:g} {y1:g}C{x2:g} {y2:g} {x3:g} {y3:g} {x4:g} {y4:g}" '
        f'fill="none" stroke="{colour}" stroke-width="1.4"{dashes} marker-end="url(#tip)"/>'
    )
    if not arrow.label:
        return path
    x, y, at_start = _label_place(arrow, way)
    anchor = "start" if at_start else "end"
    where = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}"'
    return f'{path}<text class="quiet label" {where}>{escape(arrow.label)}</text>'


def _way(start: tuple[float, float], end: tuple[float, float]) -> _Way:
    """Give the four points of the curve from box to box; one that goes back bends over the boxes.

    Args:
        start, end: left upper corners of the boxes.
    """
    if end[0] <= start[0]:
        top = min(start[1], end[1]) - _BEND_BACK
        (x1, y1), (x2, y2) = (start[0] + _WIDTH / 2, start[1]), (end[0] + _WIDTH / 2, end[1])
        return (x1, y1), (x1, top), (x2, top), (x2, y2)
    (x1, y1), (x2, y2) = (start[0] + _WIDTH, start[1] + _HEIGHT / 2), (end[0], end[1] + _HEIGHT / 2)
    bend = (x2 - x1) / 2
    return (x1, y1), (x1 + bend, y1), (x2 - bend, y2), (x2, y2)


def _label_place(arrow: Arrow, way: _Way) -> tuple[float, float, bool]:
    """Tell where the label stands, and whether it begins there or ends there.

    Many arrows begin at one version, many with texts end at one: a label stands at the other end.
    """
    first, _, _, last = way
    if arrow.label.startswith(WROTE):
        return first[0] + 8, first[1] - 6, True
    return last[0] - 12, last[1] - 6, False


def _save_png(graph: Graph, path: Path) -> None:
    # A Figure of its own, not pyplot: no global state and never a window.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width, height = _size(graph)
    figure = Figure(figsize=(width / 100, (height + 40) / 100), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    axes.set_title(_plain(graph.title), loc="left", fontsize=12, fontweight="bold", color=_INK)
    places = {box.key: _place(box) for box in graph.boxes}
    for arrow in graph.arrows:
        _plot_arrow(axes, arrow, places[arrow.start], places[arrow.end])
    for box in graph.boxes:
        _plot_box(axes, box)
    with warnings.catch_warnings():
        # Names in scripts that the font lacks are drawn as boxes; that is no reason to warn.
        warnings.simplefilter("ignore", UserWarning)
        figure.savefig(path, format="png", dpi=130)


def _plot_box(axes: "Axes", box: Box) -> None:
    from matplotlib.patches import FancyBboxPatch

    x, y = _place(box)
    axes.add_patch(
        FancyBboxPatch(
            (x, y),
            _WIDTH,
            _HEIGHT,
            boxstyle="round,pad=0,rounding_size=7",
            facecolor=_FILL[box.kind],
            edgecolor=_EDGE[box.kind],
            linewidth=2.5 if box.is_subject else 1,
            zorder=2,
        )
    )
    middle = y + (15 if box.detail else _HEIGHT / 2)
    axes.text(x + 10, middle, _plain(box.title), fontsize=8, color=_INK, va="center", zorder=3)
    axes.text(x + 10, y + 33, _plain(box.detail), fontsize=6.5, color=_QUIET, va="center", zorder=3)


def _plot_arrow(
    axes: "Axes", arrow: Arrow, start: tuple[float, float], end: tuple[float, float]
) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    way = _way(start, end)
    codes = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
    axes.add_patch(
        FancyArrowPatch(
            path=Path(way, codes),
            arrowstyle="-|>",
            mutation_scale=9,
            linewidth=1,
            zorder=1,
            color=_TEXTS if arrow.label.startswith(WROTE) else _QUIET,
            linestyle="--" if arrow.label.startswith((WROTE, MAY)) else "-",
        )
    )
    x, y, at_start = _label_place(arrow, way)
    axes.text(
        x,
        y,
        _plain(arrow.label),
        fontsize=6.5,
        color=_QUIET,
        zorder=3,
        ha="left" if at_start else "right",
        va="bottom",
    )


def _place(box: Box) -> tuple[float, float]:
    """Give the left upper corner, in pixels."""
    return (
        _MARGIN + box.column * (_WIDTH + _GAP_X),
        _BEND_BACK + box.row * (_HEIGHT + _GAP_Y),
    )


def _size(graph: Graph) -> tuple[float, float]:
    places = [_place(box) for box in graph.boxes] or [(0.0, 0.0)]
    return (
        max(x for x, _ in places) + _WIDTH + _MARGIN,
        max(y for _, y in places) + _HEIGHT + _MARGIN,
    )


def _cut(text: str, length: int) -> str:
    return escape(text if len(text) <= length else f"{text[: length - 1]}…")


def _plain(text: str) -> str:
    """Keep matplotlib from reading formulas into names, and long ones in their boxes."""
    shown = text if len(text) <= _DETAIL_SHOWN + 40 else f"{text[: _DETAIL_SHOWN + 39]}…"
    return shown.replace("$", r"\$")
