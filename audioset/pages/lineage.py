"""A lineage as a picture: an HTML page with SVG in it, which loads nothing."""

from dataclasses import dataclass
from pathlib import Path

from audioset.errors import InvalidInputError, StorageError
from audioset.pages.html import render, write_page
from audioset.pages.lineage_layout import MAY, WROTE, Arrow, Box, Graph

_WIDTH, _HEIGHT = 270, 46  # of a box, pixels
_GAP_X, _GAP_Y, _MARGIN = 130, 20, 24
_BEND_BACK = 60  # how far over the boxes the points of an arrow that goes back lie
_Place = tuple[float, float]
_Curve = tuple[_Place, _Place, _Place, _Place]


@dataclass(frozen=True, slots=True, kw_only=True)
class _DrawnArrow:
    """An arrow as SVG wants it: its way, and where its label begins (or ends, by `anchor`)."""

    way: str
    label: str
    x: float
    y: float
    anchor: str
    is_about_texts: bool
    is_dashed: bool


def write_picture(graph: Graph, path: Path) -> Path:
    """Draw a graph to `path`, which ends with `.html`, and return it; a file there is replaced.

    Raises:
        InvalidInputError: the name ends otherwise.
        StorageError: there is no such folder, or the file cannot be written.
    """
    if path.suffix.lower() != ".html":
        raise InvalidInputError(f"{path} is no .html file; a lineage is drawn as a page")
    if not path.parent.is_dir():  # a drawing is made anew in no time: better ask than make folders
        raise StorageError(f"cannot write {path}: there is no folder {path.parent}")
    return write_page(path, _page(graph))


def _page(graph: Graph) -> str:
    places = {box.key: _place(box) for box in graph.boxes}
    return render(
        "lineage.html",
        title=graph.title,
        size=_size(graph),
        boxes=[(box, *places[box.key]) for box in graph.boxes],
        arrows=[_drawn(arrow, places[arrow.start], places[arrow.end]) for arrow in graph.arrows],
        box_width=_WIDTH,
        box_height=_HEIGHT,
    )


def _drawn(arrow: Arrow, start: _Place, end: _Place) -> _DrawnArrow:
    """Draw an arrow, and place its label.

    Many arrows begin at one version, many with texts end at one: a label stands at the other end.
    """
    way = _curve(start, end)
    (x1, y1), (x2, y2), (x3, y3), (x4, y4) = way
    is_about_texts = arrow.label.startswith(WROTE)
    return _DrawnArrow(
        way=f"M{x1:g} {y1:g}C{x2:g} {y2:g} {x3:g} {y3:g} {x4:g} {y4:g}",
        label=arrow.label,
        x=x1 + 8 if is_about_texts else x4 - 12,
        y=(y1 if is_about_texts else y4) - 6,
        anchor="start" if is_about_texts else "end",
        is_about_texts=is_about_texts,
        is_dashed=arrow.label.startswith((WROTE, MAY)),
    )


def _curve(start: _Place, end: _Place) -> _Curve:
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


def _place(box: Box) -> _Place:
    """Give the left upper corner, in pixels."""
    return (
        _MARGIN + box.column * (_WIDTH + _GAP_X),
        _BEND_BACK + box.row * (_HEIGHT + _GAP_Y),
    )


def _size(graph: Graph) -> _Place:
    places = [_place(box) for box in graph.boxes] or [(0.0, 0.0)]
    return (
        max(x for x, _ in places) + _WIDTH + _MARGIN,
        max(y for _, y in places) + _HEIGHT + _MARGIN,
    )
