"""What all PNG pictures share: the figure, the colours, the names on it, and the file."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.errors import InvalidInputError
from audioset.pages.html import cut
from audioset.storage.files import cannot_write

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The colours of the pages: told apart by colour-blind eyes, dark enough on white.
HUES = ("#3b6ea5", "#d1702a", "#00896b", "#a04a86", "#7a6a00", "#5f6b76")
INK, GREY = "#1b1f24", "#5f6b76"


def make_figure(size: tuple[float, float]) -> "Figure":
    """Make an empty figure, in inches; not pyplot's: no global state and never a window."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def tidy(axes: "Axes") -> None:
    """Take away what frames the drawing."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=GREY)


def plain(text: str, length: int) -> str:
    """Shorten a name, and keep matplotlib from reading `$` as a formula."""
    return cut(text, length).replace("$", r"\$")


def save(figure: "Figure", path: Path, dpi: int) -> Path:
    """Write a figure as a PNG file, and give the path.

    Raises:
        InvalidInputError: the name ends otherwise.
        StorageError: the file cannot be written.
    """
    if path.suffix.lower() != ".png":
        raise InvalidInputError(f"{path} is no .png file; a picture is drawn as PNG")
    try:
        with warnings.catch_warnings():
            # Names in scripts that the font lacks are drawn as boxes; that is no reason to warn.
            warnings.simplefilter("ignore", UserWarning)
            figure.savefig(path, format="png", dpi=dpi)
    except OSError as error:
        raise cannot_write(path, error) from error
    return path
